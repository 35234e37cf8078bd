// Trending: a video's decayed rate of the day as a part of the leader's; both decay alike, so their ratio stays.
import { rateAt } from '../../../trending/domain.ts';
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import { certaintyOf, type Scorer } from './scorer.ts';

/** Places from here on are not told. */
const placesMax = 100;
/** Fewer decayed points than this are no trend worth a sentence, whatever the others have. */
const pointsWorthSaying = 1;

/** A rate as a part of the leader's; keys are logarithms, so that rates of years ago do not underflow. */
export function relativeTo(leaderKey: number, key: number): number {
  return key === Number.NEGATIVE_INFINITY ? 0 : 2 ** Math.min(0, key - leaderKey);
}

export function relativeRate(item: Item, { trendingReference, catalogue }: Request): number {
  const key = catalogue.figures.trendKeyOf(item);
  if (key === Number.NEGATIVE_INFINITY) return 0;
  return catalogue.rising.of(item, Math.min(0, key - trendingReference), catalogue.size);
}

export const trendingValue = (item: Item, request: Request): number => Math.sqrt(relativeRate(item, request));

/** Null for one that is not among those told. */
function placeOf(item: Item, order: readonly Item[]): number | null {
  for (let at = 0; at < placesMax && at < order.length; at++) if (order[at] === item) return at + 1;
  return null;
}

export const trending: Scorer = {
  name: 'trending',
  value: trendingValue,
  explain(item, request) {
    const state = item.trending?.state;
    const value = trendingValue(item, request);
    const points = state ? rateAt(state, 'day', request.now) : 0;
    const place = item.live ? placeOf(item, request.catalogue.trending.order()) : null;
    return {
      value,
      inputs: {
        points,
        relative_rate: relativeRate(item, request),
        place,
        events: state?.events ?? 0,
        window: 'day',
      },
      certainty: certaintyOf(state?.events ?? 0, 20),
      evidence: item.trending
        ? [{ topic: 'video_engagement', partition: item.trending.partition, offset: item.trending.state.offset }]
        : [],
      sentence:
        place !== null && value >= 0.5 && points >= pointsWorthSaying ? `Trending now (place ${place} today)` : null,
    };
  },
};
