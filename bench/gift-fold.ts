// The fold of the ledger alone: a backlog of gifts, folded by as many processes as there are cores.

import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { provision } from '../infra/provision.ts';
import { connectRedis, createRedis } from '../infra/redis.ts';
import { firstGeneration, metaKey } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';
import { dropBacklog } from './backlog.ts';
import { creators, fillGifts, payers } from './gift-backlog.ts';
import { startLedgers } from './gift-platform.ts';

export const ledgers = 2;
const gifts = 100_000;
const pollMs = 10;
const partitions = Array.from({ length: topics.payment_transactions.partitions }, (_, partition) => partition);

/** Gifts a second, both of their records folded, with commits to Redis and derived events to Kafka; what was folded while the log was filled does not count. */
export async function foldedGifts(config: Config, log: Log): Promise<number> {
  await provision(config, log);
  const redis = createRedis(config, log, { name: 'bench' });
  await connectRedis(redis);
  const stop = await startLedgers(config, ledgers);
  try {
    await fillGifts(config, log, gifts);
    const total = payers + creators + 2 * gifts;
    const [first, startedAt] = [await folded(redis, config), performance.now()];
    while ((await folded(redis, config)) < total) await pause(pollMs);
    return (total - first) / 2 / ((performance.now() - startedAt) / 1_000);
  } finally {
    await stop();
    redis.disconnect();
    await dropBacklog({ config, events: [] }, log);
  }
}

async function folded(redis: Redis, { namespace }: Config): Promise<number> {
  const tag = { namespace, generation: firstGeneration, processor: 'ledger', topic: 'payment_transactions' } as const;
  const offsets = await Promise.all(
    partitions.map((partition) => redis.hget(metaKey({ ...tag, partition }), 'offset')),
  );
  return offsets.reduce((sum, offset) => sum + Number(offset ?? 0), 0);
}
