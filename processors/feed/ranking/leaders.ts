// The videos with the largest keys, exactly, although keys change all the time: it holds all those above a floor.
import { byId, type Item } from './item.ts';

/** Below `leastHeld` the floor is lowered by a scan of all; above `mostHeld` it is raised. */
const leastHeld = 768;
const mostHeld = 3_072;
const heldAfterScan = 1_536;

export class Leaders {
  readonly #keyOf: (item: Item) => number;
  readonly #all = new Set<Item>();
  readonly #held = new Set<Item>();
  #floor = Number.NEGATIVE_INFINITY;
  #order: Item[] | null = [];

  /** @param keyOf the key of a video; -Infinity keeps it out. */
  constructor(keyOf: (item: Item) => number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Adds a video, or takes note that its key has changed. */
  set(item: Item): void {
    const key = this.#keyOf(item);
    if (key === Number.NEGATIVE_INFINITY) {
      this.delete(item);
      return;
    }
    this.#all.add(item);
    const changed = key >= this.#floor ? this.#held.add(item).has(item) : this.#held.delete(item);
    if (changed) this.#order = null;
  }

  delete(item: Item): void {
    if (!this.#all.delete(item)) return;
    if (this.#held.delete(item)) this.#order = null;
  }

  /** The largest first, at least `leastHeld` of them if there are as many. */
  order(): readonly Item[] {
    if (this.#order && this.#held.size >= Math.min(leastHeld, this.#all.size)) return this.#order;
    if (this.#held.size < Math.min(leastHeld, this.#all.size)) this.#scan(this.#all);
    if (this.#held.size > mostHeld) this.#scan(this.#held);
    this.#order = this.#sorted(this.#held);
    return this.#order;
  }

  /** Chooses a floor so that about `heldAfterScan` are above it. */
  #scan(from: Iterable<Item>): void {
    const order = this.#sorted(from);
    const last = order[heldAfterScan - 1];
    this.#floor = last ? this.#keyOf(last) : Number.NEGATIVE_INFINITY;
    this.#held.clear();
    for (const item of order) {
      if (this.#keyOf(item) < this.#floor) break;
      this.#held.add(item);
    }
  }

  #sorted(items: Iterable<Item>): Item[] {
    return [...items].sort((a, b) => this.#keyOf(b) - this.#keyOf(a) || byId(a, b));
  }
}
