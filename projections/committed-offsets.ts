// Waits until partitions have been folded up to an offset: one look at Redis serves all that wait, however many there are.
export type Place = { readonly processor: string; readonly partition: number; readonly offset: number };

/** Committed offsets (the next to fold) of partitions, in the order asked. */
export type ReadOffsets = (partitions: readonly Omit<Place, 'offset'>[]) => Promise<readonly number[]>;

export type Patience = {
  /** As performance.now(). */
  readonly until: number;
  /** Aborted once whoever asked has gone. */
  readonly ended?: AbortSignal | undefined;
};

/** What a wait rejects with that nobody, or nobody any longer, has the patience for. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp';
}

export const isOver = ({ until, ended }: Patience): boolean => performance.now() >= until || ended?.aborted === true;

type Waiter = Place &
  Patience & {
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  };

/** One partition of a processor. */
type Line = {
  waiters: Waiter[];
  /** The latest commit that was told; null where none ever was, so that nobody knows what has been committed before. */
  told: number | null;
};

/** Commits are told as they happen; this is for those whose message was lost, and for whoever waits no more. */
const lookEveryMs = 40;

export class CommittedOffsets {
  readonly #read: ReadOffsets;
  readonly #lines = new Map<string, Map<number, Line>>();
  #count = 0;
  /** Who has come since the last look and may be too late for the commit's message. */
  #fresh: Waiter[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(read: ReadOffsets) {
    this.#read = read;
  }

  /** Resolves once the record at the place has been folded; rejects when patience ends or the store is away. */
  folded({ processor, partition, offset }: Place, { until, ended }: Patience): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = this.#lineOf(processor, partition);
      const waiter = { processor, partition, offset, until, ended, resolve, reject };
      line.waiters.push(waiter);
      this.#count += 1;
      // The message of a commit that has not been told is still to come. One that has been is looked at: a store may have lost it since.
      const isToCome = line.told !== null && line.told <= offset;
      if (!isToCome && this.#fresh.push(waiter) === 1) setImmediate(() => void this.#lookFor(this.#fresh.splice(0)));
      this.#timer ??= setInterval(() => void this.#lookAgain(), lookEveryMs);
    });
  }

  /** A partition has been committed up to an offset (the next to fold). */
  advanced(processor: string, partition: number, offset: number): void {
    const line = this.#lineOf(processor, partition);
    line.told = offset;
    if (line.waiters.length > 0) this.#settle(line, ({ offset: awaited }) => awaited < offset);
  }

  #lineOf(processor: string, partition: number): Line {
    let lines = this.#lines.get(processor);
    if (!lines) {
      lines = new Map();
      this.#lines.set(processor, lines);
    }
    let line = lines.get(partition);
    if (!line) {
      line = { waiters: [], told: null };
      lines.set(partition, line);
    }
    return line;
  }

  async #lookAgain(): Promise<void> {
    const all: Waiter[] = [];
    for (const lines of this.#lines.values())
      for (const line of lines.values()) {
        if (line.waiters.length > 0) this.#settle(line, isOver, new GaveUp());
        all.push(...line.waiters);
      }
    await this.#lookFor(all);
  }

  async #lookFor(waiters: readonly Waiter[]): Promise<void> {
    if (waiters.length === 0) return;
    const lines = new Set(waiters.map(({ processor, partition }) => this.#lineOf(processor, partition)));
    const asked = [...lines].flatMap((line) => {
      const [first] = line.waiters;
      return first ? [{ line, first, awaited: new Set(line.waiters) }] : [];
    });
    try {
      const offsets = await this.#read(asked.map(({ first: { processor, partition } }) => ({ processor, partition })));
      for (const [i, { line }] of asked.entries()) this.#settle(line, ({ offset }) => offset < (offsets[i] ?? 0));
    } catch (error) {
      for (const { line, awaited } of asked) this.#settle(line, (waiter) => awaited.has(waiter), error);
    }
  }

  /** Rejects with the error where there is one. */
  #settle(line: Line, isSettled: (waiter: Waiter) => boolean, error?: unknown): void {
    const [settled, left]: [Waiter[], Waiter[]] = [[], []];
    // Asked once of each: whose patience ended between two questions would be neither settled nor waiting.
    for (const waiter of line.waiters) (isSettled(waiter) ? settled : left).push(waiter);
    if (settled.length === 0) return;
    line.waiters = left;
    this.#count -= settled.length;
    if (this.#count === 0 && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    for (const waiter of settled)
      if (error === undefined) waiter.resolve();
      else waiter.reject(error);
  }
}
