// Where every processor stands: committed offsets from Redis, ends of the log from Kafka; and who reads what whom writes.

import type { Redis } from 'ioredis';
import type { Admin } from 'kafkajs';
import { type LiveGenerations, metaKey, type PartitionTag } from '../processors/runtime/keys.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import { type TopicName, topics } from '../schemas/topics.ts';
import { type Ends, LogEnds } from './log-ends.ts';

export type ProcessorPosition = {
  readonly processor: string;
  readonly input: TopicName;
  readonly emitsTo: readonly TopicName[];
  readonly lag: number;
  readonly partitions: readonly PartitionPosition[];
};

export type PartitionPosition = {
  readonly partition: number;
  /** Whether a processor has ever taken it. */
  readonly claimed: boolean;
  /** The next offset to fold. */
  readonly committed: number;
  readonly end: number;
  readonly lag: number;
  /** Append time in ms of the last folded record. */
  readonly lastRecordAt: number | null;
};

type Committed = Omit<PartitionPosition, 'end' | 'lag'>;

export type TopologyParts = {
  readonly redis: Redis;
  readonly admin: Pick<Admin, 'fetchTopicOffsets'>;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly processors: readonly Processor[];
};

export class Topology {
  readonly processors: readonly Processor[];
  readonly #parts: TopologyParts;
  readonly #ends: LogEnds;

  constructor(parts: TopologyParts) {
    this.#parts = parts;
    this.#ends = new LogEnds(parts.admin, parts.namespace);
    this.processors = parts.processors;
  }

  /** The processors whose input a topic is. */
  readersOf(topic: TopicName): readonly Processor[] {
    return this.processors.filter(({ input }) => input === topic);
  }

  async positions(): Promise<ProcessorPosition[]> {
    return Promise.all(this.processors.map((processor) => this.position(processor)));
  }

  async position(processor: Processor): Promise<ProcessorPosition> {
    const [committed, ends] = await Promise.all([this.committed(processor), this.ends(processor.input)]);
    const partitions = committed.map((at): PartitionPosition => {
      const end = ends[at.partition] ?? 0;
      return { ...at, end, lag: Math.max(0, end - at.committed) };
    });
    const lag = partitions.reduce((sum, at) => sum + at.lag, 0);
    return { processor: processor.name, input: processor.input, emitsTo: processor.emitsTo, lag, partitions };
  }

  /** Committed offsets of many partitions in one round trip. */
  async offsets(partitions: readonly { readonly processor: string; readonly partition: number }[]): Promise<number[]> {
    const byName = new Map(this.processors.map((processor) => [processor.name, processor]));
    const offsets = await Promise.all(
      partitions.map(({ processor: name, partition }) => {
        const processor = byName.get(name);
        return processor ? this.fields(processor, partition, ['offset']) : [null];
      }),
    );
    return offsets.map(([offset]) => Number(offset ?? 0));
  }

  async committed(processor: Processor): Promise<Committed[]> {
    const partitions = Array.from({ length: topics[processor.input].partitions }, (_, partition) => partition);
    return Promise.all(
      partitions.map(async (partition) => {
        const fields = await this.fields(processor, partition, ['token', 'offset', 'time']);
        const [token, offset, time] = fields;
        return {
          partition,
          claimed: token != null,
          committed: Number(offset ?? 0),
          lastRecordAt: time == null ? null : Number(time),
        };
      }),
    );
  }

  /** Fields of a partition's position, see `metaKey`. */
  fields(processor: Processor, partition: number, names: readonly string[]): Promise<(string | null)[]> {
    const { namespace, redis, generations } = this.#parts;
    const { name, input } = processor;
    const tag: PartitionTag = {
      namespace,
      generation: generations.live(name),
      processor: name,
      topic: input,
      partition,
    };
    return redis.hmget(metaKey(tag), ...names);
  }

  /** The end offset of each partition, at most 250 ms old. @throws LogUnavailable */
  ends(topic: TopicName): Promise<Ends> {
    return this.#ends.recent(topic);
  }

  /** The end offset of each partition as of now. @throws LogUnavailable */
  freshEnds(topic: TopicName): Promise<Ends> {
    return this.#ends.fresh(topic);
  }
}
