// Every list that is read page by page, walked while others write: what was there at first comes once, and a cursor is of one list of one person.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiServer } from '../../api/server.ts';
import { World } from '../world.ts';

type Json = Record<string, unknown>;
type Page = { readonly status: number; readonly body: Json };

let world: World;
let api: ApiServer;
let url: string;
const began = Date.now();

const envelope = () => ({ eventId: randomUUID(), correlationId: 'test', source: 'test', origin: null, ruleSet: 0 });
/** Ages in minutes; a month back for some, as histories are kept by month. */
const view = (userId: string, minutes: number) => ({
  ...envelope(),
  ...{ occurredAt: began - minutes * 60_000, actorId: userId, userId, action: 'view', videoId: 'video-0' },
  watchDurationMs: 1_000,
});
const bought = (accountId: string) => ({
  ...{ ...envelope(), ruleSet: 1, occurredAt: Date.now(), actorId: 'test', type: 'coin_purchase' },
  ...{ accountId, asset: 'COIN', amount: 5, provider: 'local' },
});
const upload = (i: number) => ({
  ...{ ...envelope(), occurredAt: Date.now(), actorId: 'maker', videoId: `video-${i}`, action: 'published' },
  ...{ creatorId: `maker-${i}`, title: `Video ${i}`, category: 'music', tags: [], durationMs: 20_000 },
  publishedAt: Date.now() - i * 3_600_000,
});

async function matched(userId: string, i: number): Promise<void> {
  const { keyspace } = world.config.cassandra;
  const columns = 'user_id, matched_at, match_id, other_id, status, changed_at, partition, offset';
  const values = [userId, new Date(began - i * 60_000), `match-${i}`, `other-${i}`, 'locked', new Date(), 0, i];
  await world.cassandra.execute(
    `INSERT INTO ${keyspace}.match_history (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    values,
    {
      prepare: true,
    },
  );
}

async function ask(path: string): Promise<Page> {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: (await response.json()) as Json };
}

beforeAll(async () => {
  world = await World.make();
  const config = { ...world.config, api: { ...world.config.api, host: '127.0.0.1', port: 0 } };
  api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  url = await api.listen();
  await world.run();
  await world.append(
    'video_uploads',
    Array.from({ length: 24 }, (_, i) => upload(i)),
  );
  for (const userId of ['ana', 'ben']) {
    await world.append(
      'user_activity',
      Array.from({ length: 24 }, (_, i) => view(userId, 10 + i * 4_000)),
    );
    await world.append(
      'payment_transactions',
      Array.from({ length: 24 }, () => bought(userId)),
    );
    for (let i = 0; i < 24; i++) await matched(userId, 10 + i);
  }
  await world.settle();
  const isServed = async (path: string) => expect((await ask(path)).status).toBe(200);
  const served = ['/api/ready', ...lists.map(({ path }) => path('ana'))];
  for (const path of served) await vi.waitFor(() => isServed(path), { timeout: 30_000 });
}, 90_000);

afterAll(async () => {
  await api.close();
  await world.drop();
});

type List = {
  readonly name: string;
  readonly path: (userId: string) => string;
  readonly ids: (body: Json) => string[];
  /** What others do between two pages: above and below the place where the walk is. */
  readonly write: (turn: number) => Promise<void>;
  /** Whose it is does not matter. */
  readonly isForAll?: true;
};
const idsIn = (list: string, id: string) => (body: Json) =>
  ((body[list] ?? []) as Json[]).map((item) => String(item[id]));

const lists: readonly List[] = [
  {
    name: 'history',
    path: (userId) => `/api/users/${userId}/history?limit=4`,
    ids: idsIn('entries', 'event_id'),
    write: (turn) => world.append('user_activity', [view('ana', 0), view('ana', 5_000 * turn)]),
  },
  {
    name: 'statement',
    path: (userId) => `/api/wallets/${userId}/statement?limit=4`,
    ids: idsIn('entries', 'token'),
    write: () => world.append('payment_transactions', [bought('ana'), bought('ana')]),
  },
  {
    name: 'match history',
    path: (userId) => `/api/dating/match-history?user_id=${userId}&limit=4`,
    ids: idsIn('matches', 'match_id'),
    // One is new, and the newest of those that were there changes.
    write: async (turn) => void (await Promise.all([matched('ana', -turn), matched('ana', 10)])),
  },
  {
    name: 'feed',
    path: (userId) => `/api/grpc/feed?user_id=${userId}&limit=4`,
    ids: idsIn('videos', 'video_id'),
    write: (turn) => world.append('video_uploads', [upload(100 + turn)]),
  },
  {
    name: 'trending feed',
    path: () => '/api/grpc/feed/trending?limit=4',
    ids: idsIn('videos', 'video_id'),
    write: (turn) => world.append('video_uploads', [upload(200 + turn)]),
    isForAll: true,
  },
  {
    name: 'export',
    path: (userId) => `/api/users/${userId}/export?limit=8`,
    ids: (body) => [
      ...idsIn('events', 'event_id')(body),
      ...idsIn('matches', 'match_id')(body),
      ...idsIn('statement', 'token')(body),
    ],
    write: async (turn) => {
      await world.append('user_activity', [view('ana', 0)]);
      await matched('ana', -100 - turn);
      await world.append('payment_transactions', [bought('ana')]);
    },
  },
];

async function walk({ path, ids }: List, userId: string, between: (turn: number) => Promise<void>): Promise<string[]> {
  const walked: string[] = [];
  let cursor: unknown = null;
  for (let turn = 1; turn < 60; turn++) {
    const { status, body } = await ask(`${path(userId)}${cursor ? `&cursor=${cursor}` : ''}`);
    expect(status).toBe(200);
    walked.push(...ids(body));
    cursor = body.next_cursor;
    if (cursor === null) return walked;
    await between(turn);
  }
  throw new Error('the walk has no end');
}

describe.each(lists)('the $name', (list) => {
  it('is walked without repeats, and without a hole in what was there, while others write', async () => {
    const before = await walk(list, 'ana', async () => undefined);
    expect(before.length).toBeGreaterThanOrEqual(20);
    const walked = await walk(list, 'ana', async (turn) => {
      await list.write(turn);
      await world.settle();
    });
    expect(new Set(walked).size).toBe(walked.length);
    expect(before.filter((id) => !walked.includes(id))).toEqual([]);
  }, 120_000);

  it('takes no cursor but its own, of the same person', async () => {
    const own = (await ask(list.path('ana'))).body.next_cursor;
    expect(own).toEqual(expect.any(String));
    const foreign = list.isForAll ? [] : [`${list.path('ben')}&cursor=${own}`];
    const others = lists.filter(({ name }) => name !== list.name).map(({ path }) => `${path('ana')}&cursor=${own}`);
    const crafted = ['AAAA', 'e30', Buffer.from('{"part":"events","after":{}}').toString('base64url')];
    const wrong = crafted.map((cursor) => `${list.path('ana')}&cursor=${cursor}`);
    for (const path of [...foreign, ...others, ...wrong]) {
      const { status, body } = await ask(path);
      expect([path, status, body.field]).toEqual([path, 400, 'cursor']);
    }
  });
});
