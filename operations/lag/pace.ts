// What two looks at a partition say: how far behind it is, how fast it goes, and when it will have caught up. Pure.

/** A partition at one moment. */
export type Look = {
  readonly partition: number;
  /** The next offset to fold. */
  readonly committed: number;
  readonly end: number;
  /** When it was looked at, in ms. */
  readonly at: number;
};

export const trends = ['caught up', 'catching up', 'steady', 'standing still', 'falling behind'] as const;
export type Trend = (typeof trends)[number];

export type Pace = {
  readonly committed: number;
  readonly end: number;
  readonly lag: number;
  readonly foldedPerSecond: number;
  readonly appendedPerSecond: number;
  readonly trend: Trend;
  /** Null: never, at this pace. */
  readonly catchUpSeconds: number | null;
};

/** A difference of rates below this share of the larger one is noise. */
const noticeableShare = 0.02;

export function paceOf(before: Look, after: Look): Pace {
  return pace([before], [after]);
}

/** Of all partitions together. @param before, after looks at the same partitions in the same order */
export function pace(before: readonly Look[], after: readonly Look[]): Pace {
  const sum = (looks: readonly Look[], of: (look: Look) => number) => looks.reduce((all, look) => all + of(look), 0);
  const seconds = Math.max(1, (after[0]?.at ?? 0) - (before[0]?.at ?? 0)) / 1_000;
  const [committed, end] = [sum(after, (look) => look.committed), sum(after, (look) => look.end)];
  // A rebuilt projection begins anew: what it has folded cannot be less than nothing.
  const foldedPerSecond = Math.max(0, committed - sum(before, (look) => look.committed)) / seconds;
  const appendedPerSecond = Math.max(0, end - sum(before, (look) => look.end)) / seconds;
  const lag = sum(after, (look) => Math.max(0, look.end - look.committed));
  const rates = { lag, foldedPerSecond, appendedPerSecond };
  const trend = trendOf(rates);
  return { ...rates, committed, end, trend, catchUpSeconds: catchUp(trend, rates) };
}

type Rates = { readonly lag: number; readonly foldedPerSecond: number; readonly appendedPerSecond: number };

function trendOf({ lag, foldedPerSecond, appendedPerSecond }: Rates): Trend {
  if (lag === 0) return 'caught up';
  if (foldedPerSecond === 0 && appendedPerSecond === 0) return 'standing still';
  const gained = foldedPerSecond - appendedPerSecond;
  if (Math.abs(gained) <= noticeableShare * Math.max(foldedPerSecond, appendedPerSecond)) return 'steady';
  return gained > 0 ? 'catching up' : 'falling behind';
}

function catchUp(trend: Trend, { lag, foldedPerSecond, appendedPerSecond }: Rates): number | null {
  if (trend === 'caught up') return 0;
  return trend === 'catching up' ? lag / (foldedPerSecond - appendedPerSecond) : null;
}
