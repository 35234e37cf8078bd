// What the commands of this folder need of the outside, and where a partition stands in the live generation.
import type { Redis } from 'ioredis';
import type { Kafka } from 'kafkajs';
import { Registry } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import { type LiveGenerations, metaKey } from '../../processors/runtime/keys.ts';
import type { Position } from '../../processors/runtime/ports.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { positionOf } from '../../processors/runtime/redis-store.ts';

/** A processor as far as its dead letters go. */
export type Source = Pick<Processor, 'name' | 'input' | 'control'>;

export type Outside = {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly redis: Redis;
  readonly namespace: string;
  readonly generations: LiveGenerations;
};

/** A command gives up after about ten seconds, which also rides out a group's coordinator that is still loading. */
const patience = { retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 12 }, connectionTimeout: 1_500 };
const connectMsMax = 10_000;

/** @throws if a server does not answer */
export async function connectedOutside(config: Config): Promise<Outside> {
  const log = createLog('dlq', 'error');
  const redis = createRedis(config, log, { name: 'dlq' });
  const late = AbortSignal.timeout(connectMsMax);
  late.addEventListener('abort', () => redis.status !== 'ready' && redis.disconnect());
  await connectRedis(redis);
  const { namespace } = config;
  const kafka = createKafka(config, log, 'dlq', patience);
  const registry = new Registry(config.registry.url, namespace);
  const generations = new Generations({ kafka, registry, namespace, log, onFatal: (why) => log.error(why) });
  await generations.start();
  return { kafka, registry, redis, namespace, generations };
}

/** Where a processor stands in a partition of its input: the offset it folds next and the skips that are pending. */
export async function standingOf(
  { redis, namespace, generations }: Outside,
  { name, input }: Source,
  partition: number,
): Promise<Position> {
  const tag = { namespace, generation: generations.live(name), processor: name, topic: input, partition };
  return positionOf(new Map(Object.entries(await redis.hgetall(metaKey(tag)))));
}
