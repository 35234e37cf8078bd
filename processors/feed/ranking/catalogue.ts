// All videos with their latest states, listed for every source as the states arrive; what a ranking reads.
import type { Engagement } from '../../engagement/domain.ts';
import type { Trending } from '../../trending/domain.ts';
import { type Candidate, initialState } from '../domain.ts';
import { engagementOf, exposuresOf } from './engagement-rate.ts';
import { Figures } from './figures.ts';
import { halfLifeOf } from './half-lives.ts';
import { byId, type Item } from './item.ts';
import { Leaders } from './leaders.ts';
import { Columns } from './learned/columns.ts';
import type { Model } from './learned/model.ts';
import { Lottery } from './lottery.ts';
import { Marks } from './marks.ts';
import type { Numbered } from './numbered.ts';
import { Powers } from './powers.ts';
import { Spread } from './spread.ts';
import { noTrend, Trends, trendKeysOf } from './trends.ts';
import { Vocabulary } from './vocabulary.ts';

/** A video shown less often than this has yet to find its viewers. */
export const fewExposures = 50;

export class Catalogue {
  readonly vocabulary = new Vocabulary();
  readonly trends = new Trends(() => this.#live);
  readonly fresh = new Leaders((item) => item.publishedAt);
  readonly engaging = new Leaders((item) => item.engagementValue);
  readonly lottery = new Lottery();
  readonly figures = new Figures();
  /** What the ranking under way has met: whom it asked the filters about and who was proposed, and what it found under tags. */
  readonly proposed = new Marks();
  readonly found = new Marks();
  /** What freshness and trending were computed from last. */
  readonly fading = new Powers();
  readonly rising = new Powers();
  readonly #creators = new Map<string, number>();
  readonly #spread = new Spread();
  readonly #items = new Map<string, Item>();
  readonly #byCategory = new Map<string, Leaders>();
  readonly #byCreator = new Map<string, Item[]>();
  readonly #byTag = new Map<number, Item[]>();
  readonly #columns = new WeakMap<Model, Columns>();
  readonly #live = new Set<Item>();

  /** What rises fastest today. */
  get trending(): Leaders {
    return this.trends.day;
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** Videos ever met; their indexes are smaller than this. */
  get size(): number {
    return this.#items.size;
  }

  /** The number of a creator that has, or had, videos. */
  creatorNumber(creatorId: string): number | undefined {
    return this.#creators.get(creatorId);
  }

  /** Numbers by creator's number, as `Spread` has them. */
  spread(byCreator: Numbered): Float64Array {
    return this.#spread.of(byCreator, this.#creators.size);
  }

  /** The places of videos among the columns of a model. */
  columnsIn(model: Model): Columns {
    const columns = this.#columns.get(model) ?? new Columns(model);
    this.#columns.set(model, columns);
    return columns;
  }

  live(): Iterable<Item> {
    return this.#live;
  }

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  /** Listed videos of a creator, newest first. */
  byCreator(creatorId: string): readonly Item[] {
    return this.#byCreator.get(creatorId) ?? [];
  }

  byTag(token: number): readonly Item[] {
    return this.#byTag.get(token) ?? [];
  }

  /** Listed videos of a category, the most engaging first. */
  byCategory(category: string): readonly Item[] {
    return this.#byCategory.get(category)?.order() ?? [];
  }

  /** All listed videos of a category, in no order. */
  inCategory(category: string): Item[] {
    return this.#byCategory.has(category) ? [...this.#live].filter((item) => item.category === category) : [];
  }

  setCandidate(id: string, state: Candidate, partition: number): void {
    const item = this.#itemOf(id);
    if (item.live) this.#unlist(item);
    item.candidate = { state, partition };
    item.creatorId = state.creatorId;
    item.creator = entryOf(this.#creators, state.creatorId, () => this.#creators.size);
    item.category = state.category.trim().toLowerCase();
    item.publishedAt = state.publishedAt;
    item.durationMs = state.durationMs;
    item.halfLifeMs = halfLifeOf(item.category);
    item.tokens = this.vocabulary.tokensOf(state);
    this.vocabulary.forget(item);
    this.figures.set(item);
    if (state.status === 'published') this.#list(item);
  }

  setEngagement(id: string, state: Engagement, partition: number): void {
    const item = this.#itemOf(id);
    item.engagement = { state, partition };
    item.engagementValue = engagementOf(state);
    this.figures.set(item);
    if (item.live) this.#listEngagement(item);
  }

  setTrending(id: string, state: Trending, partition: number): void {
    const item = this.#itemOf(id);
    item.trending = { state, partition };
    item.trendKeys = trendKeysOf(state);
    this.figures.set(item);
    if (item.live) this.trends.set(item);
  }

  #itemOf(id: string): Item {
    const known = this.#items.get(id);
    if (known) return known;
    const item: Item = {
      index: this.#items.size,
      creator: entryOf(this.#creators, '', () => this.#creators.size),
      id,
      candidate: { state: initialState(), partition: -1 },
      engagement: null,
      trending: null,
      creatorId: '',
      category: '',
      publishedAt: 0,
      durationMs: initialState().durationMs,
      halfLifeMs: halfLifeOf(''),
      tokens: [],
      live: false,
      engagementValue: engagementOf(null),
      trendKeys: noTrend,
    };
    this.#items.set(id, item);
    this.vocabulary.forget(item);
    this.figures.set(item);
    return item;
  }

  #list(item: Item): void {
    item.live = true;
    this.#live.add(item);
    this.vocabulary.count(item.tokens, 1);
    for (const token of item.tokens) {
      if (!this.vocabulary.isCategory(token)) entryOf(this.#byTag, token, () => []).push(item);
    }
    insertNewestFirst(
      entryOf(this.#byCreator, item.creatorId, () => []),
      item,
    );
    this.lottery.add(item);
    this.trends.set(item);
    this.#listEngagement(item);
  }

  #listEngagement(item: Item): void {
    this.engaging.set(item);
    this.#leadersOf(item).set(item);
    if (exposuresOf(item.engagement?.state ?? null) < fewExposures) this.fresh.set(item);
    else this.fresh.delete(item);
  }

  #unlist(item: Item): void {
    item.live = false;
    this.#live.delete(item);
    this.vocabulary.count(item.tokens, -1);
    for (const token of item.tokens) removeFrom(this.#byTag.get(token), item);
    removeFrom(this.#byCreator.get(item.creatorId), item);
    this.lottery.delete(item);
    this.trends.delete(item);
    this.engaging.delete(item);
    this.fresh.delete(item);
    this.#leadersOf(item).delete(item);
  }

  #leadersOf(item: Item): Leaders {
    return entryOf(this.#byCategory, item.category, () => new Leaders((other) => other.engagementValue));
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}

function insertNewestFirst(items: Item[], item: Item): void {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = items[middle] as Item;
    const order = other.publishedAt - item.publishedAt || byId(item, other);
    if (order > 0) low = middle + 1;
    else high = middle;
  }
  items.splice(low, 0, item);
}

function removeFrom(items: Item[] | undefined, item: Item): void {
  const at = items?.indexOf(item) ?? -1;
  if (at >= 0) items?.splice(at, 1);
}
