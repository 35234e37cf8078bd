// The numbers of one map at a time, spread out in an array: a ranking reads the same few of one viewer for hundreds of videos.

export class Spread {
  #numbers = new Float64Array(0);
  #spread: ReadonlyMap<number, number> = new Map();

  /**
   * 0 for what the map does not have. Good until another map is asked for.
   * @param map one that does not change any more
   * @param size numbers that may be looked up are smaller than this
   */
  of(map: ReadonlyMap<number, number>, size: number): Float64Array {
    if (size > this.#numbers.length) this.#numbers = new Float64Array(2 * size);
    else if (map === this.#spread) return this.#numbers;
    else for (const at of this.#spread.keys()) this.#numbers[at] = 0;
    for (const [at, number] of map) this.#numbers[at] = number;
    this.#spread = map;
    return this.#numbers;
  }
}
