// Ranks a page: sources → filters → scorers → diversity → page, each item with the explanation of its score.
import { type Counterfactual, Counterfactuals } from './counterfactual.ts';
import { type Explanation, explain } from './explain.ts';
import type { Item, Position } from './item.ts';
import { type Pick, pickPage } from './page.ts';
import { poolOf } from './pool.ts';
import { rankerIn } from './rankers/list.ts';
import { type Query, type Request, requestOf } from './request.ts';
import type { VariantName } from './variant-names.ts';

/** The variant whose ranker made the scores, and the version of the model that it had. */
export type MadeBy = {
  readonly variant: VariantName;
  readonly model: (Position & { readonly version: string }) | null;
};

export type Ranked = Explanation & {
  readonly item: Item;
  /** The sources that proposed it. */
  readonly from: readonly string[];
  readonly counterfactual: Counterfactual | null;
};

export type RankedPage = MadeBy & {
  readonly items: readonly Ranked[];
  /** Whether something is left for a next page. */
  readonly more: boolean;
};

/** So many videos of earlier pages count as being on this one when it comes to diversity. */
const rememberedMax = 20;

/** Same states, same request: same answer. What was seen comes back only where there is nothing else at all. */
export function rank(query: Query): RankedPage {
  const request = requestOf(query);
  const { entries, reserve } = poolOf(request);
  const before = earlierItems(request);
  const first = pickPage(entries, before, request);
  const chosen = [...before, ...first.map(({ entry }) => entry.item)];
  const all = [...first, ...pickPage(reserve, chosen, { ...request, limit: request.limit - first.length })];
  const counterfactuals = new Counterfactuals(entries, request);
  return {
    ...madeBy(request),
    items: all.map((pick) => rankedOf(pick, request, counterfactuals)),
    more: entries.length + reserve.length > all.length,
  };
}

function rankedOf(pick: Pick, request: Request, counterfactuals: Counterfactuals): Ranked {
  const { item, from } = pick.entry;
  return { ...explain(pick, request), item, from, counterfactual: counterfactuals.of(item) };
}

export function madeBy(query: Query): MadeBy {
  const { published } = query;
  const model = published ? { ...published.position, version: published.model.version } : null;
  return { variant: rankerIn(query).name, model };
}

export function earlierItems({ served, catalogue }: Request): Item[] {
  return [...served].slice(-rememberedMax).flatMap((id) => catalogue.get(id) ?? []);
}
