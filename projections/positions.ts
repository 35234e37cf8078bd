// Where processors stand: the next offset to be folded of a partition, or the sum over all of them, and which generation is live.
import type { Redis } from 'ioredis';
import { type LiveGenerations, metaKey, type PartitionTag } from '../processors/runtime/keys.ts';
import { type TopicName, topics } from '../schemas/topics.ts';

/** A processor and its input. */
export type Folding = { readonly processor: string; readonly topic: TopicName };
export type Position = { readonly generation: number; readonly next: number };

/** The next offset to be folded, as it is committed; 0 where nothing was. */
export const nextOffset = async (redis: Pick<Redis, 'hget'>, tag: PartitionTag): Promise<number> =>
  Number((await redis.hget(metaKey(tag), 'offset')) ?? 0);

export class Positions {
  readonly #redis: Redis;
  readonly #namespace: string;
  readonly #generations: LiveGenerations;

  constructor(redis: Redis, namespace: string, generations: LiveGenerations) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#generations = generations;
  }

  generation(processor: string): number {
    return this.#generations.live(processor);
  }

  async of(folding: Folding, partition: number): Promise<Position> {
    const generation = this.generation(folding.processor);
    return { generation, next: await this.#next(folding, generation, partition) };
  }

  /** Grows with every event that any partition has folded. */
  async ofAll(folding: Folding): Promise<Position> {
    const generation = this.generation(folding.processor);
    const partitions = Array.from({ length: topics[folding.topic].partitions }, (_, partition) => partition);
    const nexts = await Promise.all(partitions.map((partition) => this.#next(folding, generation, partition)));
    return { generation, next: nexts.reduce((sum, next) => sum + next, 0) };
  }

  /** Told of a processor after its generations have changed. */
  onGeneration(listener: (processor: string) => void): void {
    this.#generations.onChange(listener);
  }

  #next({ processor, topic }: Folding, generation: number, partition: number): Promise<number> {
    const tag = { namespace: this.#namespace, generation, processor, topic, partition };
    return nextOffset(this.#redis, tag);
  }
}
