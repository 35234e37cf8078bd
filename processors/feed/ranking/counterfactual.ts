// What if: where a video would rank had there been nothing between the viewer and the one video that speaks most for it.
import { creatorOf, type Item, type Position } from './item.ts';
import { baseOf, bestFirst, type Entry } from './pool.ts';
import type { Request } from './request.ts';
import { positionOf, strongestFor } from './scorers/content-similarity.ts';
import { viewerWithout, type Weighed } from './viewer.ts';

export type Counterfactual = {
  readonly without: Position & { readonly video_id: string; readonly action: string };
  /** Places among the videos considered for this page, by the five factors that do not depend on the page. */
  readonly rank: number;
  readonly rank_without: number;
  readonly sentence: string;
};

/** So many distinct interactions are taken away at most for one page; the other videos have no answer. */
const tried = 8;

/** Answers for the videos of one page; remembers the places under each interaction taken away. */
export class Counterfactuals {
  readonly #entries: readonly Entry[];
  readonly #request: Request;
  readonly #ranks: ReadonlyMap<Item, number>;
  readonly #without = new Map<Weighed, ReadonlyMap<Item, number>>();

  constructor(entries: readonly Entry[], request: Request) {
    this.#entries = entries;
    this.#request = request;
    this.#ranks = ranksOf(entries);
  }

  of(item: Item): Counterfactual | null {
    const opinion = this.#strongest(item);
    const ranks = opinion && this.#ranksWithout(opinion);
    const rank = this.#ranks.get(item);
    const rankWithout = ranks?.get(item);
    if (!opinion || rank === undefined || rankWithout === undefined) return null;
    const { action } = opinion.evidence;
    const title = opinion.item.candidate.state.title || opinion.videoId;
    return {
      without: { video_id: opinion.videoId, action, ...positionOf(opinion) },
      rank,
      rank_without: rankWithout,
      sentence: `Without your ${action} of "${title}" it would rank ${ordinal(rankWithout)} instead of ${ordinal(rank)}`,
    };
  }

  #strongest(item: Item): Weighed | null {
    const alike = strongestFor(item, this.#request)[0]?.opinion;
    if (alike) return alike;
    const ofCreator = this.#request.viewer.opinions.filter(
      (opinion) => opinion.weight > 0 && creatorOf(opinion.item) === creatorOf(item),
    );
    return ofCreator.reduce<Weighed | null>(
      (best, other) => (best && best.weight >= other.weight ? best : other),
      null,
    );
  }

  #ranksWithout(opinion: Weighed): ReadonlyMap<Item, number> | null {
    const known = this.#without.get(opinion);
    if (known) return known;
    if (this.#without.size >= tried) return null;
    const viewer = viewerWithout(this.#request.viewer, opinion, this.#request.catalogue);
    const request = { ...this.#request, viewer };
    const entries = this.#entries.map((entry) => ({ ...entry, base: baseOf(entry.item, request) }));
    const ranks = ranksOf(entries.sort(bestFirst));
    this.#without.set(opinion, ranks);
    return ranks;
  }
}

function ranksOf(entries: readonly Entry[]): ReadonlyMap<Item, number> {
  return new Map(entries.map(({ item }, at) => [item, at + 1]));
}

export function ordinal(place: number): string {
  const teen = place % 100 >= 11 && place % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${place}${ending}`;
}
