// Whom somebody has swiped and may not be shown again yet, read from the ledger's committed writes.
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import { type LiveGenerations, writeKey } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';
import type { WholeFolds } from './whole-folds.ts';

/** As the ledger keeps it under the other's id. */
export type StandingSwipe = {
  readonly direction: 'LEFT' | 'RIGHT' | 'SUPER_LIKE';
  /** ms; the end of its cooldown. */
  readonly until: number;
  readonly transactionId: string;
};

export const swipedHash = (userId: string): string => `swiped:${userId}`;

const topic = 'payment_transactions';
const askedAtOnceMax = 500;

export class SwipedReader {
  readonly #redis: Pick<Redis, 'hmget'>;
  readonly #namespace: string;
  readonly #generations: Pick<LiveGenerations, 'live'>;
  readonly #whole: Pick<WholeFolds, 'check'>;

  constructor(
    redis: Pick<Redis, 'hmget'>,
    namespace: string,
    generations: Pick<LiveGenerations, 'live'>,
    whole: Pick<WholeFolds, 'check'>,
  ) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#generations = generations;
    this.#whole = whole;
  }

  /** The swipes on some of these that still stand. Throws where Redis is away, or not whole: nobody is taken for unseen then. */
  async standing(userId: string, targetIds: readonly string[], now: number): Promise<Map<string, StandingSwipe>> {
    await this.#whole.check('ledger', [partitionOf(userId, topics[topic].partitions)]);
    const key = this.#key(userId);
    const standing = new Map<string, StandingSwipe>();
    for (let i = 0; i < targetIds.length; i += askedAtOnceMax) {
      const asked = targetIds.slice(i, i + askedAtOnceMax);
      const found = await this.#redis.hmget(key, ...asked);
      for (const [n, targetId] of asked.entries()) {
        const text = found[n];
        const swipe = text ? (JSON.parse(text) as StandingSwipe) : null;
        if (swipe && swipe.until > now) standing.set(targetId, swipe);
      }
    }
    return standing;
  }

  #key(userId: string): string {
    const partition = partitionOf(userId, topics[topic].partitions);
    const generation = this.#generations.live('ledger');
    return writeKey(
      { namespace: this.#namespace, generation, processor: 'ledger', topic, partition },
      swipedHash(userId),
    );
  }
}
