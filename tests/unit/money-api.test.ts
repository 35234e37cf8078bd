// Requests for money over REST and gRPC, above a ledger made up here: keys, repeats, misuse, refusals, and what is not known yet.
import { status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoIdentity } from '../../api/access.ts';
import { GrpcDoor } from '../../api/grpc/door.ts';
import { grpcServices } from '../../api/grpc/services.ts';
import { noLimits } from '../../api/limits/limits.ts';
import { Metrics } from '../../api/metrics.ts';
import type { Ended, MoneyAnswer, MoneyEvent } from '../../api/money-door.ts';
import type { Services } from '../../api/ports.ts';
import { type Reason, Refusal, reasons } from '../../api/problems.ts';
import { readConfig } from '../../infra/config.ts';
import { initialState } from '../../processors/ledger/domain-account.ts';
import { type Outcome, type RefusalReason, refusalReasons } from '../../processors/ledger/domain-outcomes.ts';
import { GrpcClient } from '../grpc-client.ts';
import { type Api, problemFrom, startApi } from './api-server.ts';

type Memo = { readonly fingerprint: string | null; readonly outcome: Outcome; readonly until: number };

/** Decides as it is told, and remembers. */
class Decider {
  readonly memos = new Map<string, Memo>();
  readonly events: Record<string, unknown>[] = [];
  reason: RefusalReason | null = null;
  fate: MoneyAnswer | Refusal | null = null;

  async request(event: MoneyEvent): Promise<MoneyAnswer | Refusal> {
    this.events.push({ ...event });
    if (this.fate) return this.fate;
    const key = `${event.accountId} ${event.idempotencyKey}`;
    const known = this.memos.get(key);
    if (known) return { memo: known, isRepeat: true };
    const { fingerprint, amount } = event as unknown as { fingerprint: string; amount?: number };
    const memo = {
      fingerprint,
      outcome: this.#outcome(event.type, String(amount ?? 0)),
      until: Number.MAX_SAFE_INTEGER,
    };
    this.memos.set(key, memo);
    return { memo, isRepeat: false };
  }

  #outcome(kind: string, amount: string): Outcome {
    const n = this.memos.size;
    return {
      accepted: this.reason === null,
      reason: this.reason,
      kind,
      transactionId: `transaction-${n}`,
      asset: 'COIN',
      amount,
      creatorShare: '55',
      platformShare: '45',
      balance: { coins: '900', credits: '70' },
      swipe: null,
      boostUntil: null,
      subscription: this.reason === 'already_subscribed' ? { ...subscription, renewsAt: Date.UTC(2026, 11, 1) } : null,
      originalId: this.reason === 'already_unlocked' ? 'transaction-9' : null,
      available: kind === 'payout' ? '312' : null,
      ruleSet: 1,
      at: Date.UTC(2026, 10, 1),
      partition: 3,
      offset: 40 + n,
    };
  }
}

const candidate = {
  status: 'published',
  creatorId: 'maker',
  title: 'T',
  category: 'music',
  tags: [],
  durationMs: 1,
  originalUrl: 'https://media.example/original.mp4',
  publishedAt: 1,
  offset: 0,
};
const videos: Record<string, object> = {
  free: { ...candidate, premiumCoins: 0, premiumTier: 0 },
  paid: { ...candidate, premiumCoins: 30, premiumTier: 2 },
  closed: { ...candidate, premiumCoins: 0, premiumTier: 2 },
};
const subscription = {
  id: 's',
  tier: 2,
  nextTier: 2,
  since: 0,
  renewsAt: 5,
  status: 'active',
  cancelled: false,
  tries: 0,
};

let decider: Decider;
let api: Api;
let door: GrpcDoor;
let grpc: GrpcClient;

const paymentIds = ['pay_1', 'pay_2'];
/** What was published of payments. */
const published: Record<string, unknown>[] = [];
/** In place of an answer. */
let waiting: ((ended?: AbortSignal) => Promise<MoneyAnswer>) | null = null;
const only = (pattern: RegExp) => (destination: string) => pattern.test(destination);
const providers = new Map([
  ['local', { name: 'local', isLocal: true }],
  ['stripe', { name: 'stripe', isLocal: false, isDestination: only(/^acct_/) }],
]);

