// Which videos rise fastest, by window, overall and per category: orders that are made when they are first asked for.
import { boardScore, type Trending, type Window, windows } from '../../trending/domain.ts';
import type { Item, TrendKeys } from './item.ts';
import { Leaders } from './leaders.ts';

/** A window's order of all videos, or of one category. */
export type TrendOf = { readonly window: Window; readonly category: string | null };

export const noTrend: TrendKeys = {
  hour: Number.NEGATIVE_INFINITY,
  day: Number.NEGATIVE_INFINITY,
  week: Number.NEGATIVE_INFINITY,
};

/** Orders kept at once; the one asked for longest ago goes. */
const keptMax = 300;

export const trendKeysOf = (state: Trending): TrendKeys => ({
  hour: boardScore(state, 'hour') ?? Number.NEGATIVE_INFINITY,
  day: boardScore(state, 'day') ?? Number.NEGATIVE_INFINITY,
  week: boardScore(state, 'week') ?? Number.NEGATIVE_INFINITY,
});

export class Trends {
  /** Of all videos and the day: every ranking reads it. */
  readonly day = leadersIn('day');
  readonly #live: () => Iterable<Item>;
  readonly #kept = new Map<string, Leaders>();

  /** @param live the videos that are listed now */
  constructor(live: () => Iterable<Item>) {
    this.#live = live;
  }

  /** @param category as videos have it: trimmed, in lower case */
  of({ window, category }: TrendOf): Leaders {
    if (window === 'day' && category === null) return this.day;
    const name = nameOf(window, category);
    const leaders = this.#kept.get(name) ?? this.#made(window, category);
    this.#kept.delete(name);
    this.#kept.set(name, leaders);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= keptMax) break;
      this.#kept.delete(oldest);
    }
    return leaders;
  }

  /** Adds a listed video, or takes note that its rates have changed. */
  set(item: Item): void {
    for (const leaders of this.#about(item)) leaders.set(item);
  }

  delete(item: Item): void {
    for (const leaders of this.#about(item)) leaders.delete(item);
  }

  #made(window: Window, category: string | null): Leaders {
    const leaders = leadersIn(window);
    for (const item of this.#live()) if (category === null || item.category === category) leaders.set(item);
    return leaders;
  }

  *#about(item: Item): Iterable<Leaders> {
    yield this.day;
    if (this.#kept.size === 0) return;
    for (const window of windows) {
      for (const category of [null, item.category]) {
        const leaders = this.#kept.get(nameOf(window, category));
        if (leaders) yield leaders;
      }
    }
  }
}

const leadersIn = (window: Window): Leaders => new Leaders((item) => item.trendKeys[window]);
const nameOf = (window: Window, category: string | null): string =>
  category === null ? window : `${window}:${category}`;
