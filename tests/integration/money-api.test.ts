// Money over two instances of the API on the real servers: one charge per key whichever way it comes, refusals that stay, gated videos, both sides told.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as answers from '../../api/answers-money.ts';
import { grpcServices } from '../../api/grpc/services.ts';
import { ApiServer } from '../../api/server.ts';
import { expectShape } from '../documented-shape.ts';
import { GrpcClient } from '../grpc-client.ts';
import { SocketClient } from '../unit/socket-client.ts';
import { World } from '../world.ts';

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly body: Json; readonly headers: Headers };

let world: World;
let instances: { api: ApiServer; url: string; grpc: GrpcClient }[];

const envelope = { actorId: 'test', correlationId: 'test', source: 'test', origin: null };
const bought = (accountId: string, amount: number, asset = 'COIN') => ({
  ...{ ...envelope, eventId: randomUUID(), occurredAt: Date.now(), ruleSet: 1, type: 'coin_purchase' },
  ...{ accountId, asset, amount, provider: 'local' },
});
const mediaUrl = 'https://media.example/secret-original.mp4';
const video = (videoId: string, premium: object) => ({
  ...{ ...envelope, eventId: randomUUID(), occurredAt: Date.now(), ruleSet: 0, videoId, action: 'published' },
  ...{ creatorId: 'maker', title: videoId, category: 'music', tags: [], durationMs: 1_000, publishedAt: Date.now() },
  ...{ originalUrl: mediaUrl, ...premium },
});

async function started() {
  const config = { ...world.config, api: { ...world.config.api, host: '127.0.0.1', port: 0 } };
  const api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  const url = await api.listen();
  const service = grpcServices.find(({ name }) => name === 'monetization');
  if (!service) throw new Error('there is no gRPC service');
  return { api, url, grpc: new GrpcClient(api.grpcPort('monetization') ?? 0, service) };
}

beforeAll(async () => {
  world = await World.make();
  await world.run();
  instances = await Promise.all([started(), started()]);
  await world.append('video_uploads', [video('free', {}), video('paid', { premiumCoins: 30, premiumTier: 2 })]);
  const purses = ['ana', 'ben', 'cy', 'dora', 'eve', 'fay', 'gil'].map((id) => bought(id, 1_000));
  await world.append('payment_transactions', [...purses, bought('dora', 500, 'CREDIT')]);
  await world.settle();
  const first = gift('fay', 'gil', 'ROSE');
  const isServed = (at: number) => async () => expect((await send(first, 'warm', at)).status).toBe(200);
  await Promise.all([0, 1].map((at) => vi.waitFor(isServed(at), { timeout: 30_000 })));
}, 90_000);

afterAll(async () => {
  for (const { grpc } of instances) grpc.close();
  await Promise.all(instances.map(({ api }) => api.close()));
  await world.drop();
});

async function ask(path: string, init?: RequestInit, at = 0): Promise<Answer> {
  const response = await fetch(`${instances[at]?.url}${path}`, init);
  return { status: response.status, body: (await response.json()) as Json, headers: response.headers };
}
const post = (path: string, body: object, key: string, at = 0) =>
  ask(
    path,
    {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
    },
    at,
  );
const gift = (sender_id: string, recipient_id: string, gift_type: string, quantity = 1) => ({
  sender_id,
  recipient_id,
  gift_type,
  quantity,
});
const send = (body: object, key: string, at = 0) => post('/api/grpc/monetization/gift', body, key, at);
const wallet = async (id: string, query = '', at = 0) => (await ask(`/api/wallets/${id}${query}`, undefined, at)).body;
const isHit = ({ headers }: Answer) => headers.get('idempotency-hit') === 'true';

