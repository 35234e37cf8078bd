// The tags and categories of all videos as numbers, how rare each is, and from that a video's vector and its length.
import type { Candidate } from '../domain.ts';
import type { Item } from './item.ts';
import { Spread } from './spread.ts';

/** A category says more about a video than one of its tags. */
const categoryWeight = 1.5;
const tagWeight = 1;
/** Says nothing about a video, so it makes no two alike. */
const unknownCategory = 'unknown';

export class Vocabulary {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #weights: number[] = [];
  readonly #videosWith: number[] = [];
  readonly #scales: number[] = [];
  readonly #scaleVersions: number[] = [];
  readonly #lengths: number[] = [];
  readonly #lengthVersions: number[] = [];
  /** Zero but while one video is compared with many. */
  readonly #marks: number[] = [];
  readonly #spread = new Spread();
  #videos = 0;
  /** Grows with every listing, as rarity then changes. */
  #version = 0;

  /** Numbers of a video's category and tags, each once, in the order of the video. */
  tokensOf({ category, tags }: Candidate): readonly number[] {
    const names = new Set<string>();
    if (category && category !== unknownCategory) names.add(`category:${category.trim().toLowerCase()}`);
    for (const tag of tags) names.add(`tag:${tag.trim().toLowerCase()}`);
    return [...names].map((name) => this.#numberOf(name));
  }

  nameOf(token: number): string {
    return this.#names[token] ?? '';
  }

  isCategory(token: number): boolean {
    return this.#weights[token] === categoryWeight;
  }

  /** Counts a video that is listed (1) or no longer listed (-1). */
  count(tokens: readonly number[], change: 1 | -1): void {
    this.#videos += change;
    this.#version += 1;
    for (const token of tokens) this.#videosWith[token] = (this.#videosWith[token] ?? 0) + change;
  }

  /** Component of a token in a video's vector: its weight × ln(1 + videos / videos with it). */
  scaleOf(token: number): number {
    if (this.#scaleVersions[token] !== this.#version) {
      const rarity = Math.log(1 + Math.max(1, this.#videos) / Math.max(1, this.#videosWith[token] ?? 0));
      this.#scales[token] = (this.#weights[token] ?? 0) * rarity;
      this.#scaleVersions[token] = this.#version;
    }
    return this.#scales[token] ?? 0;
  }

  /** Length of a video's vector; 0 without category and tags. */
  lengthOf(item: Item): number {
    if (this.#lengthVersions[item.index] !== this.#version) {
      let squares = 0;
      for (const token of item.tokens) squares += this.scaleOf(token) ** 2;
      this.#lengths[item.index] = Math.sqrt(squares);
      this.#lengthVersions[item.index] = this.#version;
    }
    return this.#lengths[item.index] ?? 0;
  }

  /** To be called when an item's tokens have changed. */
  forget(item: Item): void {
    this.#lengthVersions[item.index] = -1;
  }

  /** The numbers of a map by token, as `Spread` has them. */
  spread(byToken: ReadonlyMap<number, number>): Float64Array {
    return this.#spread.of(byToken, this.#names.length);
  }

  /** Cosine of two videos' vectors, in [0, 1]. */
  similarity(a: Item, b: Item): number {
    let product = 0;
    for (const token of a.tokens) if (b.tokens.includes(token)) product += this.scaleOf(token) ** 2;
    if (product === 0) return 0;
    return Math.min(1, product / (this.lengthOf(a) * this.lengthOf(b)));
  }

  /** The same for one video against many, in their order. */
  similarities(item: Item, others: readonly Item[]): Float64Array {
    const similarities = new Float64Array(others.length);
    const length = this.lengthOf(item);
    if (length === 0) return similarities;
    for (const token of item.tokens) this.#marks[token] = this.scaleOf(token) ** 2;
    for (let at = 0; at < others.length; at++) {
      const other = others[at] as Item;
      let product = 0;
      for (const token of other.tokens) product += this.#marks[token] ?? 0;
      if (product > 0) similarities[at] = Math.min(1, product / (length * this.lengthOf(other)));
    }
    for (const token of item.tokens) this.#marks[token] = 0;
    return similarities;
  }

  #numberOf(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#names.push(name) - 1;
      this.#numbers.set(name, number);
      this.#weights.push(name.startsWith('category:') ? categoryWeight : tagWeight);
      this.#videosWith.push(0);
      this.#scales.push(0);
      this.#marks.push(0);
      this.#scaleVersions.push(-1);
    }
    return number;
  }
}
