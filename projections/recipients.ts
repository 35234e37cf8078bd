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
  /** Waits until a processor has folded all that its input holds by now; false if that takes too long, or cannot be said. */
  readonly hasFolded: (place: FoldedPlace) => Promise<boolean>;
  /** Whether the account was deleted, for good: nothing goes there any more, whatever is kept of it. */
  readonly isErased: (userId: string) => boolean;
};

export type FoldedPlace = { readonly processor: string; readonly topic: TopicName; readonly partition: number };

/** Who exists ceases to by a deletion alone, which is asked first: remembering saves the question. */
const rememberedMs = 30_000;
const rememberedMax = 100_000;
const places: readonly (readonly [processor: string, topic: TopicName])[] = [
  ['history', 'user_activity'],
  ['ledger', 'payment_transactions'],
];

const placesOf = (userId: string): FoldedPlace[] =>
  places.map(([processor, topic]) => ({ processor, topic, partition: partitionOf(userId, topics[topic].partitions) }));

export class Recipients {
  readonly #options: RecipientsOptions;
  readonly #known = new LRUCache<string, true>({ max: rememberedMax, ttl: rememberedMs });

  constructor(options: RecipientsOptions) {
    this.#options = options;
  }

  /** @returns null if that cannot be said yet: a refusal would be remembered */
  async isKnown(userId: string): Promise<boolean | null> {
    if (this.#options.isErased(userId)) return false;
    if (this.#known.has(userId)) return true;
    const hasVideos = this.#options.hasVideos(userId);
    if (hasVideos || (await this.#hasState(userId))) return this.#isNowKnown(userId);
    if (hasVideos === null) return null;
    // Those who are folded anew, after the store was lost, are not unknown.
    const folded = await Promise.all(placesOf(userId).map((place) => this.#options.hasFolded(place)));
    if (await this.#hasState(userId)) return this.#isNowKnown(userId);
    return folded.includes(false) ? null : false;
  }

  #isNowKnown(userId: string): true {
    this.#known.set(userId, true);
    return true;
  }

  async #hasState(userId: string): Promise<boolean> {
    const { redis, namespace, generations } = this.#options;
    const found = await Promise.all(
      placesOf(userId).map((place) => {
        const generation = generations.live(place.processor);
        return redis.hexists(stateKey({ namespace, generation, ...place }), userId);
      }),
    );
    return found.includes(1);
  }
}