describe('a gift', () => {
  it('is settled when it is answered, and both wallets have it for a read with its token', async () => {
    const answer = await send(gift('ana', 'ben', 'ROSE', 3), 'gift-1');
    expect([answer.status, isHit(answer)]).toEqual([200, false]);
    expectShape(answers.spent, answer.body);
    expect(answer.body).toMatchObject({ coins_spent: 30, creator_share: 17, platform_share: 13, balance: 970 });
    const query = `?token=${answer.body.token}`;
    const [payer, payee] = await Promise.all([wallet('ana', query), wallet('ben', query, 1)]);
    expectShape(answers.wallet, payer);
    expect([payer.coins, payer.as_of, payee.earnings]).toEqual([970, answer.body.token, { COIN: 17 }]);
  });

  it('that is repeated has its first answer on every instance, over REST and gRPC', async () => {
    const first = await send(gift('ana', 'ben', 'ROSE', 3), 'gift-1');
    const second = await send(gift('ana', 'ben', 'ROSE', 3), 'gift-1', 1);
    const called = await instances[1]?.grpc.call('SendGift', gift('ana', 'ben', 'ROSE', 3), {
      'idempotency-key': 'gift-1',
    });
    expect([isHit(first), isHit(second), called?.metadata.get('idempotency-hit')]).toEqual([true, true, ['true']]);
    expect([second.body, called?.answer]).toEqual([first.body, first.body]);
    expect((await wallet('ana')).coins).toBe(970);
  });

  it('with the key of another is 409 and costs nothing', async () => {
    for (const at of [0, 1]) {
      const misuse = await send(gift('ana', 'ben', 'CASTLE'), 'gift-1', at);
      expect([misuse.status, misuse.body.reason]).toEqual([409, 'idempotency_key_reused']);
    }
    const called = await instances[0]?.grpc.call(
      'SendTip',
      { sender_id: 'ana', recipient_id: 'ben', amount: 1 },
      { 'idempotency-key': 'gift-1' },
    );
    expect([called?.code, called?.info?.reason]).toEqual([6, 'idempotency_key_reused']);
    expect((await wallet('ana')).coins).toBe(970);
  });

  it.each([
    ['insufficient_funds', 402, gift('cy', 'ben', 'CASTLE', 2)],
    ['unknown_recipient', 404, gift('cy', 'nobody-at-all', 'ROSE')],
    ['own_gift', 422, gift('cy', 'cy', 'ROSE')],
  ])('that is refused (%s) stays refused under its key', async (reason, status, body) => {
    const first = await send(body, `refused-${reason}`);
    expect([first.status, first.body.reason, isHit(first)]).toEqual([status, reason, false]);
    const { request_id: _, ...problem } = first.body;
    if (reason === 'insufficient_funds') {
      await world.append('payment_transactions', [bought('cy', 5_000)]);
      await world.settle();
    }
    const again = await send(body, `refused-${reason}`, 1);
    const { request_id: __, ...repeated } = again.body;
    expect([again.status, repeated, isHit(again)]).toEqual([status, problem, true]);
  });

  it('sent fifty times at once with one key is charged once', async () => {
    const body = gift('eve', 'ben', 'HEART');
    const sent = Array.from({ length: 40 }, (_, i) => send(body, 'once', i % 2));
    const called = Array.from({ length: 10 }, (_, i) =>
      instances[i % 2]?.grpc.call('SendGift', body, { 'idempotency-key': 'once' }),
    );
    const [rest, grpc] = await Promise.all([Promise.all(sent), Promise.all(called)]);
    const all = [...rest.map(({ body: answer }) => answer), ...grpc.map((one) => one?.answer)];
    expect(new Set(all.map((answer) => JSON.stringify(sorted(answer)))).size).toBe(1);
    const hits =
      rest.filter(isHit).length + grpc.filter((one) => one?.metadata.get('idempotency-hit').length === 1).length;
    expect(hits).toBe(49);
    expect((await wallet('eve')).coins).toBe(950);
  });

  it('can be looked up under its key', async () => {
    const { status, body } = await ask('/api/ledger/requests/eve/once');
    expect(status).toBe(200);
    expectShape(answers.request, body);
    expect(body).toMatchObject({ success: true, kind: 'gift', amount: 50 });
    expect((await ask('/api/ledger/requests/eve/never')).status).toBe(404);
  });
});

const sorted = (answer: object | undefined) => Object.fromEntries(Object.entries(answer ?? {}).sort());

