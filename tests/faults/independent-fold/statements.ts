// Statements in the fold's own words: a line per entry with all balances after it, what each hour brought in, and whose gifts count on which board.
import type { LedgerEntry } from '../../../schemas/generated.ts';
import { readOrigin } from './origin.ts';
import type { Kept, Memo, Place, Reading } from './record.ts';

type Revenue = { readonly stream: string; readonly asset: string; amount: bigint; creators: bigint };
type Counting = { hour: number; run: number; revenue: Map<string, Revenue>; days: string[]; weeks: string[] };
type Person = { entries: number; oldestAt: number; newestAt: number; balances: Record<string, string> };

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const daysKept = 8;
const weeksKept = 5;
const counted = new WeakMap<Kept, Counting>();

export const statementsReading: Reading<LedgerEntry> = {
  processor: 'statements',
  topic: 'ledger_entries',
  arrivesFirst: false,
  take(kept, event, place) {
    const at = timeIn(event.eventId);
    const person = personAfter(kept.states.get(event.accountId) as Person | undefined, event, at);
    kept.states.set(event.accountId, person);
    keepLine(kept, event, { at, newestAt: person.newestAt, balances: JSON.stringify(person.balances) });
    const earned = event.outcome === 'accepted' ? revenueOf(event) : null;
    const gift = giftOf(event);
    if (!earned && gift === 0) return;
    const counting = countingAt(kept, at, place);
    if (earned) keepRevenue(kept, counting, { earned, place });
    if (gift !== 0) keepBoards(kept, counting, { event, gift, at: event.originalAt ?? at });
  },
  derive: () => [],
  memos(kept): Map<string, Memo> {
    const counting = counted.get(kept);
    if (!counting) return new Map();
    const { hour, run, revenue, days, weeks } = counting;
    const written = [...revenue].map(([name, { stream, asset, amount, creators }]) => {
      return [name, { stream, asset, amount: String(amount), creatorAmount: String(creators) }] as const;
    });
    const value = { hour, run, revenue: Object.fromEntries(written), days, weeks };
    return new Map([['counting', { value, until: null }]]);
  },
};

/** The first 48 bits of a derived id are the time of what it was made of. */
const timeIn = (id: string) => Number(BigInt(`0x${id.replaceAll('-', '').slice(0, 12)}`));
const day = (at: number) => new Date(at).toISOString().slice(0, 10);

/** The ISO week is that of its Thursday. */
function week(at: number): string {
  const sinceMonday = (new Date(at).getUTCDay() + 6) % 7;
  const thursday = new Date(at + (3 - sinceMonday) * dayMs);
  const year = thursday.getUTCFullYear();
  const number = Math.floor((Math.floor(thursday.getTime() / dayMs) - Date.UTC(year, 0, 1) / dayMs) / 7) + 1;
  return `${year}-W${number < 10 ? '0' : ''}${number}`;
}

function personAfter(before: Person | undefined, { balances }: LedgerEntry, at: number): Person {
  const after = { ...before?.balances };
  for (const [account, asset, balance] of JSON.parse(balances) as [string, string, string][]) {
    const name = `${account.split(':')[0]}:${asset}`;
    if (balance === '0') delete after[name];
    else after[name] = balance;
  }
  if (!before) return { entries: 1, oldestAt: at, newestAt: at, balances: after };
  const { entries, oldestAt, newestAt } = before;
  const span = { oldestAt: Math.min(oldestAt, at), newestAt: Math.max(newestAt, at) };
  return { entries: entries + 1, ...span, balances: after };
}

type Line = { readonly at: number; readonly newestAt: number; readonly balances: string };

/** Months never fall with offsets, whatever an import is dated. */
function keepLine(kept: Kept, event: LedgerEntry, { at, newestAt, balances }: Line): void {
  const decided = readOrigin(event.origin ?? '');
  const [month, offset] = [day(newestAt).slice(0, 7), decided?.offset ?? -1];
  const partition = Number(decided?.lane.split('/').at(-1) ?? -1);
  kept.row('ledger_statement', [event.accountId, month, offset].join(' '), {
    account_id: event.accountId,
    month,
    offset,
    partition,
    time: at,
    kind: event.kind,
    outcome: event.outcome,
    reason: event.reason,
    transaction_id: event.transactionId,
    original_id: event.originalId,
    counterparty_id: event.counterpartyId,
    stream: event.stream,
    asset: event.asset,
    amount: event.amount,
    gross: event.gross,
    gift_type: event.giftType,
    quantity: event.quantity,
    product: event.product,
    video_id: event.videoId,
    battle_id: event.battleId,
    postings: event.postings,
    balances,
    hash: event.hash,
  });
}

