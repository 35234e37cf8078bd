// The tags and categories of all videos as numbers, how rare each is, and from that a video's vector and its length.
import type { Candidate } from '../domain.ts';
import { keysOf } from './in-order.ts';
import type { Item } from './item.ts';
import { type Numbered, Summing } from './numbered.ts';
import { Spread } from './spread.ts';

/** A category says more about a video than one of its tags. */
const categoryWeight = 1.5;
const tagWeight = 1;
/** Says nothing about a video, so it makes no two alike. */
const unknownCategory = 'unknown';

/** Numbers of a row, and where they stand in it. */
const width = 8;
const [versionAt, lengthAt, countAt, tokensAt] = [0, 1, 2, 3];
const tokensMax = width - tokensAt;

/** Tokens and lengths of many videos, one after the other. */
export type TokenLists = {
  /** Of each video where its tokens begin, and where those of the last end. */
  readonly starts: Int32Array;
  readonly tokens: Int32Array;
  readonly lengths: Float64Array;
};

export class Vocabulary {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #weights: number[] = [];
  readonly #videosWith: number[] = [];
  readonly #scales: number[] = [];
  readonly #scaleVersions: number[] = [];
  /** Of each video in one cache line what it is compared by: version, length of its vector, how many tokens, and the first of them. */
  #rows = new Float64Array(0);
  /** Zero but while one video is compared with many. */
  readonly #marks: number[] = [];
  readonly #spread = new Spread();
  readonly #places = new Spread();
  readonly #summing = new Summing();
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
    return this.#rows[this.#rowOf(item) + lengthAt] as number;
  }

  /** Product of numbers by token and the video's unit vector. */
  productOf(numbers: Numbered, item: Item): number {
    const spread = this.spread(numbers);
    const row = this.#rowOf(item);
    const rows = this.#rows;
    const count = rows[row + countAt] as number;
    let product = 0;
    if (count > tokensMax) for (const token of item.tokens) product += spread[token] as number;
    else for (let at = 0; at < count; at++) product += spread[rows[row + tokensAt + at] as number] as number;
    return product === 0 ? 0 : product / (rows[row + lengthAt] as number);
  }

  /** To be called when an item's tokens have changed, and of a new one. */
  forget({ index }: Item): void {
    const row = index * width;
    if (row >= this.#rows.length) {
      const larger = new Float64Array(2 * (row + width));
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[row + versionAt] = -1;
  }

  /** Where the numbers of a video begin, made anew if they are of another version. */
  #rowOf(item: Item): number {
    const row = item.index * width;
    if (this.#rows[row + versionAt] === this.#version) return row;
    let squares = 0;
    for (const token of item.tokens) squares += this.scaleOf(token) ** 2;
    this.#rows[row + versionAt] = this.#version;
    this.#rows[row + lengthAt] = Math.sqrt(squares);
    this.#rows[row + countAt] = item.tokens.length;
    for (let at = 0; at < Math.min(tokensMax, item.tokens.length); at++)
      this.#rows[row + tokensAt + at] = item.tokens[at] as number;
    return row;
  }

  /** Numbers by token, as `Spread` has them. */
  spread(byToken: Numbered): Float64Array {
    return this.#spread.of(byToken, this.#names.length);
  }

  /** The same of places, which are asked for in turn with other numbers. */
  spreadPlaces(byToken: Numbered): Float64Array {
    return this.#places.of(byToken, this.#names.length);
  }

  /** Where numbers are summed up by token. @param from what the sums begin with */
  summing(from?: Numbered): Summing {
    this.#summing.begin(this.#names.length, from);
    return this.#summing;
  }

  /** Cosine of two videos' vectors, in [0, 1]. */
  similarity(a: Item, b: Item): number {
    let product = 0;
    for (const token of a.tokens) if (b.tokens.includes(token)) product += this.scaleOf(token) ** 2;
    if (product === 0) return 0;
    return Math.min(1, product / (this.lengthOf(a) * this.lengthOf(b)));
  }

  tokenLists(items: readonly Item[]): TokenLists {
    const starts = new Int32Array(items.length + 1);
    const tokens: number[] = [];
    items.forEach((item, at) => {
      tokens.push(...item.tokens);
      starts[at + 1] = tokens.length;
    });
    return { starts, tokens: Int32Array.from(tokens), lengths: keysOf(items, (item) => this.lengthOf(item)) };
  }

  /** The same for one video against many, in their order. */
  similarities(item: Item, { starts, tokens, lengths }: TokenLists): Float64Array {
    const similarities = new Float64Array(lengths.length);
    const length = this.lengthOf(item);
    if (length === 0) return similarities;
    for (const token of item.tokens) this.#marks[token] = this.scaleOf(token) ** 2;
    for (let at = 0; at < similarities.length; at++) {
      let product = 0;
      for (let next = starts[at] as number; next < (starts[at + 1] as number); next++)
        product += this.#marks[tokens[next] as number] as number;
      if (product > 0) similarities[at] = Math.min(1, product / (length * (lengths[at] as number)));
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
