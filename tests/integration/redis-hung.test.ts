// A Redis that takes connections and says nothing: what can do without it does not wait long, and it is noticed when it speaks again.
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readConfig } from '../../infra/config.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { firstGenerations } from '../../processors/runtime/keys.ts';
import { FeedReader } from '../../projections/feed.ts';
import { RedisDoor } from '../redis-door.ts';

const log = pino({ level: 'silent' });
const namespace = `t${randomBytes(5).toString('hex')}_`;
const patienceMs = 600;
let door: RedisDoor;
let redis: Redis;
let feed: FeedReader;

beforeAll(async () => {
  const config = readConfig();
  door = await RedisDoor.to(config.redis.url);
  redis = createRedis({ ...config, redis: { url: door.url } }, log, { name: 'test', autoPipelining: true, patienceMs });
  await connectRedis(redis);
  feed = new FeedReader({ redis, namespace, generations: firstGenerations, log });
});
afterAll(async () => {
  redis.disconnect();
  await door.shut();
});

const timeOf = async (ask: () => Promise<unknown>): Promise<number> => {
  const begunAt = performance.now();
  await ask();
  return performance.now() - begunAt;
};
const page = () => feed.rank({ userId: 'ana', limit: 5, now: Date.now() });

it('costs a page its patience once, and the next pages next to nothing', async () => {
  expect(feed.madeOf(await page())).not.toBeUndefined();
  door.stall();
  const first = await timeOf(page);
  // A page asks twice: for the history, and to keep its receipts.
  expect(first).toBeGreaterThanOrEqual(patienceMs - 5);
  expect(first).toBeLessThan(2 * patienceMs);
  expect(await timeOf(page)).toBeLessThan(patienceMs);
  await expect(redis.get('a')).rejects.toThrow('Command timed out');
  door.resume();
  await vi.waitFor(async () => expect(feed.madeOf(await page())).not.toBeUndefined(), { timeout: 5_000, interval: 5 });
});

it('is asked with all patience again once an answer has come, also one that nobody waits for any more', async () => {
  door.stall();
  await Promise.allSettled([redis.get('a')]);
  await Promise.allSettled([redis.get('a')]);
  door.resume();
  await vi.waitFor(() => redis.get('a'), { timeout: 5_000, interval: 5 });
  door.stall();
  const late = timeOf(() => redis.get('a').catch(() => null));
  expect(await late).toBeGreaterThanOrEqual(patienceMs - 5);
  door.resume();
});

it('fails with what it says where it answers', async () => {
  await expect(redis.call('nonsense')).rejects.toThrow('unknown command');
  const all = await redis.multi().set(`${namespace}k`, '1').get(`${namespace}k`).del(`${namespace}k`).exec();
  expect(all?.map(([, answer]) => answer)).toEqual(['OK', '1', 1]);
});
