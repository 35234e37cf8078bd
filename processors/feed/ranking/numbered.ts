// Numbers by token or by creator, in the order in which these were met: two arrays, where a map would make an object of every number.

export type Numbered = {
  /** Each once. */
  readonly keys: Int32Array;
  readonly values: Float64Array;
};

/** Sums up numbers by key; what a map would be asked for each time stands in an array that is 0 but while one sum is made. */
export class Summing {
  /** 1 + place among the keys. */
  #places = new Int32Array(0);
  #keys = new Int32Array(0);
  #values = new Float64Array(0);
  #count = 0;

  /** @param size keys are smaller than this; `from` is what the sums begin with, and stays as it is */
  begin(size: number, from?: Numbered): void {
    if (size > this.#places.length) {
      this.#places = new Int32Array(2 * size);
      this.#keys = new Int32Array(2 * size);
      this.#values = new Float64Array(2 * size);
    }
    this.#count = from?.keys.length ?? 0;
    if (!from) return;
    this.#keys.set(from.keys);
    this.#values.set(from.values);
    for (let at = 0; at < this.#count; at++) this.#places[this.#keys[at] as number] = at + 1;
  }

  add(key: number, value: number): void {
    const place = this.#places[key] as number;
    if (place > 0) {
      this.#values[place - 1] = (this.#values[place - 1] as number) + value;
      return;
    }
    this.#keys[this.#count] = key;
    this.#values[this.#count] = 0 + value;
    this.#count += 1;
    this.#places[key] = this.#count;
  }

  end(): Numbered {
    for (let at = 0; at < this.#count; at++) this.#places[this.#keys[at] as number] = 0;
    return { keys: this.#keys.slice(0, this.#count), values: this.#values.slice(0, this.#count) };
  }
}

/** The same numbers but for one key. */
export function withNumber({ keys, values }: Numbered, key: number, value: number): Numbered {
  const at = keys.indexOf(key);
  if (at < 0) return { keys: Int32Array.of(...keys, key), values: Float64Array.of(...values, value) };
  return { keys, values: values.with(at, value) };
}
