// The videos that may come onto a page, best base first: put in order as far as somebody looks, and made when they are looked at.
import { largest, largestFirst } from './in-order.ts';
import type { Item } from './item.ts';

/** A video that may come onto the page. */
export type Entry = {
  readonly item: Item;
  /** Weighted sum of all factors but diversity. */
  readonly base: number;
  /** The sources that proposed it. */
  readonly from: readonly string[];
};

/** What a page is picked from; an array is one, too. */
export type Line = { readonly length: number; at(place: number): Entry | undefined };

type Scored = {
  readonly items: readonly Item[];
  readonly bases: Float64Array;
  /** The sources that proposed the item at a place. */
  readonly from: (at: number) => readonly string[];
};

/** More than a page looks at as a rule; the others are put in order when the first of them is asked for. */
const firstSorted = 128;

export class Entries implements Line {
  readonly #scored: Scored;
  readonly #made: Entry[] = [];
  /** Places among the items, in order. */
  #order: Uint32Array;

  constructor(scored: Scored) {
    this.#scored = scored;
    this.#order = largest({ keys: scored.bases, items: scored.items }, firstSorted);
  }

  get length(): number {
    return this.#scored.items.length;
  }

  at(place: number): Entry | undefined {
    const made = this.#made[place];
    if (made || place < 0 || place >= this.length) return made;
    const { items, bases, from } = this.#scored;
    if (place >= this.#order.length) this.#order = largestFirst({ keys: bases, items });
    for (let next = this.#made.length; next <= place; next++) {
      const at = this.#order[next] as number;
      this.#made.push({ item: items[at] as Item, base: bases[at] as number, from: from(at) });
    }
    return this.#made[place];
  }

  /** -1 where it is not among them. */
  placeOf(item: Item): number {
    for (let place = 0; place < this.length; place++) if (this.at(place)?.item === item) return place;
    return -1;
  }

  first(count: number): readonly Entry[] {
    this.at(Math.min(count, this.length) - 1);
    return this.#made.slice(0, count);
  }
}
