// Content similarity: the cosine of a user's interests and a video's category and tags, and what was learned from who watched what.
import type { Item, Position } from '../item.ts';
import {
  collaborativeOf,
  collaborativeParts,
  combinedSimilarity,
  contentAloneWorth,
  similarityParts,
} from '../learned/collaborative.ts';
import type { Request, Similarity, Strongest } from '../request.ts';
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
  const pulls = catalogue.vocabulary.spread(viewer.pulls);
  let product = 0;
  for (const token of item.tokens) product += pulls[token] as number;
  return product === 0 ? 0 : product / catalogue.vocabulary.lengthOf(item);
}

/** In [0, 1]; what points away from the interests is as far as it gets. */
export function cosine(product: number, interestLength: number): number {
  return product <= 0 || interestLength === 0 ? 0 : Math.min(1, product / interestLength);
}

/** By category and tags, and by who watched what; before the first training the first is all there is. */
export function halvesOf(item: Item, request: Request): Similarity {
  const known = request.similarities.get(item);
  if (known) return known;
  const interests = similarityOf(item, request);
  const { profile, published } = request;
  const together = profile && published ? collaborativeOf(item, profile, published.model) : null;
  const value = published ? combinedSimilarity(interests, together) : interests;
  const similarity = { value, interests, together };
  request.similarities.set(item, similarity);
  return similarity;
}

/** The value of `halvesOf`; before the first training it is computed faster than it is remembered. */
export const contentSimilarityOf = (item: Item, request: Request): number =>
  request.published ? halvesOf(item, request).value : similarityOf(item, request);

/** By how much each half counts; the first alone where the second is not known. */
function sharesOf({ published }: Request, together: number | null) {
  if (!published) return { interests: 1, together: 0 };
  if (together === null) return { interests: contentAloneWorth, together: 0 };
  return { interests: similarityParts.content, together: similarityParts.collaborative };
}

export const contentSimilarity: Scorer = {
  name: 'content_similarity',
  value: contentSimilarityOf,
  explain(item, request) {
    const { value, interests, together } = halvesOf(item, request);
    const because = becauseOf(item, request);
    const shares = sharesOf(request, together);
    const known = request.viewer.opinions.filter((opinion) => opinion.item.tokens.length > 0).length;
    const strongest = strongestFor(item, request);
    return {
      value,
      inputs: {
        similarity: value,
        interest_similarity: interests,
        interest_share: shares.interests,
        together_similarity: together,
        together_share: shares.together,
        watched_together: because.map(({ videoId, part }) => ({ video_id: videoId, part })),
        interactions: known,
        shared: sharedWith(item, request),
        strongest: strongest.map(({ opinion, part }) => ({
          video_id: opinion.videoId,
          action: opinion.opinion.evidence.action,
          offset: opinion.opinion.evidence.offset,
          part,
        })),
      },
      certainty: item.tokens.length === 0 && together === null ? 0 : certaintyOf(known, 10),
      evidence: value > 0 ? strongest.map(({ opinion }) => positionOf(opinion)) : [],
      sentence: value >= 0.3 ? sentenceOf(value, together ?? 0, because, request) : null,
    };
  },
};

function sentenceOf(value: number, together: number, [closest]: readonly Because[], { catalogue }: Request): string {
  const matches = `${percent(value)}% similarity`;
  if (!closest || together < worthSaying) return `Matches your interests (${matches})`;
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
  const { together } = halvesOf(item, request);
  const shares = sharesOf(request, together);
  const collaborative = together === null ? null : togetherParts(request, item, shares.together);
  if (viewer.interestLength === 0) return { interests: null, collaborative };
  const interests = catalogue.vocabulary.similarities(item, viewer.items);
  const scale = shares.interests / viewer.interestLength;
  for (let at = 0; at < interests.length; at++)
    interests[at] = scale * (viewer.opinions[at] as Weighed).weight * (interests[at] ?? 0);
  return { interests, collaborative };
}

function togetherParts({ profile, published }: Request, item: Item, share: number): Map<Weighed, number> {
  if (!profile || !published) return new Map();
  const parts = collaborativeParts(item, profile, published.model);
  return new Map([...parts].map(([video, part]) => [video, share * part]));
}

/** One of the viewer's videos that others watched together with this one, and its part of the similarity by that. */
type Because = { readonly videoId: string; readonly part: number };

function becauseOf(item: Item, { profile, published }: Request): Because[] {
  if (!profile || !published) return [];
  return [...collaborativeParts(item, profile, published.model)]
    .filter(([, part]) => part > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, strongestMax)
    .map(([{ videoId }, part]) => ({ videoId, part }));
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
