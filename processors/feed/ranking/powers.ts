// Powers of two by video: the last one computed of each, as the next ranking, or the same for a what-if, mostly asks for the same.
import type { Item } from './item.ts';

export class Powers {
  #exponents = new Float64Array(0);
  #powers = new Float64Array(0);

  /** 2 ** exponent. @param size indexes of videos are smaller than this */
  of({ index }: Item, exponent: number, size: number): number {
    if (this.#exponents[index] === exponent) return this.#powers[index] as number;
    if (index >= this.#exponents.length) {
      // Zeros and ones, as 2 ** 0 is 1.
      this.#exponents = new Float64Array(2 * size);
      this.#powers = new Float64Array(2 * size).fill(1);
    }
    const power = 2 ** exponent;
    this.#exponents[index] = exponent;
    this.#powers[index] = power;
    return power;
  }
}
