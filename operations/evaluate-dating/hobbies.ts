// What each person answered of each hobby, from the two numbers that a date tells: the lower rating and the gap. A person's rating is what all their dates agree on.
import type { Meeting } from '../../learning/meetings.ts';
import { hobbyColumns, rawColumns } from './columns.ts';

type Range = { readonly low: number; readonly high: number };

/** @param raw per meeting the columns `rawColumns` @returns person → hobby → rating */
export function hobbiesOf(
  meetings: readonly Meeting[],
  raw: readonly Float64Array[],
): Map<string, Record<string, number>> {
  const ratings = new Map<string, Record<string, number>>();
  for (const { trait, lower, gap } of hobbyColumns) {
    const [lowerAt, gapAt] = [rawColumns.indexOf(lower), rawColumns.indexOf(gap)];
    const ranges = new Map<string, Range[]>();
    meetings.forEach(({ person, partner }, at) => {
      const [low, apart] = [raw[at]?.[lowerAt] as number, raw[at]?.[gapAt] as number];
      if (!Number.isFinite(low) || !Number.isFinite(apart)) return;
      for (const id of [person, partner]) {
        const own = ranges.get(id) ?? [];
        ranges.set(id, own);
        own.push({ low, high: low + apart });
      }
    });
    for (const [id, own] of ranges) {
      const known = ratings.get(id) ?? {};
      ratings.set(id, known);
      known[trait] = agreed(own);
    }
  }
  return ratings;
}

/** It is the lower or the higher of every date: the one that most dates allow; the mean of those that as many do. */
function agreed(ranges: readonly Range[]): number {
  const votes = new Map<number, number>();
  for (const { low, high } of ranges)
    for (const value of new Set([low, high])) votes.set(value, (votes.get(value) ?? 0) + 1);
  const most = Math.max(...votes.values());
  const best = [...votes].flatMap(([value, count]) => (count === most ? [value] : []));
  return best.reduce((sum, value) => sum + value, 0) / best.length;
}
