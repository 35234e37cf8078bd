// The trending feed: videos by decayed rate of a window, of all or of one category, then the most engaging, each with the figures behind its place.
import { halfLives, rateAt, type Window } from '../../trending/domain.ts';
import type { Catalogue } from './catalogue.ts';
import { explain } from './explain.ts';
import { firm, refusalOf } from './filters/list.ts';
import { byId, type Item } from './item.ts';
import { pickPage } from './page.ts';
import { earlierItems, type MadeBy, madeBy, type Ranked } from './rank.ts';
import { rankerIn } from './rankers/list.ts';
import { type Query, type Request, requestOf } from './request.ts';
import { relativeTo } from './scorers/trending.ts';
import type { TrendOf } from './trends.ts';

export type { TrendOf };

/** Why a video is where it is. */
export type Trend = {
  readonly window: Window;
  readonly category: string | null;
  /** Among all that rise, whatever is on this page; null for a video that nobody has acted on, or far behind. */
  readonly place: number | null;
  /** Decayed to the time of the request. */
  readonly points: number;
  /** Events that have ever counted. */
  readonly events: number;
  readonly rate_relative_to_leader: number;
  readonly half_life_ms: number;
};

export type TrendingPage = MadeBy & {
  readonly items: readonly (Ranked & { readonly trend: Trend })[];
  readonly more: boolean;
};

export const overallToday: TrendOf = { window: 'day', category: null };

export function rankTrending(query: Query, of: TrendOf = overallToday): TrendingPage {
  if (of.category !== null && query.catalogue.byCategory(of.category).length === 0)
    return { ...madeBy(query), items: [], more: false };
  const request = requestOf(query);
  const leaders = query.catalogue.trends.of(of).order();
  const items = leading(request, of, request.limit + 1);
  const places = new Map(leaders.map((item, index) => [item, index + 1]));
  const page = [...earlierItems(request)];
  const ranked = items.slice(0, request.limit).map((item) => {
    const entry = { item, base: rankerIn(request).base(item, request), from: ['trending'] };
    const [pick] = pickPage([entry], page, { ...request, limit: 1 });
    page.push(item);
    return {
      ...explain(pick ?? { entry, closest: { item: null, likeness: 0 } }, request),
      item,
      from: entry.from,
      counterfactual: null,
      trend: trendOf(item, of, { leader: leaders[0], place: places.get(item) ?? null, now: request.now }),
    };
  });
  return { ...madeBy(request), items: ranked, more: items.length > request.limit };
}

type Stand = { readonly leader: Item | undefined; readonly place: number | null; readonly now: number };

function trendOf(item: Item, { window, category }: TrendOf, { leader, place, now }: Stand): Trend {
  const state = item.trending?.state;
  return {
    window,
    category,
    place,
    points: state ? rateAt(state, window, now) : 0,
    events: state?.events ?? 0,
    rate_relative_to_leader: leader ? relativeTo(leader.trendKeys[window], item.trendKeys[window]) : 0,
    half_life_ms: halfLives[window],
  };
}

function leading(request: Request, of: TrendOf, count: number): Item[] {
  const found = new Set<Item>();
  for (const item of inOrder(request.catalogue, of)) {
    if (found.size >= count) break;
    if (refusalOf(item, request, firm) === null) found.add(item);
  }
  return [...found];
}

function* inOrder(catalogue: Catalogue, of: TrendOf): Iterable<Item> {
  const { category } = of;
  yield* catalogue.trends.of(of).order();
  yield* category === null ? catalogue.engaging.order() : catalogue.byCategory(category);
  const rest = category === null ? [...catalogue.live()] : catalogue.inCategory(category);
  yield* rest.sort((a, b) => b.engagementValue - a.engagementValue || byId(a, b));
}
