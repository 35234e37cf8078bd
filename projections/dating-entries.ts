// Those of a shell who are not ranked yet: a heap with whoever could stand first, by what is known of the rank, on top; as rows of numbers, for a page has hundreds and walks keep them for a while.
import type { Person } from '../processors/dating/compat/person.ts';

export type Entry = {
  /** The score but for the personality. */
  readonly partial: number;
  readonly rank: number;
  readonly isBoosted: boolean;
  readonly isExact: boolean;
};

/** Beside the number of an entry, in the lowest bits. */
const [boosted, exact, bits] = [1, 2, 2];
const roomMin = 1_024;

/** Where the entries of one shell after the other are gathered: only what is settled is kept, and takes no more room than it needs. */
export class Gathering {
  readonly #people: Person[] = [];
  /** By the number of an entry: the partial score, then the rank. */
  #figures = new Float64Array(2 * roomMin);
  #heap = new Uint32Array(roomMin);

  get size(): number {
    return this.#people.length;
  }

  push(person: Person, { partial, rank, isBoosted, isExact }: Entry): void {
    const number = this.#people.push(person) - 1;
    if (number === this.#heap.length) this.#grow();
    this.#figures[2 * number] = partial;
    this.#figures[2 * number + 1] = rank;
    this.#heap[number] = (number << bits) | (isBoosted ? boosted : 0) | (isExact ? exact : 0);
  }

  /** What was gathered, and nothing of it stays here. */
  settle(): Entries {
    const people = this.#people.slice();
    this.clear();
    return new Entries(people, this.#figures.slice(0, 2 * people.length), this.#heap.slice(0, people.length));
  }

  clear(): void {
    this.#people.length = 0;
  }

  #grow(): void {
    const [figures, heap] = [this.#figures, this.#heap];
    this.#figures = new Float64Array(2 * figures.length);
    this.#figures.set(figures);
    this.#heap = new Uint32Array(2 * heap.length);
    this.#heap.set(heap);
  }
}

export class Entries {
  readonly #people: readonly Person[];
  readonly #figures: Float64Array;
  /** Numbers of entries with what is known of each; so many as `size` says are in use. */
  readonly #heap: Uint32Array;
  #size: number;

  constructor(people: readonly Person[], figures: Float64Array, heap: Uint32Array) {
    this.#people = people;
    this.#figures = figures;
    this.#heap = heap;
    this.#size = heap.length;
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  get size(): number {
    return this.#size;
  }

  get userIds(): string[] {
    return Array.from(this.#heap.subarray(0, this.#size), (entry) => (this.#people[entry >> bits] as Person).userId);
  }

  /** Takes who stands first. @param rankOf asked of those who might be it and whose rank is not exact */
  shift(
    rankOf: (person: Person, partial: number, isBoosted: boolean) => number,
  ): { person: Person; rank: number } | null {
    while (this.#size > 0) {
      const top = this.#heap[0] as number;
      const number = top >> bits;
      const person = this.#people[number] as Person;
      if (top & exact) {
        this.#size--;
        this.#heap[0] = this.#heap[this.#size] as number;
        if (this.#size > 0) this.#sink(0);
        return { person, rank: this.#figures[2 * number + 1] as number };
      }
      this.#figures[2 * number + 1] = rankOf(person, this.#figures[2 * number] as number, (top & boosted) !== 0);
      this.#heap[0] = top | exact;
      this.#sink(0);
    }
    return null;
  }

  /** Ids by code units, as everywhere. */
  #isBefore(one: number, other: number): boolean {
    const [first, second] = [one >> bits, other >> bits];
    const rank = this.#figures[2 * first + 1] as number;
    const otherRank = this.#figures[2 * second + 1] as number;
    if (rank !== otherRank) return rank > otherRank;
    return (this.#people[first] as Person).userId < (this.#people[second] as Person).userId;
  }

  #sink(start: number): void {
    const [heap, size] = [this.#heap, this.#size];
    const entry = heap[start] as number;
    let at = start;
    for (let child = 1 + 2 * at; child < size; child = 1 + 2 * at) {
      if (child + 1 < size && this.#isBefore(heap[child + 1] as number, heap[child] as number)) child++;
      const best = heap[child] as number;
      if (!this.#isBefore(best, entry)) break;
      heap[at] = best;
      at = child;
    }
    heap[at] = entry;
  }
}
