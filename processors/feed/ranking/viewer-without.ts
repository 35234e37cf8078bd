// The same viewer had there been nothing between them and one video: for the question what that interaction has changed.
import type { Catalogue } from './catalogue.ts';
import { shareOf } from './share-of.ts';
import { latestMax, lengthOf, pullsOf, type Viewer, type Weighed } from './viewer.ts';

/** The other opinions keep their weights. */
export function viewerWithout(viewer: Viewer, without: Weighed, catalogue: Catalogue): Viewer {
  const opinions = viewer.opinions.filter((opinion) => opinion !== without);
  const items = opinions.map(({ item }) => item);
  const interests = interestsWithout(viewer, without, catalogue);
  return {
    ...viewer,
    opinions,
    items,
    interests,
    interestLength: lengthOf(interests),
    pulls: pullsOf(interests, catalogue),
    ties: tiesWithout(viewer, without),
    seen: { has: (videoId) => videoId !== without.videoId && viewer.seen.has(videoId) },
    unwanted: new Set([...viewer.unwanted].filter((videoId) => videoId !== without.videoId)),
    latest: shareOf(items.slice(-latestMax)),
  };
}

function interestsWithout({ interests }: Viewer, { item, weight }: Weighed, { vocabulary }: Catalogue) {
  const rest = new Map(interests);
  const length = vocabulary.lengthOf(item);
  for (const token of item.tokens)
    rest.set(token, (rest.get(token) ?? 0) - (weight * vocabulary.scaleOf(token)) / length);
  return rest;
}

function tiesWithout({ ties }: Viewer, { item, weight, opinion }: Weighed): Viewer['ties'] {
  const rest = new Map(ties);
  const tie = ties.get(item.creatorId);
  if (!tie) return rest;
  if (tie.videos <= 1) rest.delete(item.creatorId);
  else
    rest.set(item.creatorId, {
      points: tie.points - weight,
      videos: tie.videos - 1,
      notInterested: tie.notInterested - (opinion.notInterested ? 1 : 0),
    });
  return rest;
}
