// Keeps out creators whom the viewer has blocked, reported, or pointed at with "not interested".
import type { Filter } from './filter.ts';

export const blocked: Filter = (item, { viewer }) => (viewer.blocked.has(item.creatorId) ? 'blocked' : null);

export const reported: Filter = (item, { viewer }) => (viewer.reported.has(item.creatorId) ? 'reported' : null);

export const creatorTurnedAway: Filter = (item, { viewer }) =>
  viewer.aversions.turnedAway.has(item.creatorId) ? 'creator_not_interested' : null;
