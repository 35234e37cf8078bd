// Tells whether a person exists to whom money may go: someone who has done something, has an account, or has published a video.
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { partitionOf } from '../infra/kafka.ts';
import { type LiveGenerations, stateKey } from '../processors/runtime/keys.ts';
import { type TopicName, topics } from '../schemas/topics.ts';

export type RecipientsOptions = {
  readonly redis: Pick<Redis, 'hexists'>;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  /** Null while the videos are still being read. */
  readonly hasVideos: (userId: string) => boolean | null;
};

/** Nobody who exists ceases to: remembering saves the question. */
const rememberedMs = 30_000;
const rememberedMax = 100_000;
const places: readonly (readonly [processor: string, topic: TopicName])[] = [
  ['history', 'user_activity'],
  ['ledger', 'payment_transactions'],
];

export class Recipients {
  readonly #options: RecipientsOptions;
  readonly #known = new LRUCache<string, true>({ max: rememberedMax, ttl: rememberedMs });

  constructor(options: RecipientsOptions) {
    this.#options = options;
  }

  /** @returns null if that cannot be said yet: a refusal would be remembered */
  async isKnown(userId: string): Promise<boolean | null> {
    if (this.#known.has(userId)) return true;
    const hasVideos = this.#options.hasVideos(userId);
    if (hasVideos || (await this.#hasState(userId))) {
      this.#known.set(userId, true);
      return true;
    }
    return hasVideos;
  }

  async #hasState(userId: string): Promise<boolean> {
    const { redis, namespace, generations } = this.#options;
    const found = await Promise.all(
      places.map(([processor, topic]) => {
        const partition = partitionOf(userId, topics[topic].partitions);
        const generation = generations.live(processor);
        return redis.hexists(stateKey({ namespace, generation, processor, topic, partition }), userId);
      }),
    );
    return found.includes(1);
  }
}
