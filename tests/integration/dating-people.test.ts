// People of dating on the real servers: what they say of themselves reaches every instance, and after a deletion and a loss of Redis they are nowhere.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as answers from '../../api/answers-people.ts';
import { ApiServer } from '../../api/server.ts';
import { PersonErased, PersonKeys } from '../../infra/person-keys.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import { generationPrefix } from '../../processors/runtime/keys.ts';
import type { Runner } from '../../processors/runtime/runner.ts';
import { Profiles } from '../../projections/profiles.ts';
import { PushChannels } from '../../projections/push-channels.ts';
import { cellOf } from '../../schemas/cells.ts';
import { expectShape } from '../documented-shape.ts';
import { SocketClient } from '../unit/socket-client.ts';
import { World } from '../world.ts';

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly body: Json };

let world: World;
let runner: Runner;
let api: ApiServer;
let url: string;
let keys: PersonKeys;
let profiles: Profiles;
let channels: PushChannels;
let generations: Generations;

const place = { latitude: 52.5203, longitude: 13.4048 };
const wish = { genders: ['man'], age_min: 25, age_max: 40, distance_km: 50, intention: 'relationship' };
const profileOf = (user_id: string, more: object = {}) => ({
  ...{ user_id, name: `Name of ${user_id}`, birth_date: '1995-06-15', gender: 'woman', ...place, wish },
  ...{ interests: ['Hiking', 'jazz'], aversions: ['smoking'], prompts: [{ question: 'Sunday?', answer: 'Lake' }] },
  answers: { hobby_hiking: 9 },
  ...more,
});

async function startedApi(): Promise<ApiServer> {
  const config = { ...world.config, api: { ...world.config.api, host: '127.0.0.1', port: 0 } };
  const started = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  url = await started.listen();
  return started;
}

beforeAll(async () => {
  world = await World.make();
  runner = await world.run();
  api = await startedApi();
  keys = new PersonKeys({ config: world.config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  await keys.start();
  generations = await Generations.follow(world.config, world.log, (why) => world.log.fatal(why));
  channels = new PushChannels(world.redis, world.log);
  const { namespace } = world.config;
  profiles = new Profiles({ redis: world.redis, channels, namespace, generations, log: world.log, keys });
  await channels.start();
  await profiles.start();
  await vi.waitFor(async () => expect((await put('warm')).status).toBe(202), { timeout: 30_000 });
}, 90_000);

afterAll(async () => {
  profiles?.stop();
  channels?.stop();
  await Promise.all([api?.close(), keys?.stop(), generations?.stop()]);
  await world.drop();
});

async function ask(path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, body: (await response.json()) as Json };
}
const sent = (method: string, path: string, body: object, key = '') => {
  const headers = { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) };
  return ask(path, { method, body: JSON.stringify(body), headers });
};
const put = (userId: string, more: object = {}) => sent('PUT', '/api/dating/profile', profileOf(userId, more));
const seen = (token: unknown) => `token=${encodeURIComponent(String(token))}`;
const person = () => `p${randomUUID().slice(0, 8)}`;

async function putAndSeen(userId: string, more: object = {}): Promise<string> {
  const { status, body } = await put(userId, more);
  expect(status).toBe(202);
  expectShape(answers.published, body);
  const read = await ask(`/api/dating/profile?userId=${userId}&${seen(body.token)}`);
  expect(read.status).toBe(200);
  return String(body.token);
}

const envelope = { actorId: 'test', correlationId: 'test', source: 'test', ruleSet: 0 };
const activity = (userId: string, more: object) => ({
  ...{ ...envelope, eventId: randomUUID(), occurredAt: Date.now(), origin: null, userId },
  ...more,
});

