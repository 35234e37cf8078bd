// Every filter of the feed: some never give way, the others only when nothing else is left.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import type { Filter, Reason } from './filter.ts';
import { creatorHeldBack, topicHeldBack } from './held-back.ts';
import { blocked, creatorTurnedAway, reported } from './hidden.ts';
import { creatorNotInterested, notInterested } from './not-interested.ts';
import { own } from './own.ts';
import { seen } from './seen.ts';
import { served } from './served.ts';
import { unavailable } from './unavailable.ts';

export const firm: readonly Filter[] = [unavailable, own, blocked, reported, served, notInterested, creatorTurnedAway];
export const yielding: readonly Filter[] = [creatorNotInterested, topicHeldBack, creatorHeldBack, seen];

/** Why a video is not shown to this viewer, or null. */
export function refusalOf(
  item: Item,
  request: Request,
  filters: readonly Filter[] = [...firm, ...yielding],
): Reason | null {
  for (const filter of filters) {
    const reason = filter(item, request);
    if (reason) return reason;
  }
  return null;
}

/** Every reason why a video is not shown to this viewer, the firm ones first. */
export function refusalsOf(item: Item, request: Request): readonly Reason[] {
  return [...firm, ...yielding].flatMap((filter) => filter(item, request) ?? []);
}
