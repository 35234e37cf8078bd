// Keeps out a video the viewer is not interested in, and its creator after several such videos.
import type { Request } from '../request.ts';
import type { Filter } from './filter.ts';

export const notInterested: Filter = (item, { viewer }) => (viewer.unwanted.has(item.id) ? 'not_interested' : null);

const several = 3;

/** Whether the filter below can refuse the viewer anything. */
export function hasSeveralOfACreator({ viewer }: Request): boolean {
  for (const { notInterested } of viewer.ties.values()) if (notInterested >= several) return true;
  return false;
}

/** Several videos, most of those known of the creator, and no follow. */
export const creatorNotInterested: Filter = (item, { viewer }) => {
  const tie = viewer.ties.get(item.creatorId);
  if (!tie || tie.notInterested < several || viewer.follows.has(item.creatorId)) return null;
  return tie.notInterested * 2 > tie.videos ? 'creator_not_interested' : null;
};
