// The feed on the real servers: events go in at the topics, a ranked and explained page with receipts comes out.
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { partitionOf } from '../../infra/kafka.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { firstGenerations } from '../../processors/runtime/keys.ts';
import { type FeedPage, FeedReader, InvalidCursor } from '../../projections/feed.ts';
import { RedisDoor } from '../redis-door.ts';
import { World } from '../world.ts';

const hour = 3_600_000;
const now = Date.now();
const within = { timeout: 10_000, interval: 10 };
const base = { correlationId: 'test', source: 'test', ruleSet: 0, origin: null };
let world: World;
let reader: FeedReader;
const opened: (() => Promise<void> | void)[] = [];
let events = 0;

const uploaded = (n: number) => ({
  ...base,
  eventId: `u${n}`,
  occurredAt: now - n * hour,
  actorId: `c${n % 4}`,
  videoId: `v${n}`,
  action: 'published',
  creatorId: `c${n % 4}`,
  title: `Video ${n}`,
  category: n % 2 ? 'music' : 'food',
  tags: [`t${n % 5}`],
  durationMs: 10_000,
  publishedAt: now - n * hour,
  originalUrl: null,
});

async function act(userId: string, action: string, videoId: string, details: object = {}): Promise<void> {
  const event = { ...base, eventId: `e${events++}`, occurredAt: now, actorId: userId, userId, action, videoId };
  await world.append('user_activity', [{ ...event, ...details }]);
}

async function open(url = world.config.redis.url): Promise<FeedReader> {
  const redis: Redis = createRedis({ ...world.config, redis: { url } }, world.log, {
    name: 'test',
    autoPipelining: true,
  });
  await connectRedis(redis);
  const feed = new FeedReader({
    redis,
    namespace: world.config.namespace,
    generations: firstGenerations,
    log: world.log,
  });
  await feed.start();
  opened.push(async () => {
    await feed.stop();
    redis.disconnect();
  });
  return feed;
}

beforeAll(async () => {
  world = await World.make();
  await world.run();
  reader = await open();
  await world.append(
    'video_uploads',
    Array.from({ length: 40 }, (_, n) => uploaded(n)),
  );
  await act('u', 'like', 'v4');
  await act('u', 'view', 'v8', { watchDurationMs: 9_000 });
  await act('u', 'follow', 'v3', { creatorId: 'c3' });
  await act('other', 'like', 'v6');
  await world.settle();
  await vi.waitFor(() => expect(reader.candidateCount()).toBe(40), within);
}, 120_000);

afterAll(async () => {
  for (const close of opened.reverse()) await close();
  await world.drop();
});

const idsOf = (page: FeedPage) => page.videos.map(({ video_id }) => video_id);

