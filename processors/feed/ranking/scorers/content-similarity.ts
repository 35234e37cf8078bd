// Content similarity: half the cosine of a user's interests and a video's category and tags, half what was learned from who watched what.
import type { Item, Position } from '../item.ts';
import {
  type Collaborative,
  collaborativeHalf,
  collaborativeOf,
  collaborativeValue,
} from '../learned/collaborative.ts';
import type { Request, Strongest } from '../request.ts';
import type { Weighed } from '../viewer.ts';
import { certaintyOf, percent, type Scorer } from './scorer.ts';

const strongestMax = 3;
const sharedMax = 3;
/** From this on a sentence tells who else watched it. */
const worthSaying = 0.3;

/** By category and tags alone: the cosine, rare ones counting more. */
export function similarityOf(item: Item, request: Request): number {
  if (request.viewer.interestLength === 0) return 0;
  return cosine(productOf(item, request), request.viewer.interestLength);
}

/** Product of the interests and the video's unit vector. */
export function productOf(item: Item, { viewer, catalogue }: Request): number {
  let product = 0;
  for (const token of item.tokens) product += viewer.pulls.get(token) ?? 0;
  return product === 0 ? 0 : product / catalogue.vocabulary.lengthOf(item);
}

/** In [0, 1]; what points away from the interests is as far as it gets. */
export function cosine(product: number, interestLength: number): number {
  return product <= 0 || interestLength === 0 ? 0 : Math.min(1, product / interestLength);
}

/** How much of the factor comes from who watched what, where something is known of it. */
export const collaborativeShare = 0.5;

type Halves = {
  /** The factor's value, in [0, 1]. */
  readonly value: number;
  /** By category and tags, and by who watched what: null where the model knows nothing of this video or of this viewer. */
  readonly interests: number;
  readonly collaborative: Collaborative | null;
};

export function halvesOf(item: Item, request: Request): Halves {
  const interests = similarityOf(item, request);
  const known = knownOf(item, request);
  const collaborative = known && collaborativeOf(known.weights, known.profile);
  return { value: blended(interests, collaborative?.value ?? null), interests, collaborative };
}

/** As `halvesOf`, without what explains it: it is asked for of every video considered. */
function valueAlone(item: Item, request: Request): number {
  const known = knownOf(item, request);
  return blended(similarityOf(item, request), known && collaborativeValue(known.weights, known.profile));
}

function blended(interests: number, collaborative: number | null): number {
  if (collaborative === null) return interests;
  return (1 - collaborativeShare) * interests + collaborativeShare * collaborative;
}

function knownOf(item: Item, { profile, published }: Request) {
  if (!profile || !published || profile.watched.columns.length === 0) return null;
  const weights = published.model.items.get(item.id)?.related?.ease_views;
  return weights ? { weights, profile } : null;
}

export const contentSimilarity: Scorer = {
  name: 'content_similarity',
  value: valueAlone,
  explain(item, request) {
    const { value, interests, collaborative } = halvesOf(item, request);
    const known = request.viewer.opinions.filter((opinion) => opinion.item.tokens.length > 0).length;
    const strongest = strongestFor(item, request);
    return {
      value,
      inputs: {
        similarity: value,
        interest_similarity: interests,
        collaborative_similarity: collaborative?.value ?? null,
        collaborative_share: collaborative ? collaborativeShare : 0,
        watched_together: (collaborative?.because ?? []).map(({ videoId, part }) => ({ video_id: videoId, part })),
        interactions: known,
        shared: sharedWith(item, request),
        strongest: strongest.map(({ opinion, part }) => ({
          video_id: opinion.videoId,
          action: opinion.opinion.evidence.action,
          offset: opinion.opinion.evidence.offset,
          part,
        })),
      },
      certainty: item.tokens.length === 0 && !collaborative ? 0 : certaintyOf(known, 10),
      evidence: value > 0 ? strongest.map(({ opinion }) => positionOf(opinion)) : [],
      sentence: value >= 0.3 ? sentenceOf(value, collaborative, request) : null,
    };
  },
};

function sentenceOf(value: number, collaborative: Collaborative | null, { catalogue }: Request): string {
  const [closest] = collaborative?.because ?? [];
  const matches = `${percent(value)}% similarity`;
  if (!closest || (collaborative?.value ?? 0) < worthSaying) return `Matches your interests (${matches})`;
  const title = catalogue.get(closest.videoId)?.candidate.state.title || closest.videoId;
  return `Matches your interests (${matches}; others who watched "${title}" watched it, too)`;
}

export function positionOf({ opinion: { evidence } }: Weighed): Position {
  return { topic: 'user_activity', partition: evidence.partition, offset: evidence.offset };
}

/**
 * The opinions that add most to the factor. By category and tags an opinion's part is its weight × cosine of the two videos ÷ length
 * of the interests; by who watched what its part of the sum of weights, bent as the sum is. Each by the share of its half.
 */
export function strongestFor(item: Item, request: Request): readonly Strongest[] {
  const { viewer, remembered } = request;
  const known = remembered.get(item);
  if (known) return known;
  const strongest: Strongest[] = [];
  remembered.set(item, strongest);
  const { interests, collaborative } = partsOf(item, request);
  for (const [at, opinion] of viewer.opinions.entries()) {
    const part = (interests?.[at] ?? 0) + (collaborative?.get(opinion) ?? 0);
    if (part > (strongest[strongestMax - 1]?.part ?? 0)) insert(strongest, { opinion, part });
  }
  return strongest;
}

/** What each opinion adds to the factor, by its place and by itself. */
function partsOf(item: Item, request: Request) {
  const { viewer, catalogue } = request;
  const collaborative = collaborativeParts(item, request);
  const share = collaborative ? 1 - collaborativeShare : 1;
  if (viewer.interestLength === 0) return { interests: null, collaborative };
  const interests = catalogue.vocabulary.similarities(item, viewer.items);
  for (let at = 0; at < interests.length; at++)
    interests[at] = (share * (viewer.opinions[at] as Weighed).weight * (interests[at] ?? 0)) / viewer.interestLength;
  return { interests, collaborative };
}

function collaborativeParts(item: Item, request: Request): Map<Weighed, number> | null {
  const known = knownOf(item, request);
  if (!known) return null;
  const { columns, videos } = known.profile.speaking;
  const sum = columns.reduce((total, column) => total + (known.weights[column] ?? 0), 0);
  const scale = sum <= 0 ? 0 : collaborativeShare / (sum + collaborativeHalf);
  return new Map(videos.map((video, at) => [video, scale * (known.weights[columns[at] ?? -1] ?? 0)]));
}

/** Largest part first, of equal ones the later opinion. */
function insert(strongest: Strongest[], one: Strongest): void {
  const at = strongest.findIndex(({ part }) => one.part >= part);
  strongest.splice(at < 0 ? strongest.length : at, 0, one);
  strongest.length = Math.min(strongest.length, strongestMax);
}

function sharedWith(item: Item, { viewer, catalogue: { vocabulary } }: Request): string[] {
  const pulls = item.tokens.map((token) => ({
    name: vocabulary.nameOf(token),
    pull: viewer.pulls.get(token) ?? 0,
  }));
  return pulls
    .filter(({ pull }) => pull > 0)
    .sort((a, b) => b.pull - a.pull)
    .slice(0, sharedMax)
    .map(({ name }) => name);
}