const moves = new Set(['credit', 'debit']);

/** What the platform and its creators have of a stream together, by the payer's entry; moves between accounts add nothing. */
function revenueOf({ kind, stream, postings }: LedgerEntry): Revenue | null {
  if (stream === null || moves.has(kind)) return null;
  let earned: Revenue | null = null;
  for (const [account, asset, text] of JSON.parse(postings) as [string, string, string][]) {
    const isCreators = ['in_transit', 'creator', 'creator_debt'].includes(account.split(':')[0] ?? '');
    if (!isCreators && account !== `platform:${stream}`) continue;
    earned ??= { stream, asset, amount: 0n, creators: 0n };
    earned.amount += BigInt(text);
    if (isCreators) earned.creators += BigInt(text);
  }
  return earned;
}

const adds = new Set(['gift', 'tip', 'hold_capture']);

/** Coins of a gift; below zero where one is taken back. */
function giftOf({ outcome, stream, asset, kind, amount }: LedgerEntry): number {
  if (outcome !== 'accepted' || stream !== 'gifts' || asset !== 'COIN') return 0;
  if (kind === 'reversal') return -(amount ?? 0);
  return adds.has(kind) ? (amount ?? 0) : 0;
}

/** An hour that is left and comes again is a run of its own. */
function countingAt(kept: Kept, at: number, { offset }: Place): Counting {
  const hour = at - (at % hourMs);
  const counting = counted.get(kept) ?? { hour: -1, run: -1, revenue: new Map(), days: [], weeks: [] };
  counted.set(kept, counting);
  if (counting.hour !== hour) Object.assign(counting, { hour, run: offset, revenue: new Map() });
  return counting;
}

type Earned = { readonly earned: Revenue; readonly place: Place };

function keepRevenue(kept: Kept, { hour, run, revenue }: Counting, { earned, place }: Earned): void {
  const { stream, asset } = earned;
  const sum = revenue.get(`${stream}:${asset}`) ?? { stream, asset, amount: 0n, creators: 0n };
  sum.amount += earned.amount;
  sum.creators += earned.creators;
  revenue.set(`${stream}:${asset}`, sum);
  const { partition } = place;
  kept.row('revenue_by_hour', [partition, day(hour), hour, stream, asset, run].join(' '), {
    ...{ partition, day: day(hour), hour, stream, asset, run },
    amount: Number(sum.amount),
    creator_amount: Number(sum.creators),
  });
}

type Given = { readonly event: LedgerEntry; readonly gift: number; readonly at: number };

function keepBoards(kept: Kept, counting: Counting, { event, gift, at }: Given): void {
  counting.days = latest(kept, 'day', { periods: counting.days, period: day(at), max: daysKept });
  counting.weeks = latest(kept, 'week', { periods: counting.weeks, period: week(at), max: weeksKept });
  const there = ['all:all'];
  if (counting.days.includes(day(at))) there.push(`day:${day(at)}`);
  if (counting.weeks.includes(week(at))) there.push(`week:${week(at)}`);
  for (const period of there) {
    kept.add(`sent:${period}`, event.accountId, gift);
    if (event.counterpartyId !== null) kept.add(`received:${period}`, event.counterpartyId, gift);
  }
}

type Periods = { readonly periods: string[]; readonly period: string; readonly max: number };

/** The boards of older periods are gone. */
function latest(kept: Kept, window: string, { periods, period, max }: Periods): string[] {
  if (periods.includes(period)) return periods;
  const all = [...periods, period].sort();
  while (all.length > max) {
    const old = all.shift();
    for (const side of ['received', 'sent']) kept.boards.delete(`${side}:${window}:${old}`);
  }
  return all;
}
