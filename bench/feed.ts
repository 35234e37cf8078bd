// Measures a page served by a FeedReader over Redis, receipts included: fills a namespace of its own, and takes it away after.
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Redis } from 'ioredis';
import type { Config } from '../infra/config.ts';
import { partitionOf } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { connectRedis, createRedis } from '../infra/redis.ts';
import { firstGeneration, firstGenerations, metaKey, stateKey, writeKey } from '../processors/runtime/keys.ts';
import { FeedReader } from '../projections/feed.ts';
import { recentHash } from '../projections/history.ts';
import { benchNow, chance, evidenceOf, videoOf } from './feed-catalogue.ts';

const sizes = [1_000, 10_000, 100_000];
const users = 100;
const rounds = 600;
const warmUp = 200;
const namespace = `bench${randomBytes(4).toString('hex')}_`;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const tagOf = (processor: string, topic: 'video_uploads' | 'video_engagement' | 'user_activity', key: string) => ({
  namespace,
  generation: firstGeneration,
  processor,
  topic,
  partition: partitionOf(key, 8),
});

async function fill(redis: Redis, size: number): Promise<void> {
  const next = chance(1);
  let commands = redis.pipeline();
  for (let n = 0; n < size; n++) {
    const { id, candidate, engagement, trending } = videoOf(next, n, size);
    commands.hset(stateKey(tagOf('feed', 'video_uploads', id)), id, JSON.stringify(candidate));
    commands.hset(stateKey(tagOf('engagement', 'video_engagement', id)), id, JSON.stringify(engagement));
    commands.hset(stateKey(tagOf('trending', 'video_engagement', id)), id, JSON.stringify(trending));
    commands.hset(metaKey(tagOf('feed', 'video_uploads', id)), 'offset', n + 1);
    if (n % 2_000 === 1_999) {
      await commands.exec();
      commands = redis.pipeline();
    }
  }
  for (let user = 0; user < users; user++) fillUser(commands, `user${user}`, size);
  await commands.exec();
}

function fillUser(commands: ReturnType<Redis['pipeline']>, userId: string, size: number): void {
  const { history, interactions } = evidenceOf(userId, { size, interactions: 200 });
  const tag = tagOf('history', 'user_activity', userId);
  commands.hset(stateKey(tag), userId, JSON.stringify(history));
  for (const [slot, { videoId, action, watchDurationMs, at, partition, offset }] of interactions.entries()) {
    const value = JSON.stringify([videoId, action, watchDurationMs, at, partition, offset]);
    commands.hset(writeKey(tag, recentHash(userId)), String(slot), value);
  }
}

async function clear(redis: Redis): Promise<void> {
  for await (const keys of redis.scanStream({ match: `${namespace}*`, count: 1_000 }))
    if (keys.length > 0) await redis.unlink(keys);
}

async function measure(redis: Redis, size: number, log: Log): Promise<string> {
  collectGarbage();
  const heapBefore = process.memoryUsage().heapUsed;
  await fill(redis, size);
  const reader = new FeedReader({ redis, namespace, generations: firstGenerations, log });
  const started = performance.now();
  await reader.start();
  const loadMs = performance.now() - started;
  collectGarbage();
  const heapMb = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;
  const times: number[] = [];
  for (let round = 0; round < rounds + warmUp; round++) {
    const asked = performance.now();
    await reader.rank({ userId: `user${round % users}`, limit: 10, now: benchNow + round });
    if (round >= warmUp) times.push(performance.now() - asked);
  }
  await reader.stop();
  times.sort((a, b) => a - b);
  const at = (part: number) => (times[Math.floor(times.length * part)] ?? 0).toFixed(2);
  return `| ${size} | ${at(0.5)} | ${at(0.99)} | ${Math.round(loadMs)} | ${heapMb.toFixed(0)} | ${await pageBytes(redis)} |`;
}

async function pageBytes(redis: Redis): Promise<number> {
  for await (const keys of redis.scanStream({ match: `${namespace}page:*`, count: 1_000 }))
    for (const key of keys) return redis.strlen(key);
  return 0;
}

export async function feed(config: Config, log: Log): Promise<void> {
  const redis = createRedis(config, log, { name: 'bench', autoPipelining: true });
  await connectRedis(redis);
  console.log(
    '| videos | P50 ms | P99 ms | loading ms | heap MB | bytes kept per page of 10 |\n|---|---|---|---|---|---|',
  );
  for (const size of sizes) {
    console.log(await measure(redis, size, log));
    await clear(redis);
  }
  redis.disconnect();
}
