// What one person likes and avoids, as a small table of names' numbers, so that comparing with many others costs one look for each of their names.
import type { InterestFigures } from '../processors/dating/compat/components.ts';
import type { Person } from '../processors/dating/compat/person.ts';
import { type Crowd, inHead, pair } from './dating-crowd.ts';

const [liked, avoided, bits] = [1, 2, 2];
const slotsMin = 64;

export class Marks implements InterestFigures {
  /** A number and its marks in one, in the first free place from the number's own on; 0 is free. At most a quarter is taken. */
  readonly #slots: Int32Array;
  readonly #likes: number;
  /** What was counted last: fields and not an object each, for a page counts hundreds. */
  shared = 0;
  conflicts = 0;
  all = 0;

  constructor({ interests, aversions }: Person) {
    const needed = 4 * (interests.length + aversions.length);
    this.#slots = new Int32Array(Math.max(slotsMin, 2 ** Math.ceil(Math.log2(needed + 1))));
    this.#likes = interests.length;
    for (const name of interests) this.#mark(name, liked);
    for (const name of aversions) this.#mark(name, avoided);
  }

  /** The same as `interestFigures` of the two, good until the next are counted. @param index of the other in the crowd */
  figures({ heads, names }: Crowd, index: number): InterestFigures {
    const counts = heads[index * inHead.size + inHead.names] as number;
    const start = heads[index * inHead.size + inHead.namesAt] as number;
    const middle = start + pair.first(counts);
    const end = middle + pair.second(counts);
    let [shared, conflicts] = [0, 0];
    for (let i = start; i < middle; i++) {
      const marks = this.#of(names[i] as number);
      shared += marks & liked;
      conflicts += marks >> 1;
    }
    for (let i = middle; i < end; i++) conflicts += this.#isNewConflict(names, { start, middle, i }) ? 1 : 0;
    this.shared = shared;
    this.conflicts = conflicts;
    this.all = this.#likes + pair.first(counts) - shared;
    return this;
  }

  /** What both like and both avoid was counted as liked. */
  #isNewConflict(names: Int32Array, { start, middle, i }: { start: number; middle: number; i: number }): boolean {
    const marks = this.#of(names[i] as number);
    if ((marks & liked) === 0) return false;
    return (marks & avoided) === 0 || !names.subarray(start, middle).includes(names[i] as number);
  }

  #of(name: number): number {
    const [slots, last] = [this.#slots, this.#slots.length - 1];
    for (let at = name & last; ; at = (at + 1) & last) {
      const slot = slots[at] as number;
      if (slot === 0) return 0;
      if (slot >> bits === name) return slot & (liked | avoided);
    }
  }

  #mark(name: number, mark: number): void {
    const [slots, last] = [this.#slots, this.#slots.length - 1];
    let at = name & last;
    while (slots[at] !== 0 && (slots[at] as number) >> bits !== name) at = (at + 1) & last;
    slots[at] = (name << bits) | (slots[at] as number & 3) | mark;
  }
}