describe('a profile', () => {
  it('reaches every instance, with the cell instead of the place', async () => {
    const userId = person();
    await putAndSeen(userId);
    await vi.waitFor(() => expect(profiles.isVisible(userId)).toBe(true));
    expect(profiles.get(userId)).toMatchObject({
      ...{ status: 'visible', ageBand: '25-34' },
      dating: {
        ...{ name: `Name of ${userId}`, birthDate: '1995-06-15', interests: ['hiking', 'jazz'] },
        ...{ cell: cellOf(place.latitude, place.longitude), answers: { hobby_hiking: 9 } },
        wish: { genders: ['man'], ageMin: 25, ageMax: 40, distanceKm: 50, intention: 'relationship' },
      },
    });
    const raw = JSON.stringify(await world.states({ name: 'dating', input: 'user_activity' }));
    for (const secret of [`Name of ${userId}`, '1995-06-15', cellOf(place.latitude, place.longitude), '52.52'])
      expect(raw).not.toContain(secret);
  });

  it('is whole to its owner, and in part to others', async () => {
    const userId = person();
    await putAndSeen(userId);
    const own = await ask(`/api/dating/profile?userId=${userId}`);
    expectShape(answers.profile, own.body);
    expect(own.body).toMatchObject({ birth_date: '1995-06-15', wish, aversions: ['smoking'] });
    const { body } = await ask(`/api/dating/profile?userId=${userId}&viewerId=somebody`);
    expectShape(answers.profile, body);
    expect(Object.keys(body).sort()).toEqual([
      ...['age', 'gender', 'intention', 'interests', 'name', 'prompts', 'status', 'user_id', 'video_id'],
    ]);
  });

  it('is paused and shown again by a status, and none of a stranger’s business meanwhile', async () => {
    const userId = person();
    await putAndSeen(userId);
    const status = async (to: string) => {
      const { body } = await sent('POST', '/api/dating/status', { user_id: userId, status: to });
      expectShape(answers.statusSet, body);
      return ask(`/api/dating/profile?userId=${userId}&viewerId=somebody&${seen(body.token)}`);
    };
    expect((await status('paused')).status).toBe(404);
    expect((await status('visible')).status).toBe(200);
  });

  const today = new Date();
  const born = (years: number, days = 0) =>
    new Date(Date.UTC(today.getUTCFullYear() - years, today.getUTCMonth(), today.getUTCDate() + days))
      .toISOString()
      .slice(0, 10);
  it.each([
    ['under 18 by a day', { birth_date: born(18, 1) }, 422, 'birth_date'],
    ['with a name misspelled', { nam: 'x' }, 400, 'nam'],
    ['with a wish misspelled', { wish: { ...wish, age: 1 } }, 400, 'wish.age'],
    ['born on no day', { birth_date: '1999-02-30' }, 400, 'birth_date'],
    ['at no place', { latitude: 91 }, 400, 'latitude'],
    ['with too many interests', { interests: Array.from({ length: 31 }, (_, i) => `i${i}`) }, 400, 'interests'],
    ['that likes what it dislikes', { aversions: ['Jazz '] }, 400, 'aversions'],
    ['with an empty prompt', { prompts: [{ question: 'Why?', answer: ' ' }] }, 400, 'prompts'],
    ['that wishes for children', { wish: { ...wish, age_min: 17 } }, 400, 'wish.age_min'],
    ['that wishes for nobody', { wish: { ...wish, genders: [] } }, 400, 'wish.genders'],
    ['that answers what nobody asked', { answers: { religion: 3 } }, 400, 'answers'],
    ['in no time zone', { time_zone: 'Mars/Base' }, 400, 'time_zone'],
  ])('%s is refused, naming the field', async (_what, more, status, field) => {
    const answer = await put(person(), more);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ field });
  });

  it('can be had on the 18th birthday', async () => {
    expect((await put(person(), { birth_date: born(18) })).status).toBe(202);
  });
});

it('the time zone of a profile reaches the account that counts free swipes', async () => {
  const userId = person();
  await putAndSeen(userId, { time_zone: 'Pacific/Auckland' });
  await world.settle();
  const accounts = await world.states<Json>({ name: 'ledger', input: 'payment_transactions' });
  expect(accounts.get(userId)?.swipes).toMatchObject({ nextZone: 'Pacific/Auckland' });
});

it('online times are learned from what is done, an hour once', async () => {
  const userId = person();
  await putAndSeen(userId);
  const events = Array.from({ length: 5 }, (_, i) =>
    activity(userId, { action: 'view', videoId: `v${i}`, watchDurationMs: 5 }),
  );
  await world.append('user_activity', events);
  await world.settle();
  const { body } = await ask(`/api/dating/profile?userId=${userId}`);
  const hours = body.online_hours as number[];
  expect(hours).toHaveLength(24);
  // The test may run across the full hour.
  const sum = hours.reduce((all, times) => all + times, 0);
  expect(sum).toBeGreaterThan(0.99);
  expect(sum).toBeLessThanOrEqual(2);
  await vi.waitFor(() => expect(profiles.get(userId)?.online).toEqual(hours));
});

async function matched(one: string, other: string): Promise<string> {
  const matchId = randomUUID();
  await world.append('user_activity', [
    activity(one, { action: 'match', targetUserId: other, matchId }),
    activity(other, { action: 'match', targetUserId: one, matchId }),
  ]);
  return matchId;
}

