// Leaderboards and trending windows on the real servers: events go in at the topics, merged boards and paged windows come out of the readers.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { firstGenerations } from '../../processors/runtime/keys.ts';
import { FeedReader, InvalidCursor } from '../../projections/feed.ts';
import { Leaderboards } from '../../projections/leaderboards.ts';
import { World } from '../world.ts';

const now = Date.now();
const week = 7 * 86_400_000;
const base = { correlationId: 'test', source: 'test', ruleSet: 0, origin: null };
const videos = 24;
let world: World;
let boards: Leaderboards;
let feed: FeedReader;
let events = 0;

const uploaded = (n: number, action = 'published') => ({
  ...base,
  eventId: `u${events++}`,
  occurredAt: now - week,
  actorId: `c${n % 5}`,
  videoId: `v${n}`,
  action,
  creatorId: `c${n % 5}`,
  title: `Video ${n}`,
  category: n % 2 ? 'music' : 'food',
  tags: [],
  durationMs: 10_000,
  publishedAt: now - week,
  originalUrl: null,
  reason: null,
});

const acted = (userId: string, action: string, videoId: string, more: object = {}) => ({
  ...base,
  eventId: `e${events++}`,
  occurredAt: now,
  actorId: userId,
  userId,
  action,
  videoId,
  ...(action === 'view' && { watchDurationMs: 15_000 }),
  ...more,
});

/** Video n has n viewers and n / 2 likes, all of them given three times. */
const traffic = Array.from({ length: videos }, (_, n) =>
  Array.from({ length: n }, (_unused, user) => [
    ...Array.from({ length: 3 }, () => acted(`p${user}`, 'view', `v${n}`)),
    ...(user % 2 ? Array.from({ length: 3 }, () => acted(`p${user}`, 'like', `v${n}`)) : []),
  ]),
).flat(2);
const scoreOf = (n: number) => n + 3 * Math.floor(n / 2);

