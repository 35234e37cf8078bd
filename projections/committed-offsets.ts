// Waits until partitions have been folded up to an offset: one look at Redis serves all that wait, however many there are.
export type Place = { readonly processor: string; readonly partition: number; readonly offset: number };

/** Committed offsets (the next to fold) of partitions, in the order asked. */
export type ReadOffsets = (partitions: readonly Omit<Place, 'offset'>[]) => Promise<readonly number[]>;

type Waiter = Place & { readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** Commits are told as they happen; this is for those whose message was lost. */
const lookEveryMs = 40;

export class CommittedOffsets {
  readonly #read: ReadOffsets;
  #waiters: Waiter[] = [];
  /** Who has come since the last look. */
  #fresh: Waiter[] = [];
  #timer: NodeJS.Timeout | null = null;

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
      if (this.#fresh.push(waiter) === 1) setImmediate(() => void this.#lookFor(this.#fresh.splice(0)));
      this.#timer ??= setInterval(() => void this.#lookFor(this.#waiters), lookEveryMs);
    });
  }

  /** A partition has been committed up to an offset (the next to fold). */
  advanced(processor: string, partition: number, offset: number): void {
    const there = this.#waiters.filter(
      (w) => w.processor === processor && w.partition === partition && w.offset < offset,
    );
    this.#settle(there, ({ resolve }) => resolve());
  }

  async #lookFor(waiters: readonly Waiter[]): Promise<void> {
    const asked = [...waiters];
    if (asked.length === 0) return;
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
    if (this.#waiters.length === 0 && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    for (const waiter of settled) how(waiter);
  }
}
