// Who waits for the outcome of a request by its key alone, because its place in the log is not known to whoever asked.

import { isOver, type Patience } from './outcome-waiters.ts';

export type KeyWaiter<Outcome> = Patience & {
  /** The request's memo. */
  readonly key: string;
  readonly partition: number;
  readonly resolve: (outcome: Outcome | 'pending') => void;
};

/** So many keys of a partition are looked for at once, those who have waited longest first. */
const lookedForMax = 1_000;

export class KeyWaiters<Outcome> {
  /** By key, in the order in which they came. */
  readonly #waiters = new Map<string, KeyWaiter<Outcome>[]>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(waiter: KeyWaiter<Outcome>): void {
    const others = this.#waiters.get(waiter.key);
    if (others) others.push(waiter);
    else this.#waiters.set(waiter.key, [waiter]);
    this.#count += 1;
  }

  /** Takes out all who wait for a key. */
  take(key: string): KeyWaiter<Outcome>[] {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    this.#count -= waiters.length;
    return waiters;
  }

  /** Takes out all that have waited since before a time, or have gone. */
  takeOver(than: number): KeyWaiter<Outcome>[] {
    const over: KeyWaiter<Outcome>[] = [];
    for (const [key, waiters] of this.#waiters) {
      const left = waiters.filter((waiter) => !isOver(waiter, than));
      if (left.length === waiters.length) continue;
      over.push(...waiters.filter((waiter) => isOver(waiter, than)));
      if (left.length > 0) this.#waiters.set(key, left);
      else this.#waiters.delete(key);
    }
    this.#count -= over.length;
    return over;
  }

  /** The keys that somebody waits for, by partition. */
  waitedFor(): [partition: number, keys: string[]][] {
    const partitions = new Map<number, string[]>();
    for (const [key, [first]] of this.#waiters) {
      if (!first) continue;
      const keys = partitions.get(first.partition) ?? [];
      if (keys.length < lookedForMax) keys.push(key);
      partitions.set(first.partition, keys);
    }
    return [...partitions];
  }
}