/** The sum over a creator's videos, told apart from those that are gone. */
function creatorsWithout(gone: readonly number[]) {
  const sums = new Map<string, { score: number; videos: number }>();
  for (let n = 0; n < videos; n++) {
    if (gone.includes(n)) continue;
    const sum = sums.get(`c${n % 5}`) ?? { score: 0, videos: 0 };
    sums.set(`c${n % 5}`, { score: sum.score + scoreOf(n), videos: sum.videos + 1 });
  }
  return [...sums].map(([id, sum]) => ({ id, ...sum })).sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

const creators = async (limit = 100) =>
  (await boards.topCreators(limit)).map(({ creatorId, score, figures }) => ({
    id: creatorId,
    score,
    videos: figures.videos,
  }));

beforeAll(async () => {
  world = await World.make();
  await world.run();
  const { redis, log, config } = world;
  boards = new Leaderboards(redis, config.namespace, firstGenerations);
  feed = new FeedReader({ redis, namespace: config.namespace, generations: firstGenerations, log });
  await feed.start();
  await world.append('user_activity', traffic.slice(0, 200));
  await world.append(
    'video_uploads',
    Array.from({ length: videos }, (_, n) => uploaded(n)),
  );
  await world.append('user_activity', traffic.slice(200));
  await world.append('user_activity', [acted('p1', 'view', 'never-uploaded')]);
  await world.settle();
  await vi.waitFor(() => expect(feed.video('v23')?.trending?.events).toBe(23 + 11), { timeout: 10_000 });
}, 120_000);

afterAll(async () => {
  await feed.stop();
  await world.drop();
});

describe('leaderboards', () => {
  it('merge the partitions: the best videos, with what their scores are made of', async () => {
    const best = await boards.topVideos(10);
    expect(best.map(({ videoId }) => videoId)).toEqual(Array.from({ length: 10 }, (_, place) => `v${23 - place}`));
    expect(best[0]).toMatchObject({ place: 1, creatorId: 'c3', title: 'Video 23', score: 56 });
    expect(best[0]?.figures).toEqual({ views: 69, viewers: 23, likes: 11, shares: 0, comments: 0 });
    expect((await boards.topVideos(100)).map(({ videoId }) => videoId)).not.toContain('never-uploaded');
  });

  it('sum a creator’s videos over the partitions', async () => {
    expect(await creators()).toEqual(creatorsWithout([]));
    expect(await creators(2)).toEqual(creatorsWithout([]).slice(0, 2));
  });

  it('follow what is taken back, removed, held back and published again', async () => {
    await world.append('user_activity', [acted('p1', 'unlike', 'v23'), acted('p0', 'unlike', 'v23')]);
    await world.append('video_uploads', [uploaded(22, 'removed'), uploaded(21, 'moderated')]);
    await world.settle();
    const best = await boards.topVideos(3);
    expect(best.map(({ videoId, score }) => [videoId, score])).toEqual([
      ['v23', 53],
      ['v20', scoreOf(20)],
      ['v19', scoreOf(19)],
    ]);
    const expected = creatorsWithout([22]).map((each) =>
      each.id === 'c3' ? { ...each, score: each.score - 3 } : each,
    );
    expect((await creators()).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      expected.sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    await world.append('video_uploads', [uploaded(22)]);
    await world.append('user_activity', [acted('p1', 'like', 'v23')]);
    await world.settle();
    expect(await creators()).toEqual(creatorsWithout([]));
  });
});

describe('trending windows', () => {
  it('rank by the rate of the window, with the figures of each place', async () => {
    const { videos: page } = await feed.trending({
      limit: 5,
      now: now + 60_000,
      window: 'hour',
      category: 'Music',
    });
    expect(page.map(({ video_id }) => video_id)).toEqual(['v23', 'v19', 'v17', 'v15', 'v13']);
    expect(page[0]?.trend).toMatchObject({ window: 'hour', category: 'music', place: 1, rate_relative_to_leader: 1 });
    expect(page[1]?.trend).toMatchObject({ place: 2, half_life_ms: 1_800_000, events: 19 + 9 });
    const ratio = (page[1]?.trend?.points ?? 0) / (page[0]?.trend?.points ?? 0);
    expect(page[1]?.trend?.rate_relative_to_leader).toBeCloseTo(ratio, 6);
  });

  it('forget at their own pace: old events weigh in a week, and not in an hour', async () => {
    const old = Array.from({ length: 60 }, (_, n) =>
      acted(`old${n}`, 'share', 'v2', { source: 'import', occurredAt: now - 86_400_000, origin: null }),
    );
    await world.append('user_activity', old);
    await world.settle();
    await vi.waitFor(() => expect(feed.video('v2')?.trending?.events).toBeGreaterThan(60), { timeout: 10_000 });
    const first = async (window: 'hour' | 'week') =>
      (await feed.trending({ limit: 1, now, window, category: null })).videos[0]?.video_id;
    expect(await first('week')).toBe('v2');
    expect(await first('hour')).toBe('v23');
  });

  it('page without repeats or holes, each cursor in its own window and category', async () => {
    const asked = { limit: 5, now, window: 'week', category: 'food' } as const;
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<FeedReader['trending']>> = await feed.trending({
        ...asked,
        ...(cursor && { cursor }),
      });
      seen.push(...page.videos.map(({ video_id }) => video_id));
      if (page.next_cursor) {
        const other = { limit: 5, now, cursor: page.next_cursor };
        await expect(feed.trending({ ...other, window: 'day', category: 'food' })).rejects.toThrow(InvalidCursor);
        await expect(feed.trending({ ...other, window: 'week', category: null })).rejects.toThrow(InvalidCursor);
      }
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen.sort()).toEqual(Array.from({ length: 12 }, (_, n) => `v${2 * n}`).sort());
  });

  it('of a category that nobody uses are empty', async () => {
    expect(await feed.trending({ limit: 5, now, window: 'day', category: 'nothing' })).toEqual({
      variant: 'fixed',
      videos: [],
      next_cursor: null,
    });
  });
});
