// The trending feed: videos by decayed rate of the day, then the most engaging, each scored and explained like any other.
import type { Catalogue } from './catalogue.ts';
import { explain } from './explain.ts';
import { firm, refusalOf } from './filters/list.ts';
import { byId, type Item } from './item.ts';
import { pickPage } from './page.ts';
import { earlierItems, madeBy, type RankedPage } from './rank.ts';
import { rankerIn } from './rankers/list.ts';
import type { Query, Request } from './request.ts';
import { requestOf } from './request.ts';

export function rankTrending(query: Query): RankedPage {
  const request = requestOf(query);
  const items = leading(request, request.limit + 1);
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
    };
  });
  return { ...madeBy(request), items: ranked, more: items.length > request.limit };
}

function leading(request: Request, count: number): Item[] {
  const found = new Set<Item>();
  for (const item of inOrder(request.catalogue)) {
    if (found.size >= count) break;
    if (refusalOf(item, request, firm) === null) found.add(item);
  }
  return [...found];
}

function* inOrder(catalogue: Catalogue): Iterable<Item> {
  yield* catalogue.trending.order();
  yield* catalogue.engaging.order();
  yield* [...catalogue.live()].sort((a, b) => b.engagementValue - a.engagementValue || byId(a, b));
}
