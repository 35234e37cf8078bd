// When somebody is usually online: distinct hours of the day (UTC) with anything done in them, fading by half in 30 days.

export const hourMs = 3_600_000;
const hoursOfDay = 24;
const halvesAfterHours = 30 * hoursOfDay;
/** Decimals that are kept, so that every build and every store has the same number. */
const precision = 10_000;

export type Online = {
  /** By UTC hour. */
  readonly online: readonly number[];
  /** Hours since 1970 of the last that counted; -1 before the first. */
  readonly lastHour: number;
};

export const neverOnline: Online = { online: new Array(hoursOfDay).fill(0), lastHour: -1 };

/** @returns the same object where the hour, or a later one, has counted already */
export function onlineAfter(before: Online, now: number): Online {
  const hour = Math.floor(now / hourMs);
  if (hour <= before.lastHour) return before;
  const kept = before.lastHour < 0 ? 0 : 2 ** (-(hour - before.lastHour) / halvesAfterHours);
  const online = before.online.map((times, of) => rounded(times * kept + (of === hour % hoursOfDay ? 1 : 0)));
  return { online, lastHour: hour };
}

const rounded = (times: number): number => Math.round(times * precision) / precision;
