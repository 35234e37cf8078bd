// Keeps out a video the viewer is not interested in, and its creator after several such videos.
import type { Filter } from './filter.ts';

export const notInterested: Filter = (item, { viewer }) => (viewer.unwanted.has(item.id) ? 'not_interested' : null);

const several = 3;

/** Several videos, most of those known of the creator, and no follow. */
export const creatorNotInterested: Filter = (item, { viewer }) => {
  const tie = viewer.ties.get(item.creatorId);
  if (!tie || tie.notInterested < several || viewer.follows.has(item.creatorId)) return null;
  return tie.notInterested * 2 > tie.videos ? 'creator_not_interested' : null;
};
