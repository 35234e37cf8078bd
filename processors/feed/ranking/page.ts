// Chooses the page greedily: always the best score next, where diversity depends on what is already chosen.
import type { Entry, Line } from './entries.ts';
import { byId, type Item } from './item.ts';
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
export function pickPage(entries: Line, before: readonly Item[], request: Request): Pick[] {
  const contenders = new Contenders(entries);
  const page: Item[] = [...before];
  const picks: Pick[] = [];
  while (picks.length < request.limit && contenders.count > 0) {
    const { entry, closest } = contenders.take(bestOf(contenders, page, request));
    picks.push({ entry, closest });
    page.push(entry.item);
  }
  return picks;
}

/** Entries that are not chosen yet, in their order; most are never looked at, and nothing is made for those. */
class Contenders {
  readonly #entries: Line;
  readonly #met: Contender[] = [];
  #taken = 0;

  constructor(entries: Line) {
    this.#entries = entries;
  }

  get count(): number {
    return this.#entries.length - this.#taken;
  }

  /** To be asked for one after the other. */
  at(place: number): Contender {
    const met = this.#met[place];
    if (met) return met;
    const entry = this.#entries.at(place + this.#taken) as Entry;
    const contender = { entry, compared: 0, closest: { item: null, likeness: 0 } };
    this.#met.push(contender);
    return contender;
  }

  take(place: number): Contender {
    this.#taken += 1;
    return this.#met.splice(place, 1)[0] as Contender;
  }
}

/** Contenders stand by base, best first: once the most that diversity can add is too little, the rest cannot win. */
function bestOf(contenders: Contenders, page: readonly Item[], request: Request): number {
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  const diversityWeight = rankerIn(request).weights.diversity;
  for (let at = 0; at < contenders.count; at++) {
    const contender = contenders.at(at);
    if (contender.entry.base + diversityWeight < bestScore) break;
    compare(contender, page, request);
    const { item, base } = contender.entry;
    const score = base + diversityWeight * diversityOf(item, contender.closest.likeness, request);
    const wins = score > bestScore || (score === bestScore && byId(item, contenders.at(best).entry.item) < 0);
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
