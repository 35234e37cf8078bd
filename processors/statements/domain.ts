// A person's statement (since when, and all balances after the last entry), and what its partition counts: revenue of the hour, and periods with boards.
import type { LedgerEntry } from '../../schemas/generated.ts';
import type { Beside, Moment } from '../runtime/processor.ts';
import { type BoardChange, boardOf, countsAt, dayOf, periodsAfter, weekOf } from './domain-boards.ts';
import { type Revenue, revenueOf, sumOf, triples } from './domain-revenue.ts';

const hourMs = 3_600_000;
const keptDays = 8;
const keptWeeks = 5;

export type Statement = {
  readonly entries: number;
  /** When the decided records were appended, in ms: where rows can be. */
  readonly oldestAt: number;
  readonly newestAt: number;
  /** '<pocket>:<asset>' → decimal; nothing is left out. */
  readonly balances: Readonly<Record<string, string>>;
  /** Of the last entry alone; not kept. */
  readonly told: Told | null;
};

/** What a partition counts. */
export type Counting = {
  readonly hour: number;
  /** The offset that began this run of the hour: a late entry never rewrites a row. */
  readonly run: number;
  /** '<stream>:<asset>' → what the hour has earned. */
  readonly revenue: Readonly<Record<string, Revenue>>;
  /** Days and weeks that have boards, oldest first. */
  readonly days: readonly string[];
  readonly weeks: readonly string[];
};

export type Told = {
  /** Null if the entry changed nothing of it. */
  readonly counting: Counting | null;
  readonly revenue: Revenue | null;
  readonly board: BoardChange | null;
  /** Boards that are too old: '<window>:<period>'. */
  readonly dropped: readonly string[];
};

export const countingMemo = 'counting';

export const initialState = (): Statement => ({ entries: 0, oldestAt: 0, newestAt: 0, balances: {}, told: null });

const nothingCounted: Counting = { hour: -1, run: -1, revenue: {}, days: [], weeks: [] };

/** When the record was appended that an entry decided: a derived id begins with the time of its input, in ms. */
export const decidedAt = ({ eventId }: Pick<LedgerEntry, 'eventId'>): number =>
  Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);

export function evolve(state: Statement, event: LedgerEntry, at: Moment, beside: Beside): Statement {
  const time = decidedAt(event);
  return {
    entries: state.entries + 1,
    oldestAt: state.entries === 0 ? time : Math.min(state.oldestAt, time),
    newestAt: Math.max(state.newestAt, time),
    balances: balancesAfter(state.balances, event),
    told: toldOf((beside.memo(countingMemo) as Counting | null) ?? nothingCounted, event, { at, time }),
  };
}

/** An account is called `<pocket>:<id>`, and no pocket has a colon. */
function balancesAfter(before: Statement['balances'], { balances }: LedgerEntry): Statement['balances'] {
  const changed = triples(balances);
  if (changed.length === 0) return before;
  const after: Record<string, string> = { ...before };
  for (const [account, asset, balance] of changed) {
    const key = `${account.slice(0, account.indexOf(':'))}:${asset}`;
    if (balance === '0') delete after[key];
    else after[key] = balance;
  }
  return after;
}

function toldOf(counted: Counting, event: LedgerEntry, { at, time }: { at: Moment; time: number }): Told {
  const change = revenueOf(event);
  const gift = boardOf(event, time);
  if (!change && !gift) return { counting: null, revenue: null, board: null, dropped: [] };
  const hour = Math.floor(time / hourMs) * hourMs;
  const isSameHour = counted.hour === hour;
  const before = isSameHour ? counted.revenue : {};
  const key = change ? `${change.stream}:${change.asset}` : '';
  const revenue = change ? sumOf(before[key], change) : null;
  const days = periodsAfter(counted.days, gift ? dayOf(countsAt(event, time)) : null, keptDays);
  const weeks = periodsAfter(counted.weeks, gift ? weekOf(countsAt(event, time)) : null, keptWeeks);
  const counting: Counting = {
    hour,
    run: isSameHour ? counted.run : at.offset,
    revenue: revenue ? { ...before, [key]: revenue } : before,
    days: days.kept,
    weeks: weeks.kept,
  };
  const dropped = [...days.dropped.map((day) => `day:${day}`), ...weeks.dropped.map((week) => `week:${week}`)];
  return { counting, revenue, board: gift && withBoards(gift, counting), dropped };
}

/** Nothing is counted on a board that is gone, or it would come back for good. */
function withBoards(gift: BoardChange, { days, weeks }: Counting): BoardChange {
  const kept = { day: days, week: weeks, all: ['all'] };
  return { ...gift, periods: gift.periods.filter(([window, period]) => kept[window].includes(period)) };
}
