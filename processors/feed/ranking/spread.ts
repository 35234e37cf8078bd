// The numbers of one viewer at a time, spread out in an array by key: a ranking reads the same few of them for hundreds of videos.
import type { Numbered } from './numbered.ts';

export class Spread {
  #numbers = new Float64Array(0);
  #spread: Numbered = { keys: new Int32Array(0), values: new Float64Array(0) };

  /**
   * 0 for what has none. Good until others are asked for.
   * @param size keys that may be looked up are smaller than this
   */
  of(numbered: Numbered, size: number): Float64Array {
    if (numbered === this.#spread && size <= this.#numbers.length) return this.#numbers;
    if (size > this.#numbers.length) this.#numbers = new Float64Array(2 * size);
    else for (const key of this.#spread.keys) this.#numbers[key] = 0;
    const { keys, values } = numbered;
    for (let at = 0; at < keys.length; at++) this.#numbers[keys[at] as number] = values[at] as number;
    this.#spread = numbered;
    return this.#numbers;
  }
}
