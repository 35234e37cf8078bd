// Dating over HTTP, gRPC and WebSocket on the real servers: profiles, swipes, one match told to both, unlocks, undo, blocks, and cooldowns that outlive Redis.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import * as answers from '../../api/answers-dating.ts';
import { grpcServices } from '../../api/grpc/services.ts';
import { ApiServer } from '../../api/server.ts';
import type { Runner } from '../../processors/runtime/runner.ts';
import { expectShape } from '../documented-shape.ts';
import { GrpcClient } from '../grpc-client.ts';
import { World } from '../world.ts';

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly body: Json; readonly isHit: boolean };

let world: World;
let runner: Runner;
let api: ApiServer;
let url: string;
let grpc: GrpcClient;

const everyone = ['ana', 'ben', 'cleo', 'dora', 'eli', 'fay', 'gus'];
const bought = (accountId: string, asset: string, amount: number) => ({
  ...{ actorId: 'test', correlationId: 'test', source: 'test', origin: null, eventId: randomUUID() },
  ...{ occurredAt: Date.now(), ruleSet: 1, type: 'coin_purchase', accountId, asset, amount, provider: 'local' },
});
const profile = (user_id: string, more: object = {}) => ({
  ...{ user_id, name: user_id, birth_date: '1996-02-29', gender: 'woman', interests: ['art', user_id] },
  ...{ latitude: 52.52, longitude: 13.4 },
  wish: { genders: ['woman'], age_min: 18, age_max: 50, distance_km: 50, intention: 'open' },
  ...more,
});

beforeAll(async () => {
  world = await World.make();
  runner = await world.run();
  const config = { ...world.config, api: { ...world.config.api, host: '127.0.0.1', port: 0 } };
  api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  url = await api.listen();
  const service = grpcServices.find(({ name }) => name === 'dating');
  if (!service) throw new Error('there is no gRPC service');
  grpc = new GrpcClient(api.grpcPort('dating') ?? 0, service);
  const rich = ['ana', 'ben', 'fay', 'gus'];
  await world.append('payment_transactions', [
    ...rich.flatMap((id) => [bought(id, 'COIN', 500), bought(id, 'CREDIT', 400)]),
  ]);
  for (const id of everyone) {
    const put = async () => expect((await ask('PUT', '/api/dating/profile', profile(id))).status).toBe(202);
    await vi.waitFor(put, { timeout: 30_000 });
  }
  await world.settle();
  await vi.waitFor(async () => expect(await shown('ana')).toHaveLength(everyone.length - 1), { timeout: 30_000 });
}, 120_000);

afterAll(async () => {
  grpc.close();
  await api.close();
  await world.drop();
});

async function ask(method: string, path: string, body?: object, key?: string): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const isHit = response.headers.get('idempotency-hit') === 'true';
  return { status: response.status, body: (await response.json()) as Json, isHit };
}
const get = (path: string) => ask('GET', path);
const post = (what: string, user_id: string, target_user_id: string, more: object = {}, key: string = randomUUID()) =>
  ask('POST', `/api/grpc/dating/${what}`, { user_id, target_user_id, ...more }, key);
const swipe = (from: string, to: string, direction = 'RIGHT', key?: string) =>
  post('swipe', from, to, { direction }, key);
const query = (id: string, token?: unknown) => `user_id=${id}${token ? `&token=${token}` : ''}`;

