// Every filter of the feed: some never give way, the others only when nothing else is left.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import type { Filter, Reason } from './filter.ts';
import { creatorHeldBack, topicHeldBack } from './held-back.ts';
import { blocked, creatorTurnedAway, reported } from './hidden.ts';
import { creatorNotInterested, hasSeveralOfACreator, notInterested } from './not-interested.ts';
import { own } from './own.ts';
import { seen } from './seen.ts';
import { served } from './served.ts';
import { unavailable } from './unavailable.ts';

export const firm: readonly Filter[] = [unavailable, own, blocked, reported, served, notInterested, creatorTurnedAway];
export const yielding: readonly Filter[] = [creatorNotInterested, topicHeldBack, creatorHeldBack, seen];

/** Of filters that go by what a viewer has made, said or had enough of: whether this viewer has at all. */
const appliesTo = new Map<Filter, (request: Request) => boolean>([
  [own, ({ viewer, catalogue }) => catalogue.creatorNumber(viewer.userId) !== undefined],
  [blocked, ({ viewer }) => viewer.blocked.size > 0],
  [reported, ({ viewer }) => viewer.reported.size > 0],
  [served, (request) => request.served.size > 0],
  [notInterested, ({ viewer }) => viewer.unwanted.size > 0],
  [creatorTurnedAway, ({ viewer }) => viewer.aversions.turnedAway.size > 0],
  [creatorNotInterested, hasSeveralOfACreator],
  [topicHeldBack, ({ viewer }) => viewer.aversions.topics.size > 0],
  [creatorHeldBack, ({ viewer }) => viewer.aversions.creators.size > 0],
]);

/** Those that can refuse this viewer anything: many videos are looked at, and most viewers have turned little away. */
export const filtersFor = (request: Request, filters: readonly Filter[]): readonly Filter[] =>
  filters.filter((filter) => appliesTo.get(filter)?.(request) ?? true);

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
