// Publishes that a user was served a variant: at most once per 30 minutes and user, without holding up the page or failing it.
import { LRUCache } from 'lru-cache';
import type { ActivityProducer } from './activity.ts';

export type Served = { readonly experimentId: string; readonly variant: string };
export type ExposureResult = 'published' | 'repeated' | 'dropped';

export type ExposuresOptions = {
  /** Null until it is connected. */
  readonly producer: () => Pick<ActivityProducer, 'produceUserActivityEvent'> | null;
  /** Told of each exposure once its fate is known. */
  readonly onResult?: (result: ExposureResult) => void;
  /** ms since 1970 */
  readonly now: () => number;
};

export const repeatMs = 1_800_000;
const rememberedMax = 100_000;
/** So many wait for the broker at most: clients' events share its queue and go first. */
export const waitingMax = 1_000;

export class Exposures {
  readonly #options: ExposuresOptions;
  /** "experiment user" → when it was told last. */
  readonly #told = new LRUCache<string, number>({ max: rememberedMax });
  #waiting = 0;

  constructor(options: ExposuresOptions) {
    this.#options = options;
  }

  /** Returns at once and never throws. What could not be published is told again with the user's next page. */
  exposed(userId: string, { experimentId, variant }: Served): void {
    const { producer, onResult, now } = this.#options;
    const name = `${experimentId} ${userId}`;
    const toldAt = this.#told.get(name);
    if (toldAt !== undefined && now() - toldAt < repeatMs) {
      onResult?.('repeated');
      return;
    }
    const connected = producer();
    if (!connected || this.#waiting >= waitingMax) {
      onResult?.('dropped');
      return;
    }
    this.#told.set(name, now());
    this.#waiting += 1;
    connected
      .produceUserActivityEvent({ action: 'exposed', userId, experimentId, variant, actorId: 'feed', source: 'feed' })
      .then(
        () => onResult?.('published'),
        () => {
          this.#told.delete(name);
          onResult?.('dropped');
        },
      )
      .finally(() => {
        this.#waiting -= 1;
      });
  }
}