describe('a premium video', () => {
  const playback = (id: string, user: string, query = '') =>
    ask(`/api/videos/${id}/playback?user_id=${user}${query}`, undefined, 1);

  it('plays once it is unlocked, at its own price', async () => {
    const before = await playback('paid', 'gil');
    expect([before.status, before.body.reason, before.body.coins]).toEqual([402, 'payment_required', 30]);
    const had = Number((await wallet('gil')).coins);
    const unlocked = await post(
      '/api/grpc/monetization/unlock',
      { user_id: 'gil', video_id: 'paid', amount: 1 },
      'unlock-1',
    );
    expect([unlocked.status, unlocked.body.coins_spent, unlocked.body.balance]).toEqual([200, 30, had - 30]);
    const after = await playback('paid', 'gil', `&token=${unlocked.body.token}`);
    expectShape(answers.playback, after.body);
    expect(after.body).toMatchObject({
      media_url: mediaUrl,
      access: { why: 'unlocked', transaction_id: unlocked.body.transaction_id },
    });
    const again = await post('/api/grpc/monetization/unlock', { user_id: 'gil', video_id: 'paid' }, 'unlock-2');
    expect([again.status, again.body.reason]).toEqual([409, 'already_unlocked']);
    expect(again.body.unlocked_by).toBe(unlocked.body.transaction_id);
    const held = await ask('/api/wallets/gil/subscriptions');
    expect(held.body.unlocks).toEqual([{ item: 'paid', transaction_id: unlocked.body.transaction_id }]);
  });

  it('plays for subscribers of its tier', async () => {
    const subscribe = (tier: number, key: string) =>
      post('/api/grpc/monetization/subscribe', { subscriber_id: 'dora', creator_id: 'maker', tier }, key);
    const first = await subscribe(2, 'subscribe-1');
    expect(first.status).toBe(200);
    expectShape(answers.subscribed, first.body);
    expect(first.body).toMatchObject({ credits_spent: 150, balance: 350, tier: 2, status: 'active' });
    const plays = await playback('paid', 'dora', `&token=${first.body.token}`);
    expect(plays.body.access).toMatchObject({ why: 'subscription', tier: 2 });
    const same = await subscribe(2, 'subscribe-2');
    expect([same.status, same.body.reason]).toEqual([409, 'already_subscribed']);
    expect(same.body).toMatchObject({ tier: 2, renews_at: first.body.renews_at });
    const body = { subscriber_id: 'dora', creator_id: 'maker' };
    const cancelled = await post('/api/grpc/monetization/cancel-subscription', body, 'cancel-1');
    expect([cancelled.status, cancelled.body.cancelled, cancelled.body.credits_spent]).toEqual([200, true, 0]);
    expectShape(
      answers.subscriptions,
      (await ask(`/api/wallets/dora/subscriptions?token=${cancelled.body.token}`)).body,
    );
  });

  it('has its address nowhere else', async () => {
    for (const path of ['/api/videos/paid', '/api/grpc/feed?user_id=cy&limit=100', '/api/grpc/feed/trending'])
      expect(JSON.stringify((await ask(path)).body)).not.toContain('secret-original');
    expect((await playback('free', 'cy')).body.media_url).toBe(mediaUrl);
  });
});

describe('a statement', () => {
  type Entry = { token: string; kind: string; balances: { account: string; asset: string; amount: number }[] };

  it('has a line for every event, and the balances of the past', async () => {
    const { body: sent } = await send(gift('fay', 'gil', 'DIAMOND'), 'statement-1');
    const { body } = await ask(`/api/wallets/fay/statement?token=${sent.token}&limit=100`, undefined, 1);
    expectShape(answers.statement, body);
    const entries = body.entries as Entry[];
    expect(entries[0]).toMatchObject({ token: sent.token, kind: 'gift', counterparty_id: 'gil', amount: 100 });
    expect(entries.at(-1)?.kind).toBe('coin_purchase');
    for (const { token, balances } of entries) {
      const then = await wallet('fay', `?as_of=${token}`);
      const coins = balances.find(({ account, asset }) => account === 'user:fay' && asset === 'COIN');
      expect([then.coins, then.as_of]).toEqual([coins?.amount, token]);
    }
    expect(await wallet('fay', '?as_of=2020-01-01')).toMatchObject({ coins: 0, as_of: null });
    const beyond = String(sent.token).replace(/\d+$/, '999999');
    for (const field of ['as_of', 'token'])
      expect(await wallet('fay', `?${field}=${beyond}`)).toMatchObject({ status: 400, reason: 'invalid_field', field });
    expect((await wallet('fay', `?as_of=${new Date(Date.now() + 1_000).toISOString()}`)).coins).toBe(sent.balance);
  });

  it('is a table too', async () => {
    const response = await fetch(`${instances[0]?.url}/api/wallets/fay/statement.csv?limit=2`);
    expect(response.headers.get('content-type')).toContain('text/csv');
    expect((await response.text()).trim().split('\n').length).toBe(3);
  });

  it('adds up to boards and revenue', async () => {
    const { body: sent } = await send(gift('fay', 'hal', 'CASTLE', 2), 'nobody-yet');
    expect(sent.reason).toBe('unknown_recipient');
    const token = (await send(gift('ben', 'gil', 'HEART', 10), 'board-1')).body.token;
    const board = await ask(`/api/leaderboards/gifts?side=sent&window=all&token=${token}`);
    expectShape(answers.giftBoard, board.body);
    expect((board.body.people as Json[])[0]).toMatchObject({ place: 1, user_id: 'ben', coins: 500 });
    const revenue = await ask(`/api/revenue?from=${new Date(Date.now() - 7_200_000).toISOString()}&token=${token}`);
    expectShape(answers.revenue, revenue.body);
    const streams = (revenue.body.hours as Json[]).map(({ stream }) => stream);
    expect(streams).toEqual(expect.arrayContaining(['gifts', 'premium']));
  });
});