describe('the feed reader', () => {
  it('ranks and explains, and the receipt adds up to the score', async () => {
    const { videos } = await reader.rank({ userId: 'u', limit: 10, now });
    expect(videos).toHaveLength(10);
    expect(videos.flatMap(({ explanation }) => explanation)).toContain('From a creator you follow');
    const receipt = await reader.receipt(videos[0]?.receipt_id ?? '');
    const sum = Object.values(receipt?.factors ?? {}).reduce((total, { contribution }) => total + contribution, 0);
    expect(Math.abs(sum - (videos[0]?.final_score ?? 0))).toBeLessThan(1e-9);
    expect(receipt).toMatchObject({ user_id: 'u', variant: 'fixed', position: 1, video_id: videos[0]?.video_id });
    const partition = partitionOf('u', 8);
    expect(receipt?.sources.some((at) => at.topic === 'user_activity' && at.partition === partition)).toBe(true);
  });

  it('a view takes a video out of the next page within a second, and tells who listens', async () => {
    const [first] = idsOf(await reader.rank({ userId: 'u', limit: 3, now }));
    const told = { feed: 0, video: 0 };
    const end = [
      reader.onFeedChange('u', () => (told.feed += 1)),
      reader.onVideoChange(first ?? '', () => (told.video += 1)),
    ];
    const views = reader.video(first ?? '')?.engagement?.views ?? 0;
    await act('u', 'view', first ?? '', { watchDurationMs: 5_000 });
    const soon = { timeout: 1_000, interval: 5 };
    await vi.waitFor(
      async () => expect(idsOf(await reader.rank({ userId: 'u', limit: 3, now }))).not.toContain(first),
      soon,
    );
    await vi.waitFor(() => expect(reader.video(first ?? '')?.engagement?.views).toBe(views + 1), soon);
    expect(told.feed).toBeGreaterThan(0);
    await vi.waitFor(() => expect(told.video).toBeGreaterThan(0), soon);
    for (const stop of end) stop();
  });

  it('pages without repeats while events flow, on any instance, and then ends', async () => {
    const other = await open();
    const seen: string[] = [];
    let cursor: string | null | undefined;
    for (let turn = 0; cursor !== null; turn++) {
      const page = await (turn % 2 ? other : reader).rank({
        userId: 'pager',
        limit: 7,
        now,
        ...(cursor && { cursor }),
      });
      seen.push(...idsOf(page));
      cursor = page.next_cursor;
      await act('other', 'like', `v${turn}`);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(40);
  });

  it('refuses cursors that are not of this feed', async () => {
    const { next_cursor } = await reader.rank({ userId: 'u', limit: 2, now });
    const cursor = next_cursor ?? '';
    await expect(reader.rank({ userId: 'v', limit: 2, cursor, now })).rejects.toThrow(InvalidCursor);
    await expect(reader.trending({ limit: 2, cursor, now })).rejects.toThrow(InvalidCursor);
    await expect(reader.rank({ userId: 'u', limit: 2, cursor: 'x'.repeat(5_000), now })).rejects.toThrow(InvalidCursor);
    await expect(reader.rank({ userId: 'u', limit: 2, cursor: 'A'.repeat(16), now })).rejects.toThrow(InvalidCursor);
  });

  it('a receipt stays the same to the byte, on another instance, after everything has moved', async () => {
    const { videos } = await reader.rank({ userId: 'u', limit: 5, now });
    const id = videos[2]?.receipt_id ?? '';
    const before = JSON.stringify(await reader.receipt(id));
    for (let n = 0; n < 5; n++) await act('other', 'like', videos[2]?.video_id ?? '');
    await act('u', 'not_interested', videos[2]?.video_id ?? '', { reason: null });
    await world.settle();
    const other = await open();
    expect(JSON.stringify(await other.receipt(id))).toBe(before);
    expect(before).toContain('"final_score"');
    expect(await reader.receipt('nonsense')).toBeNull();
    expect(await reader.receipt(`${'A'.repeat(16)}-0`)).toBeNull();
  });

  it('knows what it has folded, and says true for what it reads from Redis itself', async () => {
    const partition = partitionOf('v1', 8);
    expect(reader.caughtUp('feed', partition, 0)).toBe(true);
    expect(reader.caughtUp('feed', partition, 1_000_000)).toBe(false);
    expect(reader.caughtUp('history', partition, 1_000_000)).toBe(true);
  });

  it('shows the same trending page to all, the most liked first', async () => {
    for (let n = 0; n < 20; n++) await act(`fan${n}`, 'like', 'v17');
    await world.settle();
    await vi.waitFor(
      async () => expect(idsOf(await reader.trending({ limit: 5, now: Date.now() }))[0]).toBe('v17'),
      within,
    );
    const [first] = (await reader.trending({ limit: 5, now: Date.now() })).videos;
    expect(first?.explanation).toContain('Trending now (place 1 today)');
  });

  it('serves without receipts while Redis is away, and with them after', async () => {
    const door = await RedisDoor.to(world.config.redis.url);
    opened.push(() => door.shut());
    const fragile = await open(door.url);
    await vi.waitFor(() => expect(fragile.candidateCount()).toBe(40), within);
    await door.shut();
    const page = await fragile.rank({ userId: 'u', limit: 5, now });
    expect(page.videos).toHaveLength(5);
    expect([page.next_cursor, page.videos[0]?.receipt_id]).toEqual([null, null]);
    await door.open();
    const served = () => fragile.rank({ userId: 'u', limit: 5, now });
    await vi.waitFor(async () => expect((await served()).videos[0]?.receipt_id).not.toBeNull(), within);
  });
});