const services = {
  payments: {
    providers,
    publish: async (event: object) => {
      published.push({ ...event, before: decider.events.length });
    },
  },
  money: {
    request: (event: MoneyEvent, _id: string, ended?: Ended) => (waiting ? waiting(ended?.()) : decider.request(event)),
  },
  people: { isErased: (id: string) => id === 'erased' },
  recipients: { isKnown: async (id: string) => (id === 'early' ? null : id !== 'nobody') },
  videos: {
    figures: async (id: string) => (videos[id] ? { candidate: videos[id], engagement: null, trending: null } : null),
  },
  wallets: {
    account: async (id: string) =>
      id === 'planned'
        ? { ...initialState(), plan: { name: 'pro', product: 'plan_pro', until: 9, cancelled: false, paymentIds } }
        : id === 'subscriber'
          ? { ...initialState(), subscriptions: { maker: subscription } }
          : null,
    unlocked: async (id: string) => (id === 'buyer' ? 'transaction-9' : null),
    unlocks: async () => [],
    request: async (id: string, key: string) => decider.memos.get(`${id} ${key}`) ?? null,
    onChange: () => () => {},
  },
} as unknown as Partial<Services>;

beforeAll(async () => {
  api = await startApi(services);
  const log = pino({ level: 'silent' });
  const service = grpcServices.find(({ name }) => name === 'monetization');
  if (!service) throw new Error('no service');
  const metrics = new Metrics();
  const connections = readConfig().grpcConnections;
  door = new GrpcDoor({
    services: { ...services, identity: demoIdentity, limits: noLimits, metrics, now: () => 0 } as Services,
    metrics,
    log,
    service,
    connections,
  });
  grpc = new GrpcClient(await door.listen('127.0.0.1', 0), service);
});
beforeEach(() => {
  decider = new Decider();
});
afterAll(async () => {
  grpc.close();
  await Promise.all([door.close(), api.close()]);
});

describe('a request that nobody waits for any more', () => {
  const path = '/api/grpc/monetization/tip';
  const tip = { sender_id: 'ana', recipient_id: 'ben', amount: 5 };
  /** Resolves `asked` when the wait begins, `ended` when it is told to end. */
  const waits = () => {
    let asked = () => {};
    const begun = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const ended = new Promise<string>((resolve) => {
      waiting = async (signal) => {
        asked();
        await new Promise((end) => signal?.addEventListener('abort', end));
        resolve('ended');
        return { memo: null, token: 'payment_transactions:1:1' };
      };
    });
    return { begun, ended };
  };
  afterEach(() => {
    waiting = null;
  });

  it('is waited for no longer over REST when the connection closes', async () => {
    const { begun, ended } = waits();
    const gone = new AbortController();
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'gone-1' };
    const { signal } = gone;
    const asked = fetch(`${api.url}${path}`, { method: 'POST', headers, body: JSON.stringify(tip), signal });
    await begun;
    gone.abort();
    await expect(asked).rejects.toThrow();
    expect(await ended).toBe('ended');
  });

  it('is waited for no longer over gRPC when its deadline has passed', async () => {
    // Long enough for a busy machine to begin the call: one whose deadline has passed before is not begun at all.
    const { ended } = waits();
    const { code } = await grpc.call('SendTip', tip, { 'idempotency-key': 'gone-2' }, 1_000);
    expect([code, await ended]).toEqual([status.DEADLINE_EXCEEDED, 'ended']);
  });
});

