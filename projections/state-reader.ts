// Reads one committed state of a processor, from the generation that is live.
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import { type LiveGenerations, stateKey } from '../processors/runtime/keys.ts';
import { type TopicName, topics } from '../schemas/topics.ts';

export class StateReader {
  readonly #redis: Redis;
  readonly #namespace: string;
  readonly #generations: LiveGenerations;

  constructor(redis: Redis, namespace: string, generations: LiveGenerations) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#generations = generations;
  }

  /** @param topic the processor's input @returns null where nothing was folded under the key */
  async state<State>(processor: string, topic: TopicName, key: string): Promise<State | null> {
    const partition = partitionOf(key, topics[topic].partitions);
    const generation = this.#generations.live(processor);
    const tag = { namespace: this.#namespace, generation, processor, topic, partition };
    const state = await this.#redis.hget(stateKey(tag), key);
    return state === null ? null : (JSON.parse(state) as State);
  }
}
