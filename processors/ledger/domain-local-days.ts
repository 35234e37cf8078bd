// Which of a person's days it is: the day of their time zone, for the free swipes that are counted by it. A change of zone counts from the next day.

export type Swipes = {
  /** By which the days are told now. */
  readonly zone: string;
  /** Told since, and kept for the next day. */
  readonly nextZone: string | null;
  /** The day that `used` was counted on, as 2027-01-31; before the first swipe nothing. */
  readonly day: string;
  /** Free swipes of that day. */
  readonly used: number;
};

const zoneBeforeAny = 'UTC';
/** Names alone: what a build may take for a zone besides (an offset such as +02:00) differs from build to build. */
const zoneName = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;
/** There are some 600 zones, but their names may be written in many ways. */
const formatsMax = 1_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known) return known;
  if (!zoneName.test(zone)) return null;
  try {
    const day = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { timeZone: zone, ...day });
    if (formats.size >= formatsMax) formats.clear();
    formats.set(zone, format);
    return format;
  } catch {
    return null;
  }
}

export const isTimeZone = (zone: string): boolean => formatOf(zone) !== null;

/** @param now in ms @returns the day there, as 2027-01-31; such labels are in order as texts */
export function dayIn(zone: string, now: number): string {
  const parts = { year: '', month: '', day: '' };
  for (const { type, value } of (formatOf(zone) ?? (formatOf(zoneBeforeAny) as Intl.DateTimeFormat)).formatToParts(now))
    if (type === 'year' || type === 'month' || type === 'day') parts[type] = value;
  return `${parts.year.padStart(4, '0')}-${parts.month}-${parts.day}`;
}

export const noSwipes: Swipes = { zone: zoneBeforeAny, nextZone: null, day: '', used: 0 };

/**
 * The count as it stands at a time. Another zone is taken over once the day in the one before is over, and days only ever follow each
 * other: where the new zone is still in a day that was counted, nothing is given again.
 */
export function countedAt(swipes: Swipes, now: number): Swipes {
  const { zone, nextZone, day, used } = swipes;
  let today = dayIn(zone, now);
  if (today <= day) return swipes;
  if (nextZone === null) return { ...swipes, day: today, used: 0 };
  today = dayIn(nextZone, now);
  return today > day
    ? { zone: nextZone, nextZone: null, day: today, used: 0 }
    : { zone: nextZone, nextZone: null, day, used };
}

/** Told again what it is already, it stays. */
export function withZone(swipes: Swipes, zone: string): Swipes {
  const nextZone = zone === swipes.zone ? null : zone;
  return nextZone === swipes.nextZone ? swipes : { ...swipes, nextZone };
}
