// The same viewer had one interaction with a video not been: for the question what that interaction has changed.
import type { Catalogue } from './catalogue.ts';
import { opinionOf } from './opinion.ts';
import { shareOf } from './share-of.ts';
import {
  addInterest,
  interestHalfLifeMs,
  latestMax,
  lengthOf,
  pullsOf,
  tieWith,
  type Viewer,
  type Weighed,
} from './viewer.ts';

/** Without the interaction that says most of this opinion; what else there was with the video stays, and so do the weights of the others. */
export function viewerWithout(viewer: Viewer, without: Weighed, catalogue: Catalogue): Viewer {
  const instead = withoutEvidence(without);
  const opinions = inOrder(
    viewer.opinions.filter((opinion) => opinion !== without),
    instead,
  );
  const items = opinions.map(({ item }) => item);
  const summing = catalogue.vocabulary.summing(viewer.interests);
  addInterest(summing, without, catalogue, -1);
  if (instead) addInterest(summing, instead, catalogue);
  const interests = summing.end();
  return {
    ...viewer,
    follows: followsWithout(viewer, without),
    opinions,
    items,
    interests,
    interestLength: lengthOf(interests),
    pulls: pullsOf(interests, catalogue),
    ties: tiesWithout(viewer, without, instead),
    seen: { has: (videoId) => (videoId !== without.videoId || instead !== null) && viewer.seen.has(videoId) },
    latest: shareOf(items.slice(-latestMax)),
  };
}

/** Null where it was all there was. */
function withoutEvidence({ opinion, item, videoId, fade }: Weighed): Weighed | null {
  const rest = opinion.interactions.filter((one) => one !== opinion.evidence);
  if (rest.length === 0) return null;
  const left = opinionOf(rest, item.candidate.state.durationMs);
  const fadeLeft = Math.min(1, fade * 2 ** ((left.at - opinion.at) / interestHalfLifeMs));
  return { opinion: left, videoId, item, weight: left.strength * fadeLeft, fade: fadeLeft };
}

/** By last interaction. */
function inOrder(others: readonly Weighed[], instead: Weighed | null): readonly Weighed[] {
  if (!instead) return others;
  const lastOf = ({ opinion: { interactions } }: Weighed) => interactions.at(-1)?.offset ?? -1;
  const at = others.findIndex((other) => lastOf(other) > lastOf(instead));
  return at < 0 ? [...others, instead] : others.toSpliced(at, 0, instead);
}

/** A follow from a video is a follow. */
function followsWithout({ follows }: Viewer, { item, opinion: { evidence } }: Weighed): Viewer['follows'] {
  const isIt = evidence.action === 'follow' && follows.get(item.creatorId) === evidence.offset;
  return isIt ? new Map([...follows].filter(([creatorId]) => creatorId !== item.creatorId)) : follows;
}

function tiesWithout({ ties }: Viewer, without: Weighed, instead: Weighed | null): Viewer['ties'] {
  const { creatorId } = without.item;
  const rest = new Map(ties);
  const tie = tieWith(ties.get(creatorId), without, -1);
  if (instead) rest.set(creatorId, tieWith(tie, instead));
  else if (tie.videos > 0) rest.set(creatorId, tie);
  else rest.delete(creatorId);
  return rest;
}
