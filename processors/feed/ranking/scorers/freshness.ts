// Freshness: a value that halves with a half-life that depends on the category; news ages faster than a lesson.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import type { Scorer } from './scorer.ts';

/** Age in ms; clocks may differ by minutes, so what comes from the future is new. */
export const ageOf = (item: Item, { now, catalogue }: Request): number =>
  Math.max(0, now - catalogue.figures.publishedAtOf(item));

export function freshnessOf(item: Item, request: Request): number {
  const { fading, figures, size } = request.catalogue;
  return fading.of(item, -ageOf(item, request) / figures.halfLifeMsOf(item), size);
}

export const freshness: Scorer = {
  name: 'freshness',
  value: freshnessOf,
  explain(item, request) {
    const { state, partition } = item.candidate;
    const ageMs = ageOf(item, request);
    const value = freshnessOf(item, request);
    return {
      value,
      inputs: { published_at: state.publishedAt, age_ms: ageMs, half_life_ms: item.halfLifeMs },
      certainty: state.publishedAt > 0 ? 1 : 0,
      evidence: [{ topic: 'video_uploads', partition, offset: state.offset }],
      sentence: value >= 0.5 ? `Recently posted (${inWords(ageMs)} ago)` : null,
    };
  },
};

/** As in "2 hours": the largest unit of which there is at least one, rounded down. */
export function inWords(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 60) return counted(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}

const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
