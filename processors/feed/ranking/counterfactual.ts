// What if: where a video would rank had there been nothing between the viewer and the one video that speaks most for it.
import type { Item, Position } from './item.ts';
import type { Entry } from './pool.ts';
import type { Request } from './request.ts';
import { cosine, positionOf, productOf, strongestFor } from './scorers/content-similarity.ts';
import { affinityFrom, affinityOf } from './scorers/creator-affinity.ts';
import type { Weighed } from './viewer.ts';
import { weights } from './weights.ts';

export type Counterfactual = {
  readonly without: Position & { readonly video_id: string; readonly action: string };
  /** Places among the best 300 videos considered for this page, by the five factors that do not depend on the page. */
  readonly rank: number;
  readonly rank_without: number;
  readonly sentence: string;
};

/** So many distinct interactions are taken away at most for one page; the other videos have no answer. */
const tried = 5;
/** Places are counted among so many videos, the best of those considered. */
const comparedMax = 300;

/** Answers for the videos of one page; remembers the scores under each interaction taken away. */
export class Counterfactuals {
  readonly #items: readonly Item[];
  readonly #request: Request;
  readonly #bases: Float64Array;
  readonly #products: Float64Array;
  readonly #affinities: Float64Array;
  readonly #without = new Map<Weighed, Float64Array>();

  constructor(considered: readonly Entry[], request: Request) {
    const entries = considered.slice(0, comparedMax);
    this.#items = entries.map(({ item }) => item);
    this.#request = request;
    this.#bases = new Float64Array(entries.length);
    this.#products = new Float64Array(entries.length);
    this.#affinities = new Float64Array(entries.length);
    for (const [at, { item, base }] of entries.entries()) {
      this.#bases[at] = base;
      this.#products[at] = productOf(item, request);
      this.#affinities[at] = affinityOf(item, request);
    }
  }

  of(item: Item): Counterfactual | null {
    const at = this.#items.indexOf(item);
    const opinion = this.#strongest(item);
    const scores = opinion && this.#scoresWithout(opinion);
    if (!opinion || !scores || at < 0) return null;
    const [rank, rankWithout] = [placeOf(at, this.#bases), placeOf(at, scores)];
    const { action } = opinion.opinion.evidence;
    const title = opinion.item.candidate.state.title || opinion.videoId;
    return {
      without: { video_id: opinion.videoId, action, ...positionOf(opinion) },
      rank,
      rank_without: rankWithout,
      sentence: `Without your ${action} of "${title}" it would ${rank === rankWithout ? 'still ' : ''}rank ${ordinal(rankWithout)}`,
    };
  }

  #strongest(item: Item): Weighed | null {
    const alike = strongestFor(item, this.#request)[0]?.opinion;
    if (alike) return alike;
    const ofCreator = this.#request.viewer.opinions.filter(
      (opinion) => opinion.weight > 0 && opinion.item.creatorId === item.creatorId,
    );
    return ofCreator.reduce<Weighed | null>(
      (best, other) => (best && best.weight >= other.weight ? best : other),
      null,
    );
  }

  #scoresWithout(opinion: Weighed): Float64Array | null {
    const known = this.#without.get(opinion);
    if (known) return known;
    if (this.#without.size >= tried) return null;
    const scores = new Float64Array(this.#items.length);
    const similarities = this.#request.catalogue.vocabulary.similarities(opinion.item, this.#items);
    const interestLength = lengthWithout(opinion, this.#request);
    const affinity = affinityWithout(opinion, this.#request);
    for (const [at, item] of this.#items.entries()) {
      const change = {
        product: opinion.weight * (similarities[at] ?? 0),
        interestLength,
        affinity: item.creatorId === opinion.item.creatorId ? affinity : (this.#affinities[at] ?? 0),
      };
      scores[at] = (this.#bases[at] ?? 0) + this.#difference(at, change);
    }
    this.#without.set(opinion, scores);
    return scores;
  }

  #difference(at: number, to: { product: number; interestLength: number; affinity: number }): number {
    const product = this.#products[at] ?? 0;
    const similarity = cosine(product, this.#request.viewer.interestLength);
    const similarityWithout = cosine(product - to.product, to.interestLength);
    return (
      weights.content_similarity * (similarityWithout - similarity) +
      weights.creator_affinity * (to.affinity - (this.#affinities[at] ?? 0))
    );
  }
}

function affinityWithout({ item, weight }: Weighed, { viewer }: Request): number {
  const points = (viewer.ties.get(item.creatorId)?.points ?? 0) - weight;
  return affinityFrom(viewer.follows.has(item.creatorId), points);
}

/** Length of the interest vector without one video's part: |p − w·v|² = |p|² − 2w p·v + w², as v is a unit vector. */
function lengthWithout(opinion: Weighed, request: Request): number {
  if (opinion.item.tokens.length === 0) return request.viewer.interestLength;
  const product = productOf(opinion.item, request);
  const squares = request.viewer.interestLength ** 2 - 2 * opinion.weight * product + opinion.weight ** 2;
  return squares < 1e-12 ? 0 : Math.sqrt(squares);
}

/** Place of one score among all, 1 for the largest. */
function placeOf(at: number, scores: Float64Array): number {
  const score = scores[at] ?? 0;
  let place = 1;
  for (let other = 0; other < scores.length; other++) {
    const theirs = scores[other] ?? 0;
    if (theirs > score || (theirs === score && other < at)) place += 1;
  }
  return place;
}

export function ordinal(place: number): string {
  const teen = place % 100 >= 11 && place % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${place}${ending}`;
}
