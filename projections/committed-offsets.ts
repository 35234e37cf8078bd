// Waits until partitions have been folded up to an offset: one look at Redis serves all that wait, however many there are.
import { setTimeout as pause } from 'node:timers/promises';

export type Place = { readonly processor: string; readonly partition: number; readonly offset: number };

/** Committed offsets (the next to fold) of partitions, in the order asked. */
export type ReadOffsets = (partitions: readonly Omit<Place, 'offset'>[]) => Promise<readonly number[]>;

type Waiter = Place & { readonly resolve: () => void; readonly reject: (error: unknown) => void };

const lookEveryMs = 4;

export class CommittedOffsets {
  readonly #read: ReadOffsets;
  #waiters: Waiter[] = [];
  #looking = false;

  constructor(read: ReadOffsets) {
    this.#read = read;
  }

  /** Resolves once the record at the place has been folded; rejects when the signal gives up or the store is away. */
  folded(place: Place, giveUp: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (giveUp.aborted) {
        reject(giveUp.reason);
        return;
      }
      const waiter = { ...place, resolve, reject };
      this.#waiters.push(waiter);
      giveUp.addEventListener('abort', () => this.#settle([waiter], () => reject(giveUp.reason)), { once: true });
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#waiters.length > 0) {
        await this.#lookOnce();
        if (this.#waiters.length > 0) await pause(lookEveryMs);
      }
    } finally {
      this.#looking = false;
    }
  }

  async #lookOnce(): Promise<void> {
    const asked = [...this.#waiters];
    const partitions = new Map(
      asked.map(({ processor, partition }) => [`${processor} ${partition}`, { processor, partition }]),
    );
    try {
      const offsets = await this.#read([...partitions.values()]);
      const committed = new Map([...partitions.keys()].map((name, i) => [name, offsets[i] ?? 0]));
      const there = asked.filter(
        ({ processor, partition, offset }) => (committed.get(`${processor} ${partition}`) ?? 0) > offset,
      );
      this.#settle(there, ({ resolve }) => resolve());
    } catch (error) {
      this.#settle(asked, ({ reject }) => reject(error));
    }
  }

  #settle(settled: readonly Waiter[], how: (waiter: Waiter) => void): void {
    if (settled.length === 0) return;
    const gone = new Set(settled);
    this.#waiters = this.#waiters.filter((waiter) => !gone.has(waiter));
    for (const waiter of settled) how(waiter);
  }
}