async function shown(id: string, token?: unknown): Promise<string[]> {
  const { status, body } = await get(`/api/grpc/dating/matches?limit=100&${query(id, token)}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return (body.matches as { user_id: string }[]).map(({ user_id }) => user_id).sort();
}
const wallet = async (id: string, token?: unknown) =>
  (await get(`/api/wallets/${id}${token ? `?token=${token}` : ''}`)).body;

type Told = { readonly type: string; readonly match_id: string; readonly user_id: string };
type Socket = { readonly events: () => Told[]; readonly matches: () => Json[]; close(): void };

/** Hears what a person is told: what happens, and the matches as they are. */
async function listening(id: string): Promise<Socket> {
  const heard: Told[] = [];
  let matches: Json[] = [];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  const subscribed = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (message.type === 'subscribed') resolve();
      if (message.type === 'event') heard.push(message.data);
      else matches = message.data?.matches ?? matches;
    });
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'subscribe', channel: `dating:${id}` }));
  await subscribed;
  return { events: () => heard, matches: () => matches, close: () => socket.close() };
}

it('candidates are told with the arithmetic of their scores, over HTTP and gRPC alike', async () => {
  const { body } = await get('/api/grpc/dating/matches?userId=ana&limit=3');
  expectShape(answers.matchesPage, body);
  for (const match of body.matches as { compatibility_score: number; factors: Record<string, Json> }[]) {
    const sum = Object.values(match.factors).reduce((total, one) => total + Number(one.value) * Number(one.weight), 0);
    expect(Math.abs(sum - match.compatibility_score)).toBeLessThan(1e-6);
  }
  const called = await grpc.call('GetMatches', { user_id: 'ana', limit: 3 });
  const ids = (page: Json) => (page.matches as { user_id: string }[]).map(({ user_id }) => user_id);
  expect(ids(called.answer as Json)).toEqual(ids(body));
});

describe('a match', () => {
  it('is made by two swipes, told once to both, and unlocked when both have paid', async () => {
    const sockets = await Promise.all([listening('ana'), listening('ben')]);
    const first = await swipe('ana', 'ben');
    expectShape(answers.swiped, first.body);
    expect([first.status, first.body.match_id, first.body.free_swipes_left]).toEqual([200, null, 4]);
    expect(await shown('ana', first.body.token)).not.toContain('ben');
    expect(await shown('ben', first.body.token)).toContain('ana');
    const called = await grpc.call(
      'Swipe',
      { user_id: 'ben', target_user_id: 'ana', direction: 'RIGHT' },
      { 'idempotency-key': randomUUID() },
    );
    const matchId = called.answer.match_id;
    expect([called.code, typeof matchId]).toEqual([0, 'string']);
    const told = { type: 'match', match_id: matchId };
    for (const [i, socket] of sockets.entries())
      await expect
        .poll(socket.events, { timeout: 5_000 })
        .toMatchObject([{ ...told, user_id: i === 0 ? 'ben' : 'ana' }]);
    expect(await shown('ana', called.answer.token)).not.toContain('ben');

    const waiting = await post('unlock', 'ana', 'ben');
    expectShape(answers.unlocked, waiting.body);
    expect(waiting.body).toMatchObject({ status: 'waiting', coins: 25, credits: 50, match_id: matchId });
    expect((await wallet('ana', waiting.body.token)).held).toEqual({ COIN: 25, CREDIT: 50 });
    const { paid_by, held_until: waits_until } = waiting.body;
    expect(paid_by).toEqual(['ana']);
    const paid = [{ match_id: matchId, status: 'locked', paid_by: ['ana'], waits_until }];
    const history = await get(`/api/dating/match-history?${query('ben', waiting.body.token)}`);
    expect(history.body.matches).toMatchObject(paid);
    for (const socket of sockets) await expect.poll(socket.matches, { timeout: 5_000 }).toMatchObject(paid);
    const twice = await post('unlock', 'ana', 'ben');
    expect([twice.status, twice.body.reason]).toEqual([409, 'already_requested']);
    expect((await wallet('ana', twice.body.token)).held).toEqual({ COIN: 25, CREDIT: 50 });

    const unlocked = await post('unlock', 'ben', 'ana');
    expect(unlocked.body).toMatchObject({ status: 'unlocked', held_until: null, paid_by: ['ana', 'ben'] });
    await world.settle();
    for (const id of ['ana', 'ben']) expect(await wallet(id)).toMatchObject({ coins: 475, credits: 350, held: {} });
    const again = await post('unlock', 'ben', 'ana');
    expect([again.status, again.body.reason]).toEqual([409, 'already_unlocked']);
    const { body } = await get(`/api/dating/match-history?${query('ana', unlocked.body.token)}`);
    expect(body.matches).toMatchObject([
      { match_id: matchId, user_id: 'ben', status: 'unlocked', paid_by: [], waits_until: null },
    ]);
    for (const socket of sockets) {
      await expect.poll(() => socket.events().map(({ type }) => type), { timeout: 5_000 }).toContain('unlocked');
      expect(socket.events().filter(({ type }) => type === 'match')).toHaveLength(1);
      socket.close();
    }
  });

  it('is unlocked at once by one who pays for both', async () => {
    await swipe('fay', 'gus');
    const { body } = await swipe('gus', 'fay', 'SUPER_LIKE');
    expect([typeof body.match_id, body.coins_charged]).toEqual(['string', 50]);
    const unlocked = await post('unlock', 'fay', 'gus', { mode: 'instant' });
    expect(unlocked.body).toMatchObject({ status: 'unlocked', coins: 100, credits: 150 });
    await world.settle();
    expect(await wallet('fay')).toMatchObject({ coins: 400, credits: 250, held: {} });
  });
});

describe('a swipe', () => {
  it('that is repeated is charged once and answered as before', async () => {
    const first = await swipe('cleo', 'dora', 'LEFT', 'cleo-1');
    const again = await swipe('cleo', 'dora', 'LEFT', 'cleo-1');
    expect([first.isHit, again.isHit, again.body]).toEqual([false, true, first.body]);
    const other = await swipe('cleo', 'dora', 'RIGHT', 'cleo-1');
    expect([other.status, other.body.reason]).toEqual([409, 'idempotency_key_reused']);
    const anew = await swipe('cleo', 'dora');
    expect([anew.status, anew.body.reason]).toEqual([409, 'already_swiped']);
    const left = await get(`/api/dating/swipes?${query('cleo', first.body.token)}`);
    expectShape(answers.swipes, left.body);
    expect(left.body).toMatchObject({ free_swipes_left: 4, used: 1 });
  });

  it('can be undone once: the free swipe and the person come back', async () => {
    await swipe('eli', 'dora', 'LEFT');
    const undone = await post('undo', 'eli', 'dora');
    expect([undone.status, undone.body.accepted]).toEqual([200, true]);
    expect(await shown('eli', undone.body.token)).toContain('dora');
    expect((await get(`/api/dating/swipes?${query('eli', undone.body.token)}`)).body.free_swipes_left).toBe(5);
    await swipe('eli', 'dora', 'LEFT');
    const twice = await post('undo', 'eli', 'dora');
    expect([twice.status, twice.body.reason]).toEqual([409, 'already_undone']);
  });

  it.each([
    ['no_profile', 409, 'nobody', 'dora'],
    ['unknown_recipient', 404, 'dora', 'nobody'],
    ['own_swipe', 422, 'dora', 'dora'],
  ])('is refused as %s', async (reason, status, from, to) => {
    const refused = await swipe(from, to);
    expect([refused.status, refused.body.reason]).toEqual([status, reason]);
  });

  it('beyond the free ones says what it takes', async () => {
    const free = ['ana', 'ben', 'cleo', 'eli', 'fay'];
    for (const id of free) expect((await swipe('dora', id, 'LEFT')).body.coins_charged).toBe(0);
    const refused = await swipe('dora', 'gus', 'LEFT');
    expect([refused.status, refused.body]).toMatchObject([402, { asset: 'COIN', needed: 10, available: 0 }]);
  });
});

it('a profile that was put a moment ago can be swiped, and swipe', async () => {
  for (const id of ['new-1', 'new-2']) await ask('PUT', '/api/dating/profile', profile(id, { latitude: -40 }));
  expect([(await swipe('new-1', 'new-2')).status, (await swipe('new-2', 'new-1')).status]).toEqual([200, 200]);
});

it('the end of an account ends its matches, and gives back what somebody has set aside for one', async () => {
  const far = { latitude: -60 };
  for (const id of ['left', 'leaver']) await ask('PUT', '/api/dating/profile', profile(id, far));
  await world.append('payment_transactions', [bought('left', 'COIN', 100), bought('left', 'CREDIT', 100)]);
  await swipe('left', 'leaver');
  expect((await swipe('leaver', 'left')).body.match_id).not.toBeNull();
  expect((await post('unlock', 'left', 'leaver')).body).toMatchObject({ status: 'waiting', coins: 25, credits: 50 });
  await world.settle();
  expect((await ask('DELETE', '/api/users/leaver')).status).toBe(200);
  await world.settle();
  expect(await wallet('left')).toMatchObject({ coins: 100, credits: 100, held: {} });
});

describe('a block', () => {
  it('holds on both sides from its answer on, and ends when it is lifted', async () => {
    expect(await shown('cleo')).toContain('eli');
    expect((await post('block', 'cleo', 'eli')).status).toBe(200);
    expect([await shown('cleo'), await shown('eli')].map((ids) => ids.includes('eli') || ids.includes('cleo'))).toEqual(
      [false, false],
    );
    for (const [from, to] of [
      ['cleo', 'eli'],
      ['eli', 'cleo'],
    ] as const) {
      const refused = await swipe(from, to);
      expect([refused.status, refused.body.reason]).toEqual([403, 'blocked']);
    }
    expect((await get('/api/dating/swipes?user_id=eli')).body.free_swipes_left).toBe(4);
    const lifted = await post('unblock', 'eli', 'cleo');
    expect([lifted.status, lifted.body.reason]).toEqual([409, 'not_blocked']);
    expect((await post('unblock', 'cleo', 'eli')).status).toBe(200);
    expect(await shown('eli')).toContain('cleo');
  });
});

it('a boost stands in the order and is told', async () => {
  const boosted = await ask('POST', '/api/grpc/dating/boost', { user_id: 'gus' }, randomUUID());
  expectShape(answers.boosted, boosted.body);
  const isFirst = async () => {
    const { body } = await get('/api/grpc/dating/matches?user_id=eli&limit=1');
    expect(body.matches).toMatchObject([{ user_id: 'gus', boosted: true }]);
  };
  await vi.waitFor(isFirst, { timeout: 5_000 });
});

it('whom somebody has swiped does not come back after Redis was wiped', async () => {
  const before = await Promise.all(everyone.map((id) => shown(id)));
  await runner.stop();
  await world.forgetRedis();
  // While nothing is folded again, and nothing is known of swipes and blocks, nobody is shown.
  const statuses = everyone.map(async (id) => (await get(`/api/grpc/dating/matches?user_id=${id}`)).status);
  expect(await Promise.all(statuses)).toEqual(everyone.map(() => 503));
  expect((await get('/api/dating/profile?user_id=ben&viewer_id=ana')).status).not.toBe(200);
  runner = await world.run();
  await world.settle();
  await vi.waitFor(async () => expect(await Promise.all(everyone.map((id) => shown(id)))).toEqual(before), {
    timeout: 20_000,
  });
  expect((await swipe('cleo', 'dora')).body.reason).toBe('already_swiped');
}, 60_000);
