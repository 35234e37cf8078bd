// Where the processors stand: committed offsets from Redis, ends from Kafka, and since when the oldest record waits.
import type { Redis } from 'ioredis';
import type { Admin, Kafka } from 'kafkajs';
import { topicIn } from '../../infra/kafka.ts';
import { type LiveGenerations, metaKey } from '../../processors/runtime/keys.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { topics } from '../../schemas/topics.ts';
import { readInOrder } from '../topic-reader.ts';
import type { Look } from './pace.ts';

export type Platform = {
  readonly kafka: Kafka;
  readonly admin: Pick<Admin, 'fetchTopicOffsets'>;
  readonly redis: Redis;
  readonly namespace: string;
  /** The generation whose positions are shown is the one that is live. */
  readonly generations: LiveGenerations;
};

export async function look({ admin, namespace, redis, generations }: Platform, processor: Processor): Promise<Look[]> {
  const { name, input: topic } = processor;
  const generation = generations.live(name);
  // The committed offsets first, so that a lag is never negative.
  const tags = Array.from({ length: topics[topic].partitions }, (_, partition) => ({
    namespace,
    generation,
    processor: name,
    topic,
    partition,
  }));
  const committed = await Promise.all(tags.map((tag) => redis.hget(metaKey(tag), 'offset')));
  const ends = await admin.fetchTopicOffsets(topicIn(namespace, topic));
  const at = Date.now();
  return ends
    .map(({ partition, high }) => ({ partition, committed: Number(committed[partition] ?? 0), end: Number(high), at }))
    .sort((a, b) => a.partition - b.partition);
}

/** Append time in ms of the first record of each partition that is not folded yet; partitions that have none are left out. */
export async function waitingSince(
  { kafka, namespace }: Platform,
  processor: Processor,
  looks: readonly Look[],
): Promise<Map<number, number>> {
  const since = new Map<number, number>();
  const ranges = looks
    .filter(({ committed, end }) => committed < end)
    .map(({ partition, committed }) => ({ partition, from: committed, to: committed + 1 }));
  await readInOrder({
    kafka,
    topic: topicIn(namespace, processor.input),
    ranges,
    onRecords: async ([record], partition) => void since.set(partition, Number(record?.timestamp)),
    stallMsMax: 15_000,
  });
  return since;
}
