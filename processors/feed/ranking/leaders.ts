// The videos with the largest keys, exactly, although keys change all the time: it holds all those above a floor.
import { byId, type Item } from './item.ts';

/** Below `leastHeld` the floor is lowered by a scan of all; above `mostHeld` it is raised. */
const leastHeld = 768;
const mostHeld = 2_048;
const heldAfterScan = 1_024;
/** So many that have changed are moved one by one; of more a whole new order is quicker. */
const movedMax = 16;

export class Leaders {
  readonly #keyOf: (item: Item) => number;
  readonly #all = new Set<Item>();
  readonly #held = new Set<Item>();
  /** Held or let go since the order was made. */
  readonly #changed = new Set<Item>();
  #order: Item[] = [];
  #floor = Number.NEGATIVE_INFINITY;

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
    if (changed) this.#changed.add(item);
  }

  delete(item: Item): void {
    if (this.#all.delete(item) && this.#held.delete(item)) this.#changed.add(item);
  }

  /** The largest first, at least `leastHeld` of them if there are as many; good until the next change. */
  order(): readonly Item[] {
    if (this.#held.size < Math.min(leastHeld, this.#all.size)) this.#scan(this.#all);
    else if (this.#held.size > mostHeld) this.#scan(this.#held);
    else if (this.#changed.size > movedMax) this.#order = this.#merged();
    else this.#move();
    this.#changed.clear();
    return this.#order;
  }

  /** Chooses a floor so that about `heldAfterScan` are above it. */
  #scan(from: Iterable<Item>): void {
    const items = [...from];
    const keys = Float64Array.from(items, this.#keyOf).sort();
    this.#floor = keys[keys.length - heldAfterScan] ?? Number.NEGATIVE_INFINITY;
    this.#order = items.filter((item) => this.#keyOf(item) >= this.#floor).sort(this.#largestFirst);
    this.#held.clear();
    for (const item of this.#order) this.#held.add(item);
  }

  /** All that changed are taken out before the first is put in, as places are looked for among those in order. */
  #move(): void {
    for (const item of this.#changed) {
      const at = this.#order.indexOf(item);
      if (at >= 0) this.#order.splice(at, 1);
    }
    for (const item of this.#changed) if (this.#held.has(item)) this.#order.splice(this.#placeFor(item), 0, item);
  }

  #placeFor(item: Item): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#largestFirst(this.#order[middle] as Item, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The order with the changed ones put in their new places. */
  #merged(): Item[] {
    const moved = [...this.#changed].filter((item) => this.#held.has(item)).sort(this.#largestFirst);
    const merged: Item[] = [];
    let next = 0;
    for (const item of this.#order) {
      if (this.#changed.has(item)) continue;
      for (let other = moved[next]; other && this.#largestFirst(other, item) < 0; other = moved[++next]) {
        merged.push(other);
      }
      merged.push(item);
    }
    return merged.concat(moved.slice(next));
  }

  readonly #largestFirst = (a: Item, b: Item): number => this.#keyOf(b) - this.#keyOf(a) || byId(a, b);
}
