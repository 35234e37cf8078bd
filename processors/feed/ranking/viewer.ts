// The person a feed is for: interests, ties to creators and what was seen, from the history and the latest interactions.
import type { History } from '../../history/domain.ts';
import type { Catalogue } from './catalogue.ts';
import { creatorOf, type Item } from './item.ts';
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
export type Weighed = Opinion & { readonly item: Item; readonly weight: number };
export type Tie = { readonly points: number; readonly videos: number; readonly notInterested: number };

export type Viewer = {
  readonly userId: string;
  readonly partition: number;
  /** Creator → offset of the follow. */
  readonly follows: ReadonlyMap<string, number>;
  /** Videos the user has to do with, by last interaction, oldest first. */
  readonly opinions: readonly Weighed[];
  /** Token → component of the interest vector, and the vector's length. */
  readonly interests: ReadonlyMap<number, number>;
  readonly interestLength: number;
  readonly ties: ReadonlyMap<string, Tie>;
  readonly seen: ReadonlySet<string>;
  readonly unwanted: ReadonlySet<string>;
  /** Shares of creators and categories in the latest videos. */
  readonly latest: ReturnType<typeof shareOf>;
};

/** Half-life of an opinion, before the user's own last interaction: a pause, or an old import, does not wipe interests. */
export const interestHalfLifeMs = 14 * 86_400_000;
const latestMax = 20;

export function viewerOf(evidence: Evidence, catalogue: Catalogue): Viewer {
  const opinions = opinionsOf(evidence.interactions, catalogue);
  const weighed = weigh(opinions, catalogue);
  const interests = interestsOf(weighed, catalogue);
  return {
    userId: evidence.userId,
    partition: evidence.partition,
    follows: new Map(evidence.history?.follows ?? []),
    opinions: weighed,
    interests,
    interestLength: lengthOf(interests),
    ties: tiesOf(weighed),
    seen: new Set(opinions.map(({ videoId }) => videoId)),
    unwanted: new Set(opinions.filter(({ notInterested }) => notInterested).map(({ videoId }) => videoId)),
    latest: shareOf(weighed.slice(-latestMax).map(({ item }) => item)),
  };
}

function opinionsOf(interactions: readonly Interaction[], catalogue: Catalogue): Opinion[] {
  const byVideo = new Map<string, Interaction[]>();
  for (const interaction of [...interactions].sort((a, b) => a.offset - b.offset)) {
    const others = byVideo.get(interaction.videoId) ?? [];
    byVideo.delete(interaction.videoId);
    byVideo.set(interaction.videoId, [...others, interaction]);
  }
  return [...byVideo].map(([videoId, all]) => opinionOf(all, catalogue.get(videoId)?.candidate.state.durationMs ?? 0));
}

function weigh(opinions: readonly Opinion[], catalogue: Catalogue): Weighed[] {
  const last = opinions.reduce((latest, { at }) => Math.max(latest, at), 0);
  return opinions.flatMap((opinion) => {
    const item = catalogue.get(opinion.videoId);
    if (!item) return [];
    return [{ ...opinion, item, weight: opinion.strength * 2 ** ((opinion.at - last) / interestHalfLifeMs) }];
  });
}

/** Sum of the unit vectors of the videos, each by the weight of the opinion about it. */
function interestsOf(opinions: readonly Weighed[], catalogue: Catalogue): Map<number, number> {
  const interests = new Map<number, number>();
  for (const { item, weight } of opinions) addTo(interests, item, { weight, catalogue });
  return interests;
}

function addTo(interests: Map<number, number>, item: Item, by: { weight: number; catalogue: Catalogue }): void {
  const { vocabulary } = by.catalogue;
  const length = vocabulary.lengthOf(item);
  if (length === 0) return;
  for (const token of item.tokens) {
    interests.set(token, (interests.get(token) ?? 0) + (by.weight * vocabulary.scaleOf(token)) / length);
  }
}

function lengthOf(interests: ReadonlyMap<number, number>): number {
  let squares = 0;
  for (const value of interests.values()) squares += value * value;
  return squares < 1e-18 ? 0 : Math.sqrt(squares);
}

function tiesOf(opinions: readonly Weighed[]): Map<string, Tie> {
  const ties = new Map<string, Tie>();
  for (const { item, weight, notInterested } of opinions) {
    const tie = ties.get(creatorOf(item)) ?? { points: 0, videos: 0, notInterested: 0 };
    ties.set(creatorOf(item), {
      points: tie.points + weight,
      videos: tie.videos + 1,
      notInterested: tie.notInterested + (notInterested ? 1 : 0),
    });
  }
  return ties;
}

/** The same viewer, had there been nothing between them and one video. */
export function viewerWithout(viewer: Viewer, opinion: Weighed, catalogue: Catalogue): Viewer {
  const interests = new Map(viewer.interests);
  addTo(interests, opinion.item, { weight: -opinion.weight, catalogue });
  const creator = creatorOf(opinion.item);
  const tie = viewer.ties.get(creator) ?? { points: 0, videos: 1, notInterested: 0 };
  const ties = new Map(viewer.ties).set(creator, {
    points: tie.points - opinion.weight,
    videos: tie.videos - 1,
    notInterested: tie.notInterested - (opinion.notInterested ? 1 : 0),
  });
  return { ...viewer, interests, interestLength: lengthOf(interests), ties };
}