it('a match and its unlock are told once by socket, and are in the history', async () => {
  const [ana, ben] = [person(), person()];
  const client = new SocketClient(url);
  await client.opened();
  client.send({ type: 'subscribe', channel: `dating:${ana}` });
  const { sequence: begun } = await client.next('subscribed');
  expect(client.of('subscribed')).toMatchObject([{ snapshot: { matches: [], events: [] } }]);
  const matchId = await matched(ana, ben);
  await client.next('event');
  const change = { action: 'match_change', targetUserId: ben, matchId, status: 'unlocked' };
  await world.append('user_activity', [activity(ana, change)]);
  const { sequence: unlockedAt } = await client.next('event', 2);
  // Whatever else happens is nothing new, and what has ended was unlocked before.
  const end = { action: 'match_change', targetUserId: ben, matchId, status: 'ended' };
  await world.append('user_activity', [
    activity(ana, { action: 'like', videoId: 'v' }),
    activity(ana, change),
    activity(ana, end),
  ]);
  await client.next('event', 3);
  const told = client.of('event').map(({ data }) => (data as Json).type);
  expect(told).toEqual(['match', 'unlocked', 'ended']);
  client.send({ type: 'subscribe', channel: `dating:${ana}`, after: begun });
  await client.next('event', 6);
  expect(client.of('event').slice(3)).toEqual(client.of('event').slice(0, 3));
  client.send({ type: 'subscribe', channel: `dating:${ana}`, after: unlockedAt });
  expect((await client.next('event', 7)).data).toMatchObject({ type: 'ended' });
  client.socket.close();
  const { body } = await ask(`/api/dating/match-history?userId=${ana}`);
  expectShape(answers.matchHistoryPage, body);
  expect(body.matches).toMatchObject([{ match_id: matchId, user_id: ben, status: 'ended' }]);
});

