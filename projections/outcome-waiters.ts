// Who waits for the outcome of a request: kept per partition in the order of the log, so that a commit settles from the front and one sweep serves all.

export type RequestPlace = {
  /** The request's memo, see `requestMemo`. */
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
};

export type Patience = {
  readonly since: number;
  /** Aborted once whoever asked has gone. */
  readonly ended?: AbortSignal | undefined;
};

export type Waiter<Outcome> = RequestPlace &
  Patience & {
    readonly resolve: (outcome: Outcome | 'pending') => void;
  };

/** Whether somebody has waited since before a time, or does not wait any more. */
export const isOver = ({ since, ended }: Patience, than: number): boolean => since <= than || ended?.aborted === true;

export class OutcomeWaiters<Outcome> {
  readonly #partitions = new Map<number, Waiter<Outcome>[]>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Acknowledgements of a partition come nearly in its order: the place is found from the end. */
  add(waiter: Waiter<Outcome>): void {
    let queue = this.#partitions.get(waiter.partition);
    if (!queue) {
      queue = [];
      this.#partitions.set(waiter.partition, queue);
    }
    let at = queue.length;
    while (at > 0 && (queue[at - 1] as Waiter<Outcome>).offset > waiter.offset) at -= 1;
    if (at === queue.length) queue.push(waiter);
    else queue.splice(at, 0, waiter);
    this.#count += 1;
  }

  /** Takes out all whose records lie before an offset (the next to fold). */
  takeBefore(partition: number, offset: number): Waiter<Outcome>[] {
    const queue = this.#partitions.get(partition);
    if (!queue) return [];
    let end = 0;
    while (end < queue.length && (queue[end] as Waiter<Outcome>).offset < offset) end += 1;
    return end === 0 ? [] : this.#taken(queue.splice(0, end));
  }

  /** Takes out all that have waited since before a time, or have gone. */
  takeOver(than: number): Waiter<Outcome>[] {
    const over: Waiter<Outcome>[] = [];
    for (const [partition, queue] of this.#partitions) {
      const left = queue.filter((waiter) => !isOver(waiter, than));
      if (left.length === queue.length) continue;
      over.push(...queue.filter((waiter) => isOver(waiter, than)));
      this.#partitions.set(partition, left);
    }
    return this.#taken(over);
  }

  /** The partitions that somebody waits for. */
  waitedFor(): number[] {
    return [...this.#partitions].flatMap(([partition, queue]) => (queue.length > 0 ? [partition] : []));
  }

  #taken(waiters: Waiter<Outcome>[]): Waiter<Outcome>[] {
    this.#count -= waiters.length;
    return waiters;
  }
}
