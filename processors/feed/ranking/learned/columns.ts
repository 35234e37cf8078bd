// What one model knows of the videos and tokens of one catalogue: looked up by id or name once, as a page asks for thousands of them.
import type { Item } from '../item.ts';
import type { Vocabulary } from '../vocabulary.ts';
import type { Model } from './model.ts';

/** Part of all views that are of videos with a category or tag which the model does not know. */
const unknownPart = 1e-3;

export class Columns {
  readonly #items: Model['items'];
  /** 2 + column, 0 where it has not been asked for. */
  #known = new Int32Array(0);
  readonly #tokens: Model['statistics']['tokens'];
  /** By token, 0 where it has not been asked for. */
  #parts = new Float64Array(0);

  constructor({ items, statistics }: Pick<Model, 'items'> & { statistics: Pick<Model['statistics'], 'tokens'> }) {
    this.#items = items;
    this.#tokens = statistics.tokens;
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

  /** Part of all views that are of videos with this category or tag. */
  usualPartOf(token: number, vocabulary: Pick<Vocabulary, 'nameOf'>): number {
    const known = this.#parts[token] ?? 0;
    if (known > 0) return known;
    if (token >= this.#parts.length) {
      const larger = new Float64Array(2 * (token + 1));
      larger.set(this.#parts);
      this.#parts = larger;
    }
    const part = this.#tokens.get(vocabulary.nameOf(token)) ?? unknownPart;
    this.#parts[token] = part;
    return part;
  }
}
