// The columns of one model by the videos of one catalogue: looked up by id once, as a page asks for a thousand of them.
import type { Item } from '../item.ts';
import type { Model } from './model.ts';

export class Columns {
  readonly #items: Model['items'];
  /** 2 + column, 0 where it has not been asked for. */
  #known = new Int32Array(0);

  constructor({ items }: Pick<Model, 'items'>) {
    this.#items = items;
  }

  /** -1 for a video that the model does not relate to others. */
  of({ id, index }: Item): number {
    const known = this.#known[index] ?? 0;
    if (known > 0) return known - 2;
    if (index >= this.#known.length) {
      const larger = new Int32Array(2 * (index + 1));
      larger.set(this.#known);
      this.#known = larger;
    }
    const column = this.#items.get(id)?.column ?? -1;
    this.#known[index] = column + 2;
    return column;
  }
}
