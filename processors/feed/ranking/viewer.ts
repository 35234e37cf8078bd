// The person a feed is for: interests, ties to creators and what was seen, from the history and the latest interactions.
import type { History } from '../../history/domain.ts';
import { type Aversions, aversionsOf } from './aversions.ts';
import type { Catalogue } from './catalogue.ts';
import type { Item } from './item.ts';
import { Memory } from './memory.ts';
import type { Numbered, Summing } from './numbered.ts';
import { type Interaction, opinionOf } from './opinion.ts';
import { shareOf } from './share-of.ts';
import type { Weighed } from './weighed.ts';

export type { Weighed };

export type Evidence = {
  readonly userId: string;
  /** Partition of the user in user_activity. */
  readonly partition: number;
  readonly history: History | null;
  /** In any order. */
  readonly interactions: readonly Interaction[];
  /** The same in order, where it is at hand already. */
  readonly memory?: Memory;
};

export type Tie = {
  /** Number of the creator in the catalogue. */
  readonly creator: number;
  readonly points: number;
  readonly videos: number;
  readonly notInterested: number;
};

export type Viewer = {
  readonly userId: string;
  readonly partition: number;
  /** Creator → offset of the follow. */
  readonly follows: ReadonlyMap<string, number>;
  /** The latest 512 videos the user has to do with, by last interaction, oldest first. */
  readonly opinions: readonly Weighed[];
  /** The videos of these opinions, in the same order. */
  readonly items: readonly Item[];
  /** Token → component of the interest vector, and the vector's length. */
  readonly interests: Numbered;
  readonly interestLength: number;
  /** Token → what it adds to the product of interests and a video's vector. */
  readonly pulls: Numbered;
  readonly ties: ReadonlyMap<string, Tie>;
  /** Videos met in all interactions that are remembered. */
  readonly seen: Pick<ReadonlySet<string>, 'has'>;
  readonly unwanted: ReadonlySet<string>;
  /** Creators whom the user has blocked, or reported. */
  readonly blocked: ReadonlySet<string>;
  readonly reported: ReadonlySet<string>;
  readonly aversions: Aversions;
  /** Shares of creators and categories in the latest videos. */
  readonly latest: ReturnType<typeof shareOf>;
};

/** Half-life of an opinion, before the user's own last interaction: a pause, or an old import, does not wipe interests. */
export const interestHalfLifeMs = 14 * 86_400_000;
export const latestMax = 20;
/** Interests are made of so many latest videos. */
const opinionsMax = 512;
/** "Not this topic" turns the interests away from the category by this much more than from the video. */
const topicAversion = 2;
/** "Not this creator" takes so many points off the tie. */
const creatorAversion = 3;

export function viewerOf(evidence: Evidence, catalogue: Catalogue): Viewer {
  const { history } = evidence;
  const memory = evidence.memory ?? Memory.of(evidence.interactions);
  const latest = memory.latest(opinionsMax);
  const items = latest.map(([first]) => catalogue.get(first?.videoId ?? ''));
  const opinions = latest.map((all, at) => opinionOf(all, items[at]?.durationMs ?? 0));
  const last = opinions.reduce((most, { at }) => Math.max(most, at), 0);
  const fadeOf = (at: number) => Math.min(1, 2 ** ((at - last) / interestHalfLifeMs));
  const weighed: Weighed[] = [];
  opinions.forEach((opinion, at) => {
    const [item, fade] = [items[at], fadeOf(opinion.at)];
    if (item) weighed.push({ opinion, videoId: opinion.videoId, item, weight: opinion.strength * fade, fade });
  });
  const follows = new Map(history?.follows ?? []);
  const interests = interestsOf(weighed, catalogue);
  return {
    userId: evidence.userId,
    partition: evidence.partition,
    follows,
    opinions: weighed,
    items: weighed.map(({ item }) => item),
    interests,
    interestLength: lengthOf(interests),
    pulls: pullsOf(interests, catalogue),
    ties: tiesOf(weighed),
    seen: memory,
    unwanted: memory.unwanted,
    blocked: new Set(history?.blocks.map(([userId]) => userId)),
    reported: new Set(history?.reports.map(([userId]) => userId)),
    aversions: aversionsOf({ memory, weighed, follows, catalogue, fadeOf }),
    latest: shareOf(weighed.slice(-latestMax).map(({ item }) => item)),
  };
}

/** Sum of the unit vectors of the videos, each by the weight of the opinion about it; a category that was pointed at loses more. */
function interestsOf(opinions: readonly Weighed[], catalogue: Catalogue): Numbered {
  const interests = catalogue.vocabulary.summing();
  for (const opinion of opinions) addInterest(interests, opinion, catalogue);
  return interests.end();
}

/** @param sign -1 to take it away again */
export function addInterest(
  interests: Summing,
  { item, weight, opinion, fade }: Weighed,
  { vocabulary }: Catalogue,
  sign: 1 | -1 = 1,
): void {
  const length = vocabulary.lengthOf(item);
  for (const token of item.tokens) {
    const more = opinion.reason === 'topic' && vocabulary.isCategory(token) ? topicAversion * fade : 0;
    interests.add(token, sign * ((weight * vocabulary.scaleOf(token)) / length - more));
  }
}

export function lengthOf({ values }: Numbered): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return squares < 1e-18 ? 0 : Math.sqrt(squares);
}

export function pullsOf({ keys, values }: Numbered, { vocabulary }: Catalogue): Numbered {
  const pulls = new Float64Array(values.length);
  for (let at = 0; at < pulls.length; at++) pulls[at] = (values[at] as number) * vocabulary.scaleOf(keys[at] as number);
  return { keys, values: pulls };
}

function tiesOf(opinions: readonly Weighed[]): Map<string, Tie> {
  const ties = new Map<string, Tie>();
  for (const opinion of opinions) ties.set(opinion.item.creatorId, tieWith(ties.get(opinion.item.creatorId), opinion));
  return ties;
}

/** @param sign -1 to take it away again */
export function tieWith(tie: Tie | undefined, { item, weight, opinion, fade }: Weighed, sign: 1 | -1 = 1): Tie {
  const points = weight - (opinion.reason === 'creator' ? creatorAversion * fade : 0);
  return {
    creator: item.creator,
    points: (tie?.points ?? 0) + sign * points,
    videos: (tie?.videos ?? 0) + sign,
    notInterested: (tie?.notInterested ?? 0) + (opinion.notInterested ? sign : 0),
  };
}