describe('a plan', () => {
  it('is cancelled here once its billing was asked to end, and a repeat touches no plan that was bought since', async () => {
    const cancel = (key: string, user_id = 'planned') => post('/api/grpc/monetization/cancel-plan', { user_id }, key);
    published.length = 0;
    const first = await cancel('c1');
    expect([first.status, await first.json()]).toMatchObject([200, { success: true, cancelled: true }]);
    const asked = { kind: 'plan_cancel_request', before: 0 };
    expect(published).toMatchObject([
      { ...asked, paymentId: 'pay_1' },
      { ...asked, paymentId: 'pay_2' },
    ]);
    expect(decider.events).toMatchObject([{ type: 'plan_cancel', accountId: 'planned' }]);
    const again = await cancel('c1');
    expect([again.status, again.headers.get('idempotency-hit'), published.length]).toEqual([200, 'true', 2]);
    decider.reason = 'no_plan';
    expect((await cancel('c2', 'nobody')).status).toBe(409);
    expect(published).toHaveLength(2);
  });
});

describe('a deleted account', () => {
  it.each([
    ['/api/grpc/monetization/gift', { ...gift, sender_id: 'erased' }, 'sender_id'],
    ['/api/grpc/monetization/tip', { sender_id: 'erased', recipient_id: 'ben', amount: 5 }, 'sender_id'],
    ['/api/grpc/monetization/subscribe', { subscriber_id: 'erased', creator_id: 'maker', tier: 1 }, 'subscriber_id'],
    ['/api/grpc/monetization/unlock', { user_id: 'erased', video_id: 'paid' }, 'user_id'],
    ['/api/payments/checkout', { user_id: 'erased', product: 'coins_100' }, 'user_id'],
  ])('%s is refused, and nothing is asked of the ledger', async (path, body, field) => {
    const response = await post(path, body, 'gone');
    expect([response.status, await response.json()]).toMatchObject([410, { reason: 'account_deleted', field }]);
    expect(decider.events).toEqual([]);
  });

  it('can end what would go on being paid', async () => {
    const ended = { subscriber_id: 'erased', creator_id: 'maker' };
    expect((await post('/api/grpc/monetization/cancel-subscription', ended, 'end')).status).toBe(200);
  });
});

describe('a payout', () => {
  const request = { creator_id: 'zoe', asset: 'COIN', amount: 1_000, provider: 'stripe', destination: 'acct_1' };
  const payOut = (over: object, key: string) => post('/api/payouts', { ...request, ...over }, key);

  it('goes to a provider that there is, and to what can be an account there', async () => {
    const unknown = await payOut({ provider: 'square' }, 'p1');
    expect([unknown.status, await unknown.json()]).toMatchObject([
      400,
      { field: 'provider', detail: 'provider must be one of local, stripe' },
    ]);
    const impossible = await payOut({ destination: 'zoe@x.test' }, 'p2');
    expect([impossible.status, await impossible.json()]).toMatchObject([400, { field: 'destination' }]);
    expect(decider.events).toEqual([]);
    expect((await payOut({}, 'p3')).status).toBe(200);
  });

  it('has its first answer, whatever has become of the provider', async () => {
    expect((await payOut({}, 'p4')).status).toBe(200);
    const stripe = providers.get('stripe') as never;
    providers.delete('stripe');
    const again = await payOut({}, 'p4');
    providers.set('stripe', stripe);
    expect([again.status, again.headers.get('idempotency-hit')]).toEqual([200, 'true']);
  });
});

