// Creator affinity: whether the user follows the creator, and what the user made of the creator's videos so far.
import type { Item, Position } from '../item.ts';
import type { Request } from '../request.ts';
import { positionOf } from './content-similarity.ts';
import { certaintyOf, type Scorer } from './scorer.ts';

const evidenceMax = 2;

export const affinityOf = (item: Item, { catalogue, affinities }: Request): number =>
  catalogue.spread(affinities)[item.creator] as number;

export const creatorAffinity: Scorer = {
  name: 'creator_affinity',
  value: affinityOf,
  explain(item, request) {
    const { viewer } = request;
    const creatorId = item.creatorId;
    const follows = viewer.follows.has(creatorId);
    const tie = viewer.ties.get(creatorId) ?? { points: 0, videos: 0 };
    const value = affinityOf(item, request);
    return {
      value,
      inputs: { creator_id: creatorId, follows, videos: tie.videos, points: tie.points },
      certainty: follows ? 1 : certaintyOf(viewer.opinions.length, 20),
      evidence: evidenceOf(creatorId, request),
      sentence: sentenceOf(follows, value, tie.videos),
    };
  },
};

function sentenceOf(follows: boolean, value: number, videos: number): string | null {
  if (follows) return 'From a creator you follow';
  if (value < 0.2) return null;
  return `From a creator you watch (${videos} ${videos === 1 ? 'video' : 'videos'} so far)`;
}

function evidenceOf(creatorId: string, { viewer }: Request): Position[] {
  const follow = viewer.follows.get(creatorId);
  const watched = viewer.opinions
    .filter(({ item, weight }) => item.creatorId === creatorId && weight > 0)
    .sort((a, b) => b.weight - a.weight || b.opinion.evidence.offset - a.opinion.evidence.offset)
    .slice(0, evidenceMax)
    .map(positionOf);
  if (follow === undefined) return watched;
  return [{ topic: 'user_activity', partition: viewer.partition, offset: follow }, ...watched];
}
