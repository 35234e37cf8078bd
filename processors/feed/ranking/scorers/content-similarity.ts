// Content similarity: the cosine of a user's interests and a video's category and tags, and what was learned from who watched what.
import type { Item, Position } from '../item.ts';
import type { Because, Request } from '../request.ts';
import type { Weighed } from '../viewer.ts';
import { certaintyOf, percent, type Scorer } from './scorer.ts';
import { contentSimilarityOf, halvesOf, sharesOf } from './similarity.ts';
import { becauseOf, strongestFor } from './strongest.ts';

const sharedMax = 3;
/** From this on a sentence tells who else watched it. */
const worthSaying = 0.3;

export const contentSimilarity: Scorer = {
  name: 'content_similarity',
  value: contentSimilarityOf,
  explain(item, request) {
    const { value, interests, together } = halvesOf(item, request);
    const because = becauseOf(item, request);
    const shares = sharesOf(request, together);
    const known = knownOf(request);
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

/** Opinions about videos with a category or tags. */
function knownOf({ viewer, remembered }: Request): number {
  remembered.known ??= viewer.items.reduce((count, { tokens }) => count + Math.sign(tokens.length), 0);
  return remembered.known;
}

function sentenceOf(value: number, together: number, [closest]: readonly Because[], { catalogue }: Request): string {
  const matches = `${percent(value)}% similarity`;
  if (!closest || together < worthSaying) return `Matches your interests (${matches})`;
  const title = catalogue.get(closest.videoId)?.candidate.state.title || closest.videoId;
  return `Matches your interests (${matches}; others who watched "${title}" watched it, too)`;
}

export function positionOf({ opinion: { evidence } }: Weighed): Position {
  return { topic: 'user_activity', partition: evidence.partition, offset: evidence.offset };
}

function sharedWith(item: Item, { viewer, catalogue: { vocabulary } }: Request): string[] {
  const spread = vocabulary.spread(viewer.pulls);
  const pulls = item.tokens.map((token) => ({ name: vocabulary.nameOf(token), pull: spread[token] as number }));
  return pulls
    .filter(({ pull }) => pull > 0)
    .sort((a, b) => b.pull - a.pull)
    .slice(0, sharedMax)
    .map(({ name }) => name);
}