const gift = { sender_id: 'ana', recipient_id: 'ben', gift_type: 'DIAMOND', quantity: 1 };
const post = (path: string, body: object, key: string | null = 'key-1') =>
  fetch(`${api.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(key !== null && { 'idempotency-key': key }) },
  });
const send = (body: object = gift, key: string | null = 'key-1') => post('/api/grpc/monetization/gift', body, key);
const keyed = (key: string) => ({ 'idempotency-key': key });

describe('a payout', () => {
  const payout = { creator_id: 'ana', asset: 'COIN', amount: 1_000, provider: 'local', destination: 'IBAN 1' };

  it('goes through a provider that is there, or is not held at all', async () => {
    const wrong = await post('/api/payouts', { ...payout, provider: 'nowhere' }, 'key-1');
    expect([wrong.status, await problemFrom(wrong)]).toMatchObject([400, { field: 'provider' }]);
    expect(decider.events).toEqual([]);
    expect((await post('/api/payouts', payout, 'key-1')).status).toBe(200);
  });

  it('that is too much is told of earnings, not of the wallet', async () => {
    decider.reason = 'insufficient_funds';
    const { detail } = await problemFrom(await post('/api/payouts', payout, 'key-2'));
    expect(detail).toBe('1000 COIN were asked for; the earnings that can be paid out are 312 COIN');
  });
});

describe('a gift', () => {
  it('is one event with its price, and answered with what was decided', async () => {
    const response = await send({
      senderId: 'ana',
      recipientId: 'ben',
      giftType: 'DIAMOND',
      quantity: 3,
      videoId: 'v',
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('idempotency-hit')).toBeNull();
    expect(await response.json()).toEqual({
      success: true,
      transaction_id: 'transaction-0',
      coins_spent: 300,
      creator_share: 55,
      platform_share: 45,
      balance: 900,
      token: 'payment_transactions:3:40',
    });
    expect(decider.events).toMatchObject([
      {
        ...{
          type: 'gift',
          accountId: 'ana',
          counterpartyId: 'ben',
          counterpartyKnown: true,
          asset: 'COIN',
          amount: 300,
        },
        ...{ giftType: 'DIAMOND', quantity: 3, videoId: 'v', idempotencyKey: 'key-1', ruleSet: 1 },
      },
    ]);
  });

  it('that is repeated has the first answer and is marked, whichever way it comes', async () => {
    const first = await (await send()).json();
    const again = await send({ quantity: 1, gift_type: 'DIAMOND', recipient_id: 'ben', sender_id: 'ana' });
    expect([again.status, again.headers.get('idempotency-hit'), await again.json()]).toEqual([200, 'true', first]);
    const unsaid = await send({ sender_id: 'ana', recipient_id: 'ben', gift_type: 'DIAMOND' });
    expect([unsaid.headers.get('idempotency-hit'), await unsaid.json()]).toEqual(['true', first]);
    const called = await grpc.call('SendGift', { ...gift, quantity: undefined }, keyed('key-1'));
    expect([called.code, called.metadata.get('idempotency-hit'), called.answer]).toEqual([0, ['true'], first]);
    expect(decider.memos.size).toBe(1);
  });

  it.each([
    ['another body', '/api/grpc/monetization/gift', { ...gift, quantity: 2 }],
    ['another kind', '/api/grpc/monetization/tip', { sender_id: 'ana', recipient_id: 'ben', amount: 100 }],
  ])('whose key comes with %s is 409', async (_what, path, body) => {
    await send();
    const response = await post(path, body);
    expect(response.status).toBe(409);
    expect(await problemFrom(response)).toMatchObject({ reason: 'idempotency_key_reused', field: 'Idempotency-Key' });
  });

  it('to nobody is asked of the ledger all the same, which remembers its refusal', async () => {
    decider.reason = 'unknown_recipient';
    const response = await send({ ...gift, recipient_id: 'nobody' });
    expect(response.status).toBe(404);
    expect(decider.events).toMatchObject([{ counterpartyKnown: false }]);
  });

  it('to somebody who may be known once the videos are read is not asked for', async () => {
    const response = await send({ ...gift, recipient_id: 'early' });
    expect([response.status, decider.events.length]).toEqual([503, 0]);
  });

  it('that is not decided in time is 202 with an address', async () => {
    decider.fate = { memo: null, token: 'payment_transactions:3:40' };
    const response = await send();
    expect(response.status).toBe(202);
    const address = '/api/ledger/requests/ana/key-1?token=payment_transactions:3:40';
    expect(response.headers.get('location')).toBe(address);
    expect(await response.json()).toMatchObject({ success: null, status: 'pending', status_url: address });
    const called = await grpc.call('SendGift', gift, keyed('key-1'));
    expect([called.code, called.answer]).toMatchObject([0, { status: 'pending', status_url: address }]);
  });
});

describe('an idempotency key', () => {
  it.each([
    ['missing_field', null],
    ['invalid_field', ''],
    ['invalid_field', 'a b'],
    ['invalid_field', 'k'.repeat(129)],
  ])('is refused as %s: %j', async (reason, key) => {
    const response = await send(gift, key);
    expect(response.status).toBe(400);
    expect(await problemFrom(response)).toMatchObject({ reason, field: 'Idempotency-Key' });
    expect(decider.events).toEqual([]);
  });

  it('is needed over gRPC too', async () => {
    const called = await grpc.call('SendGift', gift);
    expect([called.code, called.info]).toMatchObject([
      3,
      { reason: 'missing_field', metadata: { field: 'Idempotency-Key' } },
    ]);
  });
});

describe('a wrong field', () => {
  it.each([
    ['gift_type', { ...gift, gift_type: 'ROSES' }],
    ['gift_type', { ...gift, gift_type: undefined }],
    ['quantity', { ...gift, quantity: 0 }],
    ['quantity', { ...gift, quantity: 1.5 }],
    ['quantity', { ...gift, quantity: 10_001 }],
    ['sender_id', { ...gift, sender_id: 'a b' }],
    ['recipient_id', { ...gift, recipient_id: undefined }],
    ['video_id', { ...gift, video_id: '' }],
  ])('of a gift is named: %s of %j', async (field, body) => {
    const response = await send(body);
    expect(response.status).toBe(400);
    expect(await problemFrom(response)).toMatchObject({ field });
    expect(decider.events).toEqual([]);
  });

  it('is named over gRPC', async () => {
    const called = await grpc.call('SendGift', { ...gift, quantity: -1 }, keyed('k'));
    expect([called.code, called.info]).toMatchObject([3, { reason: 'invalid_field', metadata: { field: 'quantity' } }]);
  });
});

describe('a refusal', () => {
  it.each([...refusalReasons])('%s is told with its transaction, and again when it is repeated', async (reason) => {
    decider.reason = reason;
    const { status, grpc: code } = reasons[reason as Reason];
    const first = await send();
    expect(first.status).toBe(status);
    const { request_id: _, ...problem } = await problemFrom(first);
    expect(problem).toMatchObject({ reason, transaction_id: 'transaction-0' });
    const again = await send();
    const { request_id: __, ...repeated } = await problemFrom(again);
    expect([again.headers.get('idempotency-hit'), repeated]).toEqual(['true', problem]);
    const called = await grpc.call('SendGift', gift, keyed('key-1'));
    expect([called.code, called.info?.reason, called.metadata.get('idempotency-hit')]).toEqual([
      code,
      reason,
      ['true'],
    ]);
    expect(called.info?.metadata).toMatchObject({ transaction_id: 'transaction-0' });
  });

  const payout = { creator_id: 'zoe', asset: 'COIN', amount: 400, provider: 'local', destination: 'IBAN 1' };
  const subscribing = { subscriber_id: 'ana', creator_id: 'nobody' };
  it.each<[RefusalReason, string, object, object]>([
    [
      ...(['below_minimum', '/api/payouts', payout] as const),
      {
        detail: 'at least 1000 COIN are paid out at once; 400 COIN were asked for',
        ...{ field: 'amount', minimum: 1_000, amount: 400, asset: 'COIN' },
      },
    ],
    [
      ...(['insufficient_funds', '/api/payouts', payout] as const),
      {
        detail: '400 COIN were asked for; the earnings that can be paid out are 312 COIN',
        ...{ field: 'amount', available: 312, asset: 'COIN' },
      },
    ],
    [
      ...(['already_subscribed', '/api/grpc/monetization/subscribe', { ...subscribing, tier: 2 }] as const),
      {
        detail: 'the subscription has tier 2 already and renews at 2026-12-01T00:00:00.000Z',
        ...{ tier: 2, renews_at: '2026-12-01T00:00:00.000Z', subscription_id: 's' },
      },
    ],
    [
      ...(['already_unlocked', '/api/grpc/monetization/unlock', { user_id: 'ana', video_id: 'paid' }] as const),
      { detail: 'transaction transaction-9 has unlocked it', unlocked_by: 'transaction-9' },
    ],
    [
      ...(['not_subscribed', '/api/grpc/monetization/cancel-subscription', subscribing] as const),
      { detail: 'ana has no subscription to nobody', field: 'creator_id' },
    ],
    [
      ...(['unknown_recipient', '/api/grpc/monetization/subscribe', { ...subscribing, tier: 1 }] as const),
      { detail: 'nobody called nobody has done anything here yet', field: 'creator_id' },
    ],
    [
      ...(['unknown_recipient', '/api/grpc/monetization/gift', { ...gift, recipient_id: 'nobody' }] as const),
      { detail: 'nobody called nobody has done anything here yet', field: 'recipient_id' },
    ],
  ])('%s of %s says what it goes by, the same when it is repeated', async (reason, path, body, told) => {
    decider.reason = reason;
    for (const _ of ['first', 'again'])
      expect(await problemFrom(await post(path, body, 'key-9'))).toMatchObject({ reason, ...told });
  });

  it('is no answer where it is unknown what has happened', async () => {
    decider.fate = new Refusal('unavailable', 'repeat it with the same Idempotency-Key');
    expect((await send()).status).toBe(503);
    expect((await grpc.call('SendGift', gift, keyed('key-1'))).code).toBe(14);
  });
});

describe('a premium video', () => {
  const unlock = (video_id: string, key = 'key-1') =>
    post('/api/grpc/monetization/unlock', { user_id: 'ana', video_id, amount: 1 }, key);

  it('is unlocked at its own price', async () => {
    expect((await unlock('paid')).status).toBe(200);
    expect(decider.events).toMatchObject([{ type: 'unlock', asset: 'COIN', amount: 30, counterpartyId: 'maker' }]);
  });

  it.each([
    ['free', 422, 'not_for_sale'],
    ['closed', 422, 'not_for_sale'],
    ['none', 404, 'not_found'],
  ])('that is %s is not', async (id, status, reason) => {
    const response = await unlock(id);
    expect(response.status).toBe(status);
    expect(await problemFrom(response)).toMatchObject({ reason, field: 'video_id' });
    expect(decider.events).toEqual([]);
  });

  it('that has gone since gives a repeat its first answer', async () => {
    const first = await (await unlock('paid')).json();
    const { paid } = videos;
    delete videos.paid;
    const again = await unlock('paid');
    videos.paid = paid as object;
    expect([again.status, again.headers.get('idempotency-hit'), await again.json()]).toEqual([200, 'true', first]);
  });

  it.each([
    ['free', undefined, { why: 'free' }],
    ['paid', 'maker', { why: 'own' }],
    ['paid', 'buyer', { why: 'unlocked', transaction_id: 'transaction-9' }],
    ['closed', 'subscriber', { why: 'subscription', tier: 2, until: '1970-01-01T00:00:00.005Z' }],
  ])('%s plays for %s', async (id, user, access) => {
    const response = await fetch(`${api.url}/api/videos/${id}/playback${user ? `?user_id=${user}` : ''}`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { video_id: id, media_url: candidate.originalUrl, access },
    ]);
  });

  it.each([undefined, 'ana'])('is 402 with what it costs for %s, and its address is nowhere', async (user) => {
    const response = await fetch(`${api.url}/api/videos/paid/playback${user ? `?user_id=${user}` : ''}`);
    expect(response.status).toBe(402);
    expect(await problemFrom(response)).toMatchObject({
      reason: 'payment_required',
      coins: 30,
      tier: 2,
      creator_id: 'maker',
    });
    const video = await (await fetch(`${api.url}/api/videos/paid`)).text();
    expect(JSON.parse(video)).toMatchObject({ premium: { coins: 30, tier: 2 } });
    expect(video).not.toContain('media.example');
  });
});

describe('over gRPC', () => {
  it('a balance is that of the wallet', async () => {
    const called = await grpc.call('GetBalance', { user_id: 'ana' });
    expect([called.code, called.answer]).toMatchObject([0, { user_id: 'ana' }]);
    expect((await grpc.call('GetBalance', {})).info).toMatchObject({
      reason: 'missing_field',
      metadata: { field: 'user_id' },
    });
  });
});
