// Powers of two by video: the last one computed of each, as the next ranking, or the same for a what-if, mostly asks for the same.
import type { Item } from './item.ts';

export class Powers {
  /** Exponent and power of each, side by side. */
  #known = new Float64Array(0);

  /** 2 ** exponent. @param size indexes of videos are smaller than this */
  of({ index }: Item, exponent: number, size: number): number {
    if (this.#known[2 * index] === exponent) return this.#known[2 * index + 1] as number;
    if (2 * index >= this.#known.length) {
      // 2 ** 0 is 1.
      this.#known = new Float64Array(4 * size).map((_, at) => at % 2);
    }
    const power = 2 ** exponent;
    this.#known[2 * index] = exponent;
    this.#known[2 * index + 1] = power;
    return power;
  }
}
