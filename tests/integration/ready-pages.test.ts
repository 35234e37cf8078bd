// Ready pages on the real servers: a user's own event changes their page soon after its commit, also where no push arrives.
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Origin, ReadyPages } from '../../api/ready-pages.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { firstGenerations, metaKey } from '../../processors/runtime/keys.ts';
import { type FeedPage, FeedReader } from '../../projections/feed.ts';
import { historyTag } from '../../projections/viewer-evidence.ts';
import { RedisDoor } from '../redis-door.ts';
import { World } from '../world.ts';

const now = Date.now();
const base = { correlationId: 'test', source: 'test', ruleSet: 0, origin: null };
/** For what comes in any case; no page gets older here, so that one that is not ended stays for ever. */
const within = { timeout: 30_000, interval: 5 };
/**
 * The guarantee, a second, without this machine's speed: positions are compared every 300 ms, so two comparisons after the commit at
 * most, each with a reading anew of what is behind.
 */
const looksMax = 4;
let world: World;
let redis: Redis;
let door: RedisDoor;
let reader: FeedReader;
let pages: ReadyPages;
let events = 0;
const served: Origin[] = [];

const published = (n: number, more: object = {}) => ({
  ...{ ...base, eventId: `u${events++}`, occurredAt: now, actorId: 'c', action: 'published', originalUrl: null },
  ...{ videoId: `v${n}`, creatorId: `c${n % 4}`, title: `Video ${n}`, category: 'music', tags: [`t${n % 5}`] },
  ...{ durationMs: 10_000, publishedAt: now - n * 3_600_000, ...more },
});

async function view(userId: string, videoId: string): Promise<void> {
  const event = { ...base, eventId: `e${events++}`, occurredAt: now, actorId: userId, userId, videoId };
  await world.append('user_activity', [{ ...event, action: 'view', watchDurationMs: 5_000 }]);
}

const idsOf = ({ videos }: FeedPage) => videos.map(({ video_id }) => video_id);
const page = async (userId: string) => idsOf(await pages.rank({ userId, limit: 5, now }, undefined));

/** So often the position of the user's partition has been read, by a comparison or by what followed from one. */
const looksAt = (userId: string): number => {
  const key = metaKey(historyTag({ namespace: world.config.namespace, generations: firstGenerations }, userId));
  return vi.mocked(redis.hget).mock.calls.filter(([asked]) => asked === key).length;
};

/** Views the first video of a page that is ready, waits until that is folded, and counts the looks until the video is gone. */
async function viewFirst(userId: string): Promise<void> {
  const [first = ''] = await page(userId);
  served.length = 0;
  expect([await page(userId), served]).toEqual([expect.arrayContaining([first]), ['ready']]);
  await view(userId, first);
  const isFolded = async () => (await reader.userState(userId)).interactions.some(({ videoId }) => videoId === first);
  await vi.waitFor(async () => expect(await isFolded()).toBe(true), within);
  const before = looksAt(userId);
  await vi.waitFor(async () => expect(await page(userId)).not.toContain(first), within);
  expect(looksAt(userId) - before).toBeLessThanOrEqual(looksMax);
}

beforeAll(async () => {
  world = await World.make();
  await world.run();
  door = await RedisDoor.to(world.config.redis.url);
  redis = createRedis(world.config, world.log, { name: 'test', autoPipelining: true });
  // The pushes alone come through the door.
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (options) => duplicate({ ...options, host: '127.0.0.1', port: Number(new URL(door.url).port) });
  await connectRedis(redis);
  vi.spyOn(redis, 'hget');
  const { namespace } = world.config;
  reader = new FeedReader({ redis, namespace, generations: firstGenerations, log: world.log });
  pages = new ReadyPages({ feed: reader, model: () => null, onServed: (from) => void served.push(from) });
  await reader.start();
  await world.append(
    'video_uploads',
    Array.from({ length: 40 }, (_, n) => published(n)),
  );
  await world.settle();
  await vi.waitFor(() => expect(reader.candidateCount()).toBe(40), within);
}, 120_000);

afterAll(async () => {
  await reader.stop();
  redis.disconnect();
  await door.shut();
  await world.drop();
});

describe('ready pages', () => {
  it('show a user’s own event soon after its commit, time after time', async () => {
    for (let i = 0; i < 5; i++) await viewFirst('u');
  });

  it('leave the pages of others ready', async () => {
    await page('other');
    await viewFirst('u');
    served.length = 0;
    await page('other');
    expect(served).toEqual(['ready']);
  });

  it('lose a removed video as soon as its removal is told', async () => {
    const [first = ''] = await page('w');
    await page('w');
    const n = Number(first.slice(1));
    await world.append('video_uploads', [published(n, { action: 'removed', reason: 'test' })]);
    await vi.waitFor(() => expect(reader.video(first)?.candidate?.status).toBe('removed'), within);
    expect(await page('w')).not.toContain(first);
  });

  it('show it soon, too, while no push arrives', async () => {
    await viewFirst('u');
    await door.shut();
    try {
      for (let i = 0; i < 3; i++) await viewFirst('u');
    } finally {
      await door.open();
    }
    await viewFirst('u');
  });
});
