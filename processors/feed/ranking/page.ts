// Chooses the page greedily: always the best score next, where diversity depends on what is already chosen.
import { byId, type Item } from './item.ts';
import type { Entry } from './pool.ts';
import { rankerIn } from './rankers/list.ts';
import type { Request } from './request.ts';
import { diversityOf, likeness } from './scorers/diversity.ts';

export type Pick = {
  readonly entry: Entry;
  readonly closest: { readonly item: Item | null; readonly likeness: number };
};

/** An entry while the page grows: its likeness to the videos chosen so far, as many as were compared. */
type Contender = { readonly entry: Entry; compared: number; closest: { item: Item | null; likeness: number } };

/**
 * Scores never rise from one place to the next, as a growing page can only lessen diversity.
 * @param before videos of earlier pages that the new page should differ from
 */
export function pickPage(entries: readonly Entry[], before: readonly Item[], request: Request): Pick[] {
  const contenders: Contender[] = entries.map((entry) => ({
    entry,
    compared: 0,
    closest: { item: null, likeness: 0 },
  }));
  const page: Item[] = [...before];
  const picks: Pick[] = [];
  while (picks.length < request.limit && contenders.length > 0) {
    const at = bestOf(contenders, page, request);
    const [{ entry, closest }] = contenders.splice(at, 1) as [Contender];
    picks.push({ entry, closest });
    page.push(entry.item);
  }
  return picks;
}

/** Contenders stand by base, best first: once the most that diversity can add is too little, the rest cannot win. */
function bestOf(contenders: readonly Contender[], page: readonly Item[], request: Request): number {
  let best = -1;
  let bestScore = Number.NEGATIVE_INFINITY;
  const diversityWeight = rankerIn(request).weights.diversity;
  for (let at = 0; at < contenders.length; at++) {
    const contender = contenders[at] as Contender;
    if (contender.entry.base + diversityWeight < bestScore) break;
    compare(contender, page, request);
    const { item, base } = contender.entry;
    const score = base + diversityWeight * diversityOf(item, contender.closest.likeness, request);
    const wins =
      score > bestScore || (score === bestScore && byId(item, (contenders[best] as Contender).entry.item) < 0);
    if (wins) [best, bestScore] = [at, score];
  }
  return best;
}

function compare(contender: Contender, page: readonly Item[], request: Request): void {
  for (; contender.compared < page.length; contender.compared++) {
    const item = page[contender.compared] as Item;
    const alike = likeness(contender.entry.item, item, request);
    if (alike > contender.closest.likeness) contender.closest = { item, likeness: alike };
  }
}