describe('a person', () => {
  const exportOf = async (userId: string): Promise<Json[]> => {
    const pages: Json[] = [];
    for (let cursor = ''; ; ) {
      const { status, body } = await ask(`/api/users/${userId}/export?limit=2${cursor}`);
      expect(status).toBe(200);
      expectShape(answers.exported, body);
      pages.push(body);
      if (body.next_cursor === null) return pages;
      cursor = `&cursor=${body.next_cursor}`;
    }
  };

  it('gets all that is kept of them, page by page', async () => {
    const [ana, ben] = [person(), person()];
    await putAndSeen(ana);
    const comment = { user_id: ana, action: 'comment', video_id: 'v1', text: 'my own words' };
    expect((await sent('POST', '/api/events', comment)).status).toBe(202);
    const matchId = await matched(ana, ben);
    const coins = { type: 'coin_purchase', accountId: ana, asset: 'COIN', amount: 70, provider: 'local' };
    await world.append('payment_transactions', [activity(ana, { ...coins, ruleSet: 1 })]);
    await world.settle();
    const pages = await exportOf(ana);
    const all = Object.assign({}, ...pages) as Json;
    const events = pages.flatMap(({ events: some }) => (some ?? []) as Json[]);
    expect(all.profile).toMatchObject({ name: `Name of ${ana}`, birth_date: '1995-06-15' });
    expect(all.wallet).toMatchObject({ coins: 70 });
    expect(events.map(({ action }) => action).sort()).toEqual(['comment', 'dating_profile', 'match']);
    expect(events.find(({ action }) => action === 'comment')?.personal).toEqual({ text: 'my own words' });
    expect(events.find(({ action }) => action === 'dating_profile')?.personal).toMatchObject({
      dating: { name: `Name of ${ana}` },
    });
    expect(pages.flatMap(({ matches }) => (matches ?? []) as Json[])).toMatchObject([{ match_id: matchId }]);
    expect(pages.flatMap(({ statement }) => (statement ?? []) as Json[])).toHaveLength(1);
  });

  it('who is deleted is nowhere, after a loss of Redis too; late events do not bring them back; sums stay', async () => {
    const [ana, ben] = [person(), person()];
    await putAndSeen(ana);
    await putAndSeen(ben);
    await matched(ana, ben);
    const coins = { type: 'coin_purchase', asset: 'COIN', amount: 70, provider: 'local', ruleSet: 1 };
    await world.append('payment_transactions', [activity(ana, { ...coins, accountId: ana })]);
    await world.append('user_activity', [activity(ana, { action: 'view', videoId: 'v9', watchDurationMs: 900 })]);
    // Encrypted before the end, and on its way until after it.
    const late = await keys.encrypt(ana, { dating: { name: 'Late' } });
    await world.settle();
    const figures = () => figuresOf(ana, 'v9');
    const before = await figures();
    expect(before.coins).toBe(70);
    const deleted = await ask(`/api/users/${ana}`, { method: 'DELETE' });
    expectShape(answers.deleted, deleted.body);
    expect(deleted).toMatchObject({ status: 200, body: { deleted: true, visible: true } });
    const lateProfile = { action: 'dating_profile', status: 'visible', ageBand: '25-34', personal: late };
    await world.append('user_activity', [activity(ana, lateProfile)]);
    await keys.caughtUp();
    await expect(keys.encrypt(ana, { text: 'anew' })).rejects.toThrow(PersonErased);
    await world.settle();
    await expectNowhere(ana, ben, late);
    expect(await figures()).toEqual(before);

    await api.close();
    await runner.stop();
    await world.forgetRedis();
    runner = await world.run();
    await world.settle();
    api = await startedApi();
    await vi.waitFor(async () => expect((await put(person())).status).toBe(202), { timeout: 30_000 });
    await expectNowhere(ana, ben, late);
    expect(await figures()).toEqual(before);
    await vi.waitFor(() => expect(profiles.isVisible(ben)).toBe(true), { timeout: 10_000 });
    expect(profiles.get(ana)).toBeUndefined();
  }, 90_000);

  async function figuresOf(userId: string, videoId: string) {
    const [wallet, video] = [await ask(`/api/wallets/${userId}`), await world.states<Json>(engaged)];
    return { coins: wallet.body.coins, as_of: wallet.body.as_of, video: video.get(videoId) };
  }
  const engaged = { name: 'engagement', input: 'video_engagement' } as const;

  async function expectNowhere(ana: string, ben: string, sealed: Buffer) {
    expect((await put(ana)).body).toMatchObject({ reason: 'account_deleted' });
    const status = { user_id: ana, status: 'visible' };
    expect((await sent('POST', '/api/dating/status', status)).body).toMatchObject({ reason: 'account_deleted' });
    const comment = { user_id: ana, action: 'comment', video_id: 'v1', text: 'still here' };
    expect((await sent('POST', '/api/events', comment)).body).toMatchObject({ reason: 'account_deleted' });
    const checkout = { user_id: ana, product: 'coins_100' };
    expect((await sent('POST', '/api/payments/checkout', checkout, 'gone')).status).toBe(410);
    const tip = { sender_id: ana, recipient_id: ben, amount: 1 };
    expect((await sent('POST', '/api/grpc/monetization/tip', tip, 'gone')).status).toBe(410);
    const back = { sender_id: ben, recipient_id: ana, amount: 1 };
    expect((await sent('POST', '/api/grpc/monetization/tip', back, `to-${ana}`)).body.reason).toBe('unknown_recipient');
    expect((await ask(`/api/users/${ana}/export`)).status).toBe(410);
    expect((await ask(`/api/users/${ana}/history`)).body.entries).toEqual([]);
    for (const viewer of ['', `&viewerId=${ben}`])
      expect((await ask(`/api/dating/profile?userId=${ana}${viewer}`)).status).toBe(404);
    expect((await ask(`/api/dating/match-history?userId=${ben}`)).body.matches).toEqual([]);
    expect(keys.decrypt(ana, sealed)).toBe('erased');
    const states = await world.states<Json>({ name: 'dating', input: 'user_activity' });
    expect(states.get(ana)).toMatchObject({ profile: null, matches: [], lastHour: -1 });
    const prefix = generationPrefix({ namespace: world.config.namespace, generation: 1 });
    for (const hash of await world.redis.keys(`${prefix}{dating:*:memos`))
      expect(await world.redis.hexists(hash, `profile:${ana}`)).toBe(0);
  }

  it('who is deleted leaves the matches that others are told by WebSocket', async () => {
    const [ana, ben] = [person(), person()];
    await putAndSeen(ana);
    await matched(ana, ben);
    await world.settle();
    const client = new SocketClient(url);
    await client.opened();
    client.send({ type: 'subscribe', channel: `dating:${ben}` });
    expect(await client.next('subscribed')).toMatchObject({ snapshot: { matches: [{ user_id: ana }] } });
    expect((await ask(`/api/users/${ana}`, { method: 'DELETE' })).status).toBe(200);
    await vi.waitFor(() => expect(client.of('state').at(-1)).toMatchObject({ data: { matches: [], events: [] } }), {
      timeout: 10_000,
    });
    client.socket.close();
  });

  it('whom nobody knows cannot be deleted', async () => {
    expect((await ask(`/api/users/${person()}`, { method: 'DELETE' })).status).toBe(404);
  });

  it('for whom a key is made at the same moment is erased all the same', async () => {
    const other = new PersonKeys({ config: world.config, log: world.log, onFatal: (why) => world.log.fatal(why) });
    await other.start();
    try {
      for (let i = 0; i < 10; i++) {
        const userId = person();
        const making = other.encrypt(userId, { i }).catch((error: unknown) => error);
        await keys.eraseForGood(userId);
        const made = await making;
        await Promise.all([keys.caughtUp(), other.caughtUp()]);
        if (Buffer.isBuffer(made)) {
          expect(keys.decrypt(userId, made)).toBe('erased');
          expect(other.decrypt(userId, made)).toBe('erased');
        } else expect(made).toBeInstanceOf(PersonErased);
        await expect(other.encrypt(userId, { i })).rejects.toThrow(PersonErased);
      }
    } finally {
      await other.stop();
    }
  });
});
