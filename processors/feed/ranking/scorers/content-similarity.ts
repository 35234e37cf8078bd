// Content similarity: the cosine of a user's interests and a video's category and tags, rare ones counting more.
import type { Item, Position } from '../item.ts';
import type { Request, Strongest } from '../request.ts';
import type { Weighed } from '../viewer.ts';
import { certaintyOf, percent, type Scorer } from './scorer.ts';

const strongestMax = 3;
const sharedMax = 3;

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

export const contentSimilarity: Scorer = {
  name: 'content_similarity',
  value: similarityOf,
  explain(item, request) {
    const value = similarityOf(item, request);
    const known = request.viewer.opinions.filter((opinion) => opinion.item.tokens.length > 0).length;
    const strongest = strongestFor(item, request);
    return {
      value,
      inputs: {
        similarity: value,
        interactions: known,
        shared: sharedWith(item, request),
        strongest: strongest.map(({ opinion, part }) => ({
          video_id: opinion.videoId,
          action: opinion.opinion.evidence.action,
          offset: opinion.opinion.evidence.offset,
          part,
        })),
      },
      certainty: item.tokens.length === 0 ? 0 : certaintyOf(known, 10),
      evidence: value > 0 ? strongest.map(({ opinion }) => positionOf(opinion)) : [],
      sentence: value >= 0.3 ? `Matches your interests (${percent(value)}% similarity)` : null,
    };
  },
};

export function positionOf({ opinion: { evidence } }: Weighed): Position {
  return { topic: 'user_activity', partition: evidence.partition, offset: evidence.offset };
}

/** The opinions that bring the video closest to the interests: weight × cosine of the two videos ÷ length of the interests. */
export function strongestFor(item: Item, { viewer, catalogue, remembered }: Request): readonly Strongest[] {
  const known = remembered.get(item);
  if (known) return known;
  const strongest: Strongest[] = [];
  remembered.set(item, strongest);
  if (viewer.interestLength === 0) return strongest;
  const similarities = catalogue.vocabulary.similarities(item, viewer.items);
  for (let at = 0; at < similarities.length; at++) {
    const opinion = viewer.opinions[at] as Weighed;
    const part = (opinion.weight * (similarities[at] ?? 0)) / viewer.interestLength;
    if (part > (strongest[strongestMax - 1]?.part ?? 0)) insert(strongest, { opinion, part });
  }
  return strongest;
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