describe('a socket', () => {
  it('tells both sides of a gift what was given', async () => {
    const clients = instances.map(({ url }) => new SocketClient(url));
    for (const [i, client] of clients.entries()) {
      await client.opened();
      client.send({ type: 'subscribe', channel: `wallet:${['ana', 'dora'][i]}` });
    }
    await Promise.all(clients.map((client) => client.next('subscribed')));
    const { body } = await send({ ...gift('ana', 'dora', 'HEART', 2), video_id: 'free' }, 'told-1');
    const about = { gift_type: 'HEART', quantity: 2, video_id: 'free', transaction_id: body.transaction_id };
    const [sent, received] = await Promise.all(clients.map(async (client) => (await client.next('event')).data));
    expect(sent).toMatchObject({ type: 'gift_sent', with: 'dora', amount: 100, ...about });
    expect(sent).toMatchObject({ balances: { coins: body.balance } });
    expect(received).toMatchObject({ type: 'gift_received', with: 'ana', amount: 55, ...about });
    expect(received).toMatchObject({ balances: { earnings: { COIN: 55 } } });
    const [ana, dora] = await Promise.all(clients.map(async (client) => (await client.next('state')).data));
    expect([ana, dora]).toMatchObject([{ coins: body.balance }, { earnings: { COIN: 55 } }]);
    for (const client of clients) client.socket.close();
  });
});

describe('what a creator has earned', () => {
  it('is told by stream, and can be paid out from a minimum on', async () => {
    const { body } = await ask('/api/creators/maker/earnings');
    expectShape(answers.earnings, body);
    expect(body.available).toEqual({ COIN: 17, CREDIT: 83 });
    const asked = { creator_id: 'maker', asset: 'COIN', amount: 17, provider: 'local', destination: 'IBAN 1' };
    const refused = await post('/api/payouts', asked, 'payout-1');
    expect([refused.status, refused.body.reason]).toEqual([422, 'below_minimum']);
    expect(refused.body).toMatchObject({ minimum: 1_000, amount: 17 });
    const short = await post('/api/payouts', { ...asked, amount: 1_000 }, 'payout-2');
    expect(short.body).toMatchObject({ status: 402, reason: 'insufficient_funds', available: 17 });
  });

  it('paid out is held, and where it goes is in no event that can be read', async () => {
    const castles = gift('cy', 'star', 'CASTLE', 2);
    await post('/api/events', { user_id: 'star', video_id: 'free', action: 'like' }, 'none');
    await expect.poll(async () => (await send(castles, randomUUID())).status, { timeout: 5_000 }).toBe(200);
    const asked = {
      creator_id: 'star',
      asset: 'COIN',
      amount: 1_000,
      provider: 'local',
      destination: 'IBAN DE02 1203',
    };
    const answer = await post('/api/payouts', asked, 'payout-1');
    expect(answer.status).toBe(200);
    expectShape(answers.payoutHeld, answer.body);
    const held = await wallet('star', `?token=${answer.body.token}`);
    expect([held.held, held.earnings]).toEqual([{ COIN: 1_000 }, { COIN: 100 }]);
    const { payout_id, token, transaction_id } = answer.body;
    const payout = await ask(`/api/payouts/${payout_id}?creator_id=star&token=${token}`);
    expectShape(answers.payout, payout.body);
    expect(payout.body).toMatchObject({ status: 'held', amount: 1_000, asset: 'COIN' });
    const failed = { type: 'payout_failed', accountId: 'star', transactionId: transaction_id, reason: 'closed' };
    const event = {
      ...envelope,
      eventId: randomUUID(),
      occurredAt: Date.now(),
      ruleSet: 1,
      provider: 'local',
      ...failed,
    };
    await world.append('payment_transactions', [event]);
    await world.settle();
    expect((await ask(`/api/payouts/${payout_id}?creator_id=star`)).body).toMatchObject({
      ...{ status: 'failed', reason: 'closed' },
    });
    const [line] = (await ask('/api/wallets/star/statement?limit=1')).body.entries as Json[];
    expect(line).toMatchObject({ kind: 'payout_failed', outcome: 'accepted', reason: 'closed' });
    expect((await wallet('star')).earnings).toEqual({ COIN: 1_100 });
  });
});

describe('products', () => {
  it('are told with what they cost and buy', async () =>
    expectShape(answers.products, (await ask('/api/products')).body));
});
