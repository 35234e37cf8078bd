// All listed videos in hash order, so that a hash picks one at random, the same on every machine.
import { byId, type Item } from './item.ts';
import { stableHash } from './stable-hash.ts';

const bucketBits = 12;
const bucketCount = 1 << bucketBits;

export class Lottery {
  readonly #buckets: Item[][] = Array.from({ length: bucketCount }, () => []);
  #size = 0;

  add(item: Item): void {
    const bucket = this.#bucketOf(item);
    const at = bucket.findIndex((other) => byId(item, other) < 0);
    bucket.splice(at < 0 ? bucket.length : at, 0, item);
    this.#size += 1;
  }

  delete(item: Item): void {
    const bucket = this.#bucketOf(item);
    const at = bucket.indexOf(item);
    if (at < 0) return;
    bucket.splice(at, 1);
    this.#size -= 1;
  }

  /** The video that a 32-bit number falls on. */
  pick(number: number): Item | undefined {
    if (this.#size === 0) return undefined;
    for (let at = number >>> (32 - bucketBits); ; at = (at + 1) % bucketCount) {
      const bucket = this.#buckets[at] ?? [];
      if (bucket.length > 0) return bucket[number % bucket.length];
    }
  }

  #bucketOf(item: Item): Item[] {
    return this.#buckets[stableHash(item.id) >>> (32 - bucketBits)] ?? [];
  }
}
