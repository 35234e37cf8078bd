// Those of a shell who are not ranked yet: a heap with whoever could stand first, by what is known of the rank, on top; as lists of numbers, for a page has hundreds.
import type { Person } from '../processors/dating/compat/person.ts';

export type Entry = {
  /** The score but for the personality. */
  readonly partial: number;
  readonly rank: number;
  readonly isBoosted: boolean;
  readonly isExact: boolean;
};

const [boosted, exact] = [1, 2];

export class Entries {
  /** By the number of an entry. */
  readonly #people: Person[] = [];
  readonly #partials: number[] = [];
  readonly #ranks: number[] = [];
  readonly #states: number[] = [];
  /** Numbers of entries. */
  readonly #heap: number[] = [];

  push(person: Person, { partial, rank, isBoosted, isExact }: Entry): void {
    this.#heap.push(this.#people.length);
    this.#people.push(person);
    this.#partials.push(partial);
    this.#ranks.push(rank);
    this.#states.push((isBoosted ? boosted : 0) | (isExact ? exact : 0));
  }

  get size(): number {
    return this.#heap.length;
  }

  get userIds(): string[] {
    return this.#heap.map((entry) => (this.#people[entry] as Person).userId);
  }

  /** To be called once, when all are in. */
  settle(): void {
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  /** Takes who stands first. @param rankOf asked of those who might be it and whose rank is not exact */
  shift(
    rankOf: (person: Person, partial: number, isBoosted: boolean) => number,
  ): { person: Person; rank: number } | null {
    const heap = this.#heap;
    for (;;) {
      const top = heap[0];
      if (top === undefined) return null;
      const [person, state] = [this.#people[top] as Person, this.#states[top] as number];
      if (state & exact) {
        const last = heap.pop() as number;
        if (heap.length > 0) {
          heap[0] = last;
          this.#sink(0);
        }
        return { person, rank: this.#ranks[top] as number };
      }
      this.#ranks[top] = rankOf(person, this.#partials[top] as number, (state & boosted) !== 0);
      this.#states[top] = state | exact;
      this.#sink(0);
    }
  }

  /** Ids by code units, as everywhere. */
  #isBefore(one: number, other: number): boolean {
    const [rank, otherRank] = [this.#ranks[one] as number, this.#ranks[other] as number];
    if (rank !== otherRank) return rank > otherRank;
    return (this.#people[one] as Person).userId < (this.#people[other] as Person).userId;
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const entry = heap[start] as number;
    let at = start;
    for (let child = 1 + 2 * at; child < heap.length; child = 1 + 2 * at) {
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1] as number, heap[child] as number)) child++;
      const best = heap[child] as number;
      if (!this.#isBefore(best, entry)) break;
      heap[at] = best;
      at = child;
    }
    heap[at] = entry;
  }
}
