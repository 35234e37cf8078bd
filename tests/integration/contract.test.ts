// The contract on the real servers: every method through REST and gRPC (served directly, and by grpc-js) with the same message has the same answer or the same refusal, field for field.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checked } from '../../api/fields.ts';
import { Refusal } from '../../api/problems.ts';
import { schemaFor } from '../../api/route.ts';
import { ApiServer } from '../../api/server.ts';
import { cases, type Run } from '../contract/cases.ts';
import { type DoorName, Doors, methodAt, methodNames, type Outcome } from '../contract/doors.ts';
import { World } from '../world.ts';

let world: World;
let api: ApiServer;
let url: string;
let doors: Doors;
let runner: Awaited<ReturnType<World['run']>>;

const twins = ['a', 'b'] as const;
type Twin = (typeof twins)[number];
const kept = { a: new Map<string, string>(), b: new Map<string, string>() };
const runOf = (twin: Twin): Run => ({
  who: (name) => `${name}-${twin}`,
  kept: (name) => kept[twin].get(name) ?? `nothing-kept-as-${name}`,
});

/** Of one request each, by name: compared for being there and for their type alone where two requests are compared. */
const ofOneRequest = new Set([
  ...['receipt_id', 'next_cursor', 'event_id', 'offset', 'partition', 'token', 'transaction_id', 'match_id'],
  ...['subscription_id', 'renews_at', 'held_until', 'boosted_until', 'status_url', 'as_of', 'as_of_time'],
  ...['swiped_by', 'unlocked_by', 'certificate_pem', 'private_key_pem'],
]);
/** The same where they are told in words. */
const idsAndTimes = /[0-9a-f]{40,64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** What two runs have in common: twins under one name, without what belongs to one request. */
function alike(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(idsAndTimes, '…').replace(/-[ab]\b/g, '-twin');
  if (Array.isArray(value)) return value.map(alike);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name,
    ofOneRequest.has(name) ? typeof member : alike(member),
  ]);
  return Object.fromEntries(members);
}

const envelope = () => ({
  ...{ eventId: randomUUID(), occurredAt: Date.now(), actorId: 'test', correlationId: 'test', source: 'test' },
  ...{ origin: null },
});
const bought = (accountId: string, asset: string) => ({
  ...{ ...envelope(), ruleSet: 1, type: 'coin_purchase', accountId, asset, amount: 5_000, provider: 'local' },
});
const video = (videoId: string, premium: object = {}) => ({
  ...{ ...envelope(), ruleSet: 0, videoId, action: 'published', creatorId: 'maker', title: `About ${videoId}` },
  ...{ category: 'music', tags: ['piano'], durationMs: 2_000, publishedAt: Date.now() - 3_600_000 },
  ...{ originalUrl: 'https://media.example/original.mp4', ...premium },
});
const person = (user_id: string) => ({
  ...{ user_id, name: user_id, birth_date: '1996-02-29', latitude: 52.52, longitude: 13.4 },
  ...{ gender: user_id.startsWith('man') ? 'man' : 'woman', interests: ['art', user_id] },
  ...{ wish: { genders: ['woman'], age_min: 18, age_max: 50, distance_km: 50, intention: 'open' } },
});
const names = ['ana', 'ben', 'cleo', 'dora', 'eli', 'fay', 'man', 'gone', 'rich', 'rich-one', 'rich-two'];

async function send(method: string, path: string, body?: object): Promise<number> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return response.status;
}

async function populate(): Promise<void> {
  const people = ['seer', ...twins.flatMap((twin) => names.map(runOf(twin).who))];
  await world.append('video_uploads', [
    ...Array.from({ length: 12 }, (_, i) => video(`video-${i}`)),
    video('paid', { premiumCoins: 30, premiumTier: 2 }),
  ]);
  const rich = people.filter((id) => id.startsWith('rich'));
  await world.append(
    'payment_transactions',
    rich.flatMap((id) => [bought(id, 'COIN'), bought(id, 'CREDIT')]),
  );
  for (const id of people) {
    const put = async () => expect(await send('PUT', '/api/dating/profile', person(id))).toBe(202);
    await vi.waitFor(put, { timeout: 30_000 });
  }
  const watched = [0, 3, 5].map((i) => ({ userId: 'reader', videoId: `video-${i}`, watchDurationMs: 1_900 }));
  for (const view of watched) expect(await send('POST', '/api/demo/track-view', view)).toBe(202);
  for (const twin of twins) expect([200, 202]).toContain(await send('DELETE', `/api/users/gone-${twin}`));
  await world.settle();
}

beforeAll(async () => {
  world = await World.make();
  runner = await world.run();
  const config = {
    ...world.config,
    api: { ...world.config.api, host: '127.0.0.1', port: 0 },
    grpcConnections: { ...world.config.grpcConnections, direct: 'all' as const },
  };
  // One time for all: what decays is the same for whoever asks second.
  const now = Date.now();
  api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why), now: () => now });
  url = await api.listen();
  doors = new Doors(url, (name) => api.grpcPort(name));
  await populate();
  const isServed = async (method: string, message: object, size: number) =>
    expect(JSON.stringify((await doors.ask('rest', method, { ...message })).body).length).toBeGreaterThan(size);
  await vi.waitFor(() => isServed('feed.GetFeed', { user_id: 'reader' }, 2_000), { timeout: 30_000 });
  await vi.waitFor(() => isServed('dating.GetMatches', { user_id: 'seer', limit: 20 }, 6_000), { timeout: 30_000 });
  for (const twin of twins) {
    for (const [one, other] of [
      ['rich-one', 'rich-two'],
      ['rich-two', 'rich-one'],
    ] as const) {
      const message = { user_id: `${one}-${twin}`, target_user_id: `${other}-${twin}`, direction: 'RIGHT' };
      expect((await doors.ask('rest', 'dating.Swipe', message, randomUUID())).reason).toBeNull();
    }
  }
  const seen = await doors.ask('grpc', 'feed.RecordInteraction', {
    ...{ user_id: 'reader', action: 'like', video_id: 'video-3' },
  });
  for (const twin of twins) kept[twin].set('seen', (seen.body as { token: string }).token);
  await world.settle();
}, 180_000);

