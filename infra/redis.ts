// The Redis client: fails fast instead of queueing, keeps reconnecting, and logs what goes wrong at most once per outage.
import { Redis } from 'ioredis';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { impatient } from './redis-patience.ts';

const commandTimeoutMs = 2_000;
const reconnectMsMax = 1_000;

export type RedisUse = {
  /** Shown in CLIENT LIST and in the log. */
  readonly name: string;
  /** Commands of one turn of the event loop share a round trip: for many small reads, not for pipelines made by hand. */
  readonly autoPipelining?: boolean;
  /** Where somebody waits for what is read: less than what commits are given. */
  readonly patienceMs?: number;
};

/** A client that is not connected yet: await `connectRedis` first. While the server is away every command fails at once. */
export function createRedis(config: Config, log: Log, use: RedisUse): Redis {
  const redis = new Redis(config.redis.url, {
    connectionName: use.name,
    lazyConnect: true,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 5_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    enableAutoPipelining: use.autoPipelining ?? false,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), reconnectMsMax),
  });
  if (use.patienceMs !== undefined) impatient(redis, use.patienceMs);
  let lost = false;
  redis.on('ready', () => {
    if (lost) log.info({ client: use.name }, 'redis is back');
    lost = false;
  });
  redis.on('error', (error: Error) => {
    if (!lost) log.warn({ client: use.name }, `redis: ${error.message}`);
    lost = true;
  });
  return redis;
}

/** Waits until the server answers; retries for ever, unless the client is disconnected meanwhile. */
export async function connectRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  const ready = new Promise<void>((resolve, reject) => {
    redis.once('ready', resolve);
    redis.once('end', () => reject(new Error('the Redis client was closed before it was connected')));
  });
  if (redis.status === 'wait') redis.connect().catch(() => undefined);
  await ready;
}
