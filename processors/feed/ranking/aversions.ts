// Whom and what a user has had enough of: creators pointed at, topics pointed at or skipped again and again, and how much is held back.
import type { NotInterestedReason } from '../../../schemas/ids.ts';
import type { Catalogue } from './catalogue.ts';
import type { Memory } from './memory.ts';
import { endsObjection, type Interaction, partWatched } from './opinion.ts';
import type { Weighed } from './weighed.ts';

/** Points of one "not this topic", and what a like or a view in the topic takes off after it. */
const topicPoints = 2.5;
const reconciledPoints = 0.5;
/** So many skips at first sight are nothing; each further one counts this much, less what was liked or watched. */
const skipsForgiven = 2;
const skipPoints = 0.25;
const reconcilingPart = 0.5;

export type Aversions = {
  /** Creator → offset of the event that turned them away. */
  readonly turnedAway: ReadonlyMap<string, number>;
  /** Part of the videos that is held back, in (0, 1): by category, by creator. */
  readonly topics: ReadonlyMap<string, number>;
  readonly creators: ReadonlyMap<string, number>;
};

type Known = {
  readonly memory: Memory;
  readonly weighed: readonly Weighed[];
  readonly follows: ReadonlyMap<string, number>;
  readonly catalogue: Catalogue;
  /** What is left of an opinion of this time. */
  readonly fadeOf: (at: number) => number;
};

export function aversionsOf(known: Known): Aversions {
  const pointed = pointedTopicsOf(known);
  const topics = tallied(known.weighed, ({ item }) => item.category);
  const creators = tallied(known.weighed, ({ item }) => item.creatorId);
  for (const category of pointed.keys()) if (!topics.has(category)) topics.set(category, { skips: 0, gains: [] });
  return {
    turnedAway: turnedAwayOf(known),
    topics: partsOf(topics, (category, tally) => {
      const topic = pointed.get(category);
      return (
        skippedPoints(tally) +
        (topic ? topicPoints * topic.faded - reconciledPoints * gainsAfter(tally, topic.offset) : 0)
      );
    }),
    creators: partsOf(creators, (creatorId, tally) => (known.follows.has(creatorId) ? 0 : skippedPoints(tally))),
  };
}

/** Turned away until the user follows the creator, likes, shares or comments on a video of theirs, or watches half of one. */
function turnedAwayOf({ memory, follows, catalogue }: Known): Map<string, number> {
  const since = new Map<string, number>();
  for (const { videoId, offset } of pointedAt(memory, 'creator')) {
    const creatorId = catalogue.get(videoId)?.creatorId;
    if (creatorId) since.set(creatorId, offset);
  }
  if (since.size === 0) return since;
  for (const [creatorId, offset] of follows) if (offset > (since.get(creatorId) ?? offset)) since.delete(creatorId);
  for (const [videoId, interactions] of memory.byVideo) {
    const item = catalogue.get(videoId);
    const from = since.get(item?.creatorId ?? '');
    if (!item || from === undefined) continue;
    const { durationMs } = item.candidate.state;
    if (interactions.some((one) => one.offset > from && isReconciling(one, durationMs))) since.delete(item.creatorId);
  }
  return since;
}

function isReconciling(one: Interaction, durationMs: number): boolean {
  if (one.action === 'view') return partWatched(one.watchDurationMs, durationMs) >= reconcilingPart;
  return endsObjection(one);
}

const pointedAt = ({ pointed }: Memory, reason: NotInterestedReason) => pointed.filter((one) => one.reason === reason);

type PointedTopic = { readonly faded: number; readonly offset: number };

function pointedTopicsOf({ memory, catalogue, fadeOf }: Known): Map<string, PointedTopic> {
  const topics = new Map<string, PointedTopic>();
  for (const { videoId, at, offset } of pointedAt(memory, 'topic')) {
    const category = catalogue.get(videoId)?.category;
    if (!category) continue;
    topics.set(category, { faded: (topics.get(category)?.faded ?? 0) + fadeOf(at), offset });
  }
  return topics;
}

type Tally = { skips: number; gains: Weighed[] };

function tallied(weighed: readonly Weighed[], by: (one: Weighed) => string): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const one of weighed) {
    const { skipped, reason } = one.opinion;
    const isPassedOver = skipped || reason === 'video';
    if (!isPassedOver && one.weight <= 0) continue;
    let tally = tallies.get(by(one));
    if (!tally) {
      tally = { skips: 0, gains: [] };
      tallies.set(by(one), tally);
    }
    if (isPassedOver) tally.skips += one.fade;
    else tally.gains.push(one);
  }
  return tallies;
}

const gainsAfter = ({ gains }: Tally, offset: number): number =>
  gains.reduce((sum, { weight, opinion }) => sum + (opinion.evidence.offset > offset ? weight : 0), 0);

const skippedPoints = (tally: Tally): number =>
  skipPoints * Math.max(0, tally.skips - skipsForgiven - gainsAfter(tally, -1));

function partsOf(tallies: ReadonlyMap<string, Tally>, pointsOf: (name: string, tally: Tally) => number) {
  const parts = new Map<string, number>();
  for (const [name, tally] of tallies) {
    const points = name === '' ? 0 : pointsOf(name, tally);
    if (points > 0) parts.set(name, 1 - 2 ** -points);
  }
  return parts;
}
