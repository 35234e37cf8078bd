// Holds back a part of what the viewer has had enough of: which videos, their hash decides, the same ones on every page and instance.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import { stableHash } from '../stable-hash.ts';
import type { Filter } from './filter.ts';

/** In [0, 1), even over all videos. */
const drawOf = (item: Item, { viewer }: Request): number => stableHash(`${viewer.userId} ${item.id}`) / 2 ** 32;

function isHeldBack(part: number | undefined, item: Item, request: Request): boolean {
  return part !== undefined && drawOf(item, request) < part;
}

export const topicHeldBack: Filter = (item, request) =>
  isHeldBack(request.viewer.aversions.topics.get(item.category), item, request) ? 'topic_not_interested' : null;

export const creatorHeldBack: Filter = (item, request) =>
  isHeldBack(request.viewer.aversions.creators.get(item.creatorId), item, request) ? 'creator_often_skipped' : null;
