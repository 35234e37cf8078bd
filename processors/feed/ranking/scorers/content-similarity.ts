// Content similarity: the cosine of a user's interests and a video's category and tags, rare ones counting more.
import type { Item, Position } from '../item.ts';
import type { Request } from '../request.ts';
import type { Weighed } from '../viewer.ts';
import { certaintyOf, percent, type Scorer } from './scorer.ts';

const strongestMax = 3;
const sharedMax = 3;

export function similarityOf(item: Item, { viewer, catalogue: { vocabulary } }: Request): number {
  if (viewer.interestLength === 0) return 0;
  let product = 0;
  for (const token of item.tokens) {
    const interest = viewer.interests.get(token);
    if (interest !== undefined) product += interest * vocabulary.scaleOf(token);
  }
  if (product <= 0) return 0;
  return Math.min(1, product / (viewer.interestLength * vocabulary.lengthOf(item)));
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
          action: opinion.evidence.action,
          offset: opinion.evidence.offset,
          part,
        })),
      },
      certainty: item.tokens.length === 0 ? 0 : certaintyOf(known, 10),
      evidence: value > 0 ? strongest.map(({ opinion }) => positionOf(opinion)) : [],
      sentence: value >= 0.3 ? `Matches your interests (${percent(value)}% similarity)` : null,
    };
  },
};

export function positionOf({ evidence }: Weighed): Position {
  return { topic: 'user_activity', partition: evidence.partition, offset: evidence.offset };
}

/** The opinions that bring the video closest to the interests: weight × cosine of the two videos. */
export function strongestFor(item: Item, { viewer, catalogue }: Request): { opinion: Weighed; part: number }[] {
  const strongest: { opinion: Weighed; part: number }[] = [];
  if (viewer.interestLength === 0) return strongest;
  for (const opinion of viewer.opinions) {
    if (opinion.weight <= 0) continue;
    const least = strongest.length < strongestMax ? 0 : (strongest[strongestMax - 1]?.part ?? 0);
    if (opinion.weight <= least * viewer.interestLength) continue;
    const part = (opinion.weight * catalogue.vocabulary.similarity(opinion.item, item)) / viewer.interestLength;
    if (part <= least) continue;
    strongest.push({ opinion, part });
    strongest.sort((a, b) => b.part - a.part || b.opinion.evidence.offset - a.opinion.evidence.offset);
    strongest.length = Math.min(strongest.length, strongestMax);
  }
  return strongest;
}

function sharedWith(item: Item, { viewer, catalogue: { vocabulary } }: Request): string[] {
  const pulls = item.tokens.map((token) => ({
    name: vocabulary.nameOf(token),
    pull: (viewer.interests.get(token) ?? 0) * vocabulary.scaleOf(token),
  }));
  return pulls
    .filter(({ pull }) => pull > 0)
    .sort((a, b) => b.pull - a.pull)
    .slice(0, sharedMax)
    .map(({ name }) => name);
}