afterAll(async () => {
  doors?.close();
  await api?.close();
  await world?.drop();
});

const valueAt = (body: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], body);

const compared = ({ body, reason, statusFits }: Outcome) => ({ body, reason, statusFits });

it('has a case for every method', () => {
  const covered = new Set(cases.map(({ method }) => method));
  expect(methodNames.filter((name) => !covered.has(name))).toEqual([]);
});

describe.each(cases.map((one) => [`${one.method}: ${one.says}`, one] as const))('%s', (_name, one) => {
  const { route } = methodAt(one.method);
  const outcomes = new Map<Twin, Outcome>();

  it.each([
    ['a', 'rest', 'grpc'],
    // The other gRPC: what the platform serves without grpc-js has to be the same.
    ['b', 'grpc-js', 'rest'],
  ] as const)('of twin %s first by %s, then by %s', async (twin, first, second) => {
    const message = one.message(runOf(twin));
    const ownKey = one.key === undefined ? randomUUID() : one.key;
    const key = route.idempotent && ownKey !== null ? ownKey : undefined;
    const ask = (door: DoorName) => doors.ask(door, one.method, message, key);
    const [before, after] = [await ask(first), await ask(second)];
    expect([before.reason ?? 'ok', before.statusFits]).toEqual([one.comes, true]);
    // Under one key the second is a repeat, with the very same answer.
    if (route.idempotent) expect(compared(after)).toEqual(compared(before));
    else expect(alike(compared(after))).toEqual(alike(compared(before)));
    if (route.idempotent && one.comes === 'ok') expect([before.isHit, after.isHit]).toEqual([false, true]);
    for (const [name, path] of Object.entries(one.keeps ?? {}))
      kept[twin].set(name, String(valueAt(before.body, path)));
    outcomes.set(twin, before);
  });

  it('each by its own door: the same for both', () => {
    const [a, b] = twins.map((twin) => outcomes.get(twin));
    expect(a && alike(compared(a))).toEqual(b && alike(compared(b)));
  });
});

/** A message with every required field right, as far as shapes go. */
function fullMessage(method: string): Record<string, unknown> {
  const ofMethod = cases.filter((one) => one.method === method);
  const found = ofMethod.find(({ comes }) => comes === 'ok') ?? ofMethod[0];
  return { ...found?.message(runOf('a')) };
}

const hasFields = (name: string) => Object.keys(schemaFor(methodAt(name).route).properties).length > 0;
const built = methodNames.filter(
  (name) => !methodAt(name).route.wholeBody && methodAt(name).service.needs !== null && hasFields(name),
);

describe.each(built)('%s', (method) => {
  const { route } = methodAt(method);
  const schema = schemaFor(route);
  const inPath = new Set([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  const key = () => (route.idempotent ? randomUUID() : undefined);

  // A path without its field is another address.
  const required = (schema.required ?? []).filter((name) => !inPath.has(name));
  it.runIf(required.length > 0).each(required)('names %s when it is missing', async (name) => {
    const { [name]: _, ...message } = fullMessage(method);
    const [rest, grpc] = await Promise.all([
      doors.ask('rest', method, message, key()),
      doors.ask('grpc', method, message, key()),
    ]);
    expect(compared(grpc)).toEqual(compared(rest));
    expect([rest.reason, (rest.body as { field: string }).field]).toEqual(['missing_field', name]);
  });

  const wrong = Object.entries(schema.properties).flatMap(([name, { type }]) => {
    const value = type === 'integer' ? -1 : type === 'string' ? 'not a value!' : undefined;
    const isEnum = name === 'gift_type' || name === 'direction';
    const message = { ...fullMessage(method), [name]: isEnum ? 99 : value };
    return value !== undefined && checked(schema, message) instanceof Refusal ? [[name, message] as const] : [];
  });
  it.runIf(wrong.length > 0).each(wrong)('names %s when it is wrong', async (name, message) => {
    const [rest, grpc] = await Promise.all([
      doors.ask('rest', method, message, key()),
      doors.ask('grpc', method, message, key()),
    ]);
    expect(compared(grpc)).toEqual(compared(rest));
    expect([rest.reason, (rest.body as { field: string }).field]).toEqual(['invalid_field', name]);
  });
});

it('what is in the log but not folded is not visible yet, through both', async () => {
  await runner.stop();
  const posted = await doors.ask('rest', 'feed.RecordInteraction', {
    ...{ user_id: 'reader', action: 'like', video_id: 'video-4' },
  });
  const message = { user_id: 'reader', token: (posted.body as { token: string }).token };
  const [rest, grpc] = await Promise.all([
    doors.ask('rest', 'feed.GetFeed', message),
    doors.ask('grpc', 'feed.GetFeed', message),
  ]);
  expect([rest.reason, rest.statusFits, compared(grpc)]).toEqual(['not_yet_visible', true, compared(rest)]);
});
