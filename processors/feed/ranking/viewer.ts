// The person a feed is for: interests, ties to creators and what was seen, from the history and the latest interactions.
import type { History } from '../../history/domain.ts';
import type { Catalogue } from './catalogue.ts';
import type { Item } from './item.ts';
import { type Interaction, type Opinion, opinionOf } from './opinion.ts';
import { shareOf } from './share-of.ts';

export type Evidence = {
  readonly userId: string;
  /** Partition of the user in user_activity. */
  readonly partition: number;
  readonly history: History | null;
  /** In any order. */
  readonly interactions: readonly Interaction[];
};

/** An opinion about a video that is known, with its weight now. */
export type Weighed = {
  readonly opinion: Opinion;
  readonly videoId: string;
  readonly item: Item;
  readonly weight: number;
};
export type Tie = { readonly points: number; readonly videos: number; readonly notInterested: number };

export type Viewer = {
  readonly userId: string;
  readonly partition: number;
  /** Creator → offset of the follow. */
  readonly follows: ReadonlyMap<string, number>;
  /** Videos the user has to do with, by last interaction, oldest first. */
  readonly opinions: readonly Weighed[];
  /** The videos of these opinions, in the same order. */
  readonly items: readonly Item[];
  /** Token → component of the interest vector, and the vector's length. */
  readonly interests: ReadonlyMap<number, number>;
  readonly interestLength: number;
  /** Token → what it adds to the product of interests and a video's vector. */
  readonly pulls: ReadonlyMap<number, number>;
  readonly ties: ReadonlyMap<string, Tie>;
  readonly seen: ReadonlySet<string>;
  readonly unwanted: ReadonlySet<string>;
  /** Shares of creators and categories in the latest videos. */
  readonly latest: ReturnType<typeof shareOf>;
};

/** Half-life of an opinion, before the user's own last interaction: a pause, or an old import, does not wipe interests. */
export const interestHalfLifeMs = 14 * 86_400_000;
export const latestMax = 20;

export function viewerOf(evidence: Evidence, catalogue: Catalogue): Viewer {
  const opinions = opinionsOf(evidence.interactions, catalogue);
  const weighed = weigh(opinions, catalogue);
  const interests = interestsOf(weighed, catalogue);
  return {
    userId: evidence.userId,
    partition: evidence.partition,
    follows: new Map(evidence.history?.follows ?? []),
    opinions: weighed,
    items: weighed.map(({ item }) => item),
    interests,
    interestLength: lengthOf(interests),
    pulls: pullsOf(interests, catalogue),
    ties: tiesOf(weighed),
    seen: new Set(opinions.map(({ videoId }) => videoId)),
    unwanted: new Set(opinions.filter(({ notInterested }) => notInterested).map(({ videoId }) => videoId)),
    latest: shareOf(weighed.slice(-latestMax).map(({ item }) => item)),
  };
}

function opinionsOf(interactions: readonly Interaction[], catalogue: Catalogue): Opinion[] {
  const byVideo = new Map<string, Interaction[]>();
  for (const interaction of interactions.toSorted((a, b) => a.offset - b.offset)) {
    const others = byVideo.get(interaction.videoId);
    if (others) {
      byVideo.delete(interaction.videoId);
      others.push(interaction);
    }
    byVideo.set(interaction.videoId, others ?? [interaction]);
  }
  const opinions: Opinion[] = [];
  for (const [videoId, all] of byVideo) {
    opinions.push(opinionOf(all, catalogue.get(videoId)?.candidate.state.durationMs ?? 0));
  }
  return opinions;
}

function weigh(opinions: readonly Opinion[], catalogue: Catalogue): Weighed[] {
  const last = opinions.reduce((latest, { at }) => Math.max(latest, at), 0);
  const weighed: Weighed[] = [];
  for (const opinion of opinions) {
    const item = catalogue.get(opinion.videoId);
    const weight = opinion.strength * 2 ** ((opinion.at - last) / interestHalfLifeMs);
    if (item) weighed.push({ opinion, videoId: opinion.videoId, item, weight });
  }
  return weighed;
}

/** Sum of the unit vectors of the videos, each by the weight of the opinion about it. */
function interestsOf(opinions: readonly Weighed[], catalogue: Catalogue): Map<number, number> {
  const interests = new Map<number, number>();
  const { vocabulary } = catalogue;
  for (const { item, weight } of opinions) {
    const length = vocabulary.lengthOf(item);
    for (const token of item.tokens) {
      interests.set(token, (interests.get(token) ?? 0) + (weight * vocabulary.scaleOf(token)) / length);
    }
  }
  return interests;
}

export function lengthOf(interests: ReadonlyMap<number, number>): number {
  let squares = 0;
  for (const value of interests.values()) squares += value * value;
  return squares < 1e-18 ? 0 : Math.sqrt(squares);
}

export function pullsOf(interests: ReadonlyMap<number, number>, { vocabulary }: Catalogue): Map<number, number> {
  const pulls = new Map<number, number>();
  for (const [token, interest] of interests) pulls.set(token, interest * vocabulary.scaleOf(token));
  return pulls;
}

function tiesOf(opinions: readonly Weighed[]): Map<string, Tie> {
  const ties = new Map<string, { -readonly [Name in keyof Tie]: Tie[Name] }>();
  for (const { item, weight, opinion } of opinions) {
    const tie = ties.get(item.creatorId) ?? { points: 0, videos: 0, notInterested: 0 };
    tie.points += weight;
    tie.videos += 1;
    if (opinion.notInterested) tie.notInterested += 1;
    ties.set(item.creatorId, tie);
  }
  return ties;
}
