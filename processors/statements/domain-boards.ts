// Whose gifts count on which boards: those of a day, a week and of all time, by whole coins, less what was reversed meanwhile.
import type { LedgerEntry } from '../../schemas/generated.ts';

const dayMs = 86_400_000;

export type Side = 'received' | 'sent';
export type Window = 'day' | 'week' | 'all';
export type Period = readonly [window: Window, period: string];

export type BoardChange = {
  readonly sender: string;
  readonly receiver: string | null;
  readonly coins: number;
  readonly periods: readonly Period[];
};

export const boardName = (side: Side, [window, period]: Period): string => `${side}:${window}:${period}`;

const sign: Readonly<Record<string, 1 | -1>> = { gift: 1, tip: 1, hold_capture: 1, reversal: -1 };

/** A reversal takes back where the gift counted, so that no day falls below nothing. */
export const countsAt = ({ originalAt }: LedgerEntry, time: number): number => originalAt ?? time;

export function boardOf(entry: LedgerEntry, time: number): BoardChange | null {
  const { outcome, kind, stream, asset, amount, accountId, counterpartyId } = entry;
  const by = sign[kind];
  if (by === undefined || outcome !== 'accepted' || stream !== 'gifts' || asset !== 'COIN' || amount === null)
    return null;
  return { sender: accountId, receiver: counterpartyId, coins: by * amount, periods: periodsOf(countsAt(entry, time)) };
}

/** UTC. */
export const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);

/** ISO 8601: weeks begin on Monday, and belong to the year of their Thursday. */
export function weekOf(timeMs: number): string {
  const day = Math.floor(timeMs / dayMs) * dayMs;
  const thursday = new Date(day + (3 - ((new Date(day).getUTCDay() + 6) % 7)) * dayMs);
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / (7 * dayMs));
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}

export const periodOf: Readonly<Record<Window, (timeMs: number) => string>> = {
  day: dayOf,
  week: weekOf,
  all: () => 'all',
};

const periodsOf = (time: number): Period[] =>
  (['day', 'week', 'all'] as const).map((window) => [window, periodOf[window](time)]);

/** So many latest periods keep their boards; one that is older than all of them gets none. */
export function periodsAfter(
  periods: readonly string[],
  period: string | null,
  kept: number,
): { readonly kept: readonly string[]; readonly dropped: readonly string[] } {
  if (period === null || periods.includes(period)) return { kept: periods, dropped: [] };
  const all = [...periods, period].sort();
  if (all.length > kept && all[0] === period) return { kept: periods, dropped: [] };
  return { kept: all.slice(-kept), dropped: all.slice(0, -kept) };
}
