// What if: where a video would rank without the one interaction of the viewer that speaks most for it.
import { affinitiesWith } from './affinities.ts';
import type { Entries } from './entries.ts';
import { keysOf } from './in-order.ts';
import type { Item, Position } from './item.ts';
import { profileWithout } from './learned/profile.ts';
import { rankerIn } from './rankers/list.ts';
import { type Request, requestOf } from './request.ts';
import { positionOf } from './scorers/content-similarity.ts';
import { strongestFor } from './scorers/strongest.ts';
import type { Weighed } from './viewer.ts';
import { viewerWithout } from './viewer-without.ts';

export type Counterfactual = {
  readonly without: Position & { readonly video_id: string; readonly action: string };
  /** Places among the best 60 videos considered for this page, by the five factors that do not depend on the page. */
  readonly rank: number;
  readonly rank_without: number;
  /** Without it the video falls behind some that were not among those 60: its place is this one or a later one. */
  readonly or_later: boolean;
  readonly sentence: string;
};

/** So many distinct interactions are taken away at most for one page; the other videos have no answer. */
const tried = 3;
/** Places are counted among so many videos, the best of those considered. */
const comparedMax = 60;

/** Answers for the videos of one page; remembers the scores under each interaction taken away. */
export class Counterfactuals {
  readonly #items: readonly Item[];
  readonly #request: Request;
  readonly #bases: Float64Array;
  /** The best of those that are not compared. */
  readonly #beyond: number;
  readonly #without = new Map<Weighed, Float64Array>();

  constructor(considered: Entries, request: Request) {
    const entries = considered.first(comparedMax);
    this.#items = entries.map(({ item }) => item);
    this.#request = request;
    this.#bases = Float64Array.from(entries, ({ base }) => base);
    this.#beyond = considered.at(comparedMax)?.base ?? Number.NEGATIVE_INFINITY;
  }

  of(item: Item): Counterfactual | null {
    const at = this.#items.indexOf(item);
    const opinion = at < 0 ? null : this.#strongest(item);
    const scores = opinion && this.#scoresWithout(opinion);
    if (!opinion || !scores) return null;
    const [rank, rankWithout] = [placeOf(at, this.#bases), placeOf(at, scores)];
    const orLater = (scores[at] ?? 0) < this.#beyond;
    const { action } = opinion.opinion.evidence;
    return {
      without: { video_id: opinion.videoId, action, ...positionOf(opinion) },
      rank,
      rank_without: rankWithout,
      or_later: orLater,
      sentence: `Without ${inWords(opinion)} it would ${rank === rankWithout ? 'still ' : ''}rank ${ordinal(rankWithout)}${orLater ? ' or later' : ''}`,
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

  /** The same ranker, asked by the same viewer without that interaction. */
  #scoresWithout(opinion: Weighed): Float64Array | null {
    const known = this.#without.get(opinion);
    if (known) return known;
    if (this.#without.size >= tried) return null;
    const ranker = rankerIn(this.#request);
    const request = requestWithout(this.#request, opinion);
    const scores = keysOf(this.#items, (item) => ranker.base(item, request));
    this.#without.set(opinion, scores);
    return scores;
  }
}

function requestWithout(request: Request, opinion: Weighed): Request {
  const { catalogue, profile, published } = request;
  const viewer = viewerWithout(request.viewer, opinion, catalogue);
  const affinities = affinitiesWith(request.affinities, viewer, opinion.item);
  if (!profile || !published) return requestOf({ ...request, viewer }, { affinities });
  const { model } = published;
  return requestOf(
    { ...request, viewer },
    { affinities, profile: profileWithout(profile, opinion, { viewer, catalogue, model }) },
  );
}

function inWords({ opinion: { evidence }, item, videoId }: Weighed): string {
  const { action } = evidence;
  const title = `"${item.candidate.state.title || videoId}"`;
  if (action === 'not_interested') return `your “not interested” in ${title}`;
  if (action === 'comment') return `your comment on ${title}`;
  return action === 'follow' ? `your follow from ${title}` : `your ${action} of ${title}`;
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
