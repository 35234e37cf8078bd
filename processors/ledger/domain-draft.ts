// One transaction in the making: what it may look at, its postings, and what else it changes. Postings are made here and nowhere else.
import type { MoneyRules } from '../../schemas/money.ts';
import type { Beside, Emission, Moment } from '../runtime/processor.ts';
import type { Account, Decision, Hold, MemoChange, Plan, Pocket, Subscription } from './domain-account.ts';
import type { Swipes } from './domain-local-days.ts';
import type { IgnoredReason, Outcome, PartitionMemo, RefusalReason } from './domain-outcomes.ts';

/** A decoded record of payment_transactions: every field of the topic, null where its type has none. */
export type Fields = {
  readonly [name in
    | 'counterpartyId'
    | 'asset'
    | 'idempotencyKey'
    | 'transactionId'
    | 'giftType'
    | 'product'
    | 'provider'
    | 'videoId'
    | 'battleId'
    | 'fingerprint'
    | 'currency'
    | 'reason'
    | 'referenceId'
    | 'stream'
    | 'kind'
    | 'timerId'
    | 'direction'
    | 'matchId'
    | 'mode'
    | 'timeZone'
    | 'origin']: string | null;
} & {
  readonly [name in 'amount' | 'quantity' | 'tier' | 'price' | 'periodEnd' | 'gross' | 'expiresAfterMs' | 'due']:
    | number
    | null;
} & {
  readonly type: string;
  readonly eventId: string;
  readonly accountId: string;
  readonly ruleSet: number;
  readonly counterpartyKnown: boolean | null;
  readonly personal: Buffer | null;
};

export type Posting = { readonly account: string; readonly asset: string; readonly amount: bigint };

export type Draft = {
  readonly event: Fields;
  readonly now: number;
  /** By which memos are forgotten: an imported record may be dated long before. */
  readonly appendedAt: number;
  readonly at: Moment;
  readonly rules: MoneyRules;
  readonly before: Account;
  readonly beside: Beside;
  readonly partition: PartitionMemo;
  readonly postings: Posting[];
  /** Balances after the postings so far: this person's by pocket and asset, the partition's by account and asset. */
  readonly own: Map<string, bigint>;
  readonly shared: Map<string, bigint>;
  readonly memos: MemoChange[];
  readonly emissions: Emission[];
  readonly timerChanges: [timerId: string, due: number | null][];
  unlock: { readonly item: string; readonly transactionId: string | null } | null;
  earned: Account['earned'];
  plan: Plan | null;
  subscriptions: Readonly<Record<string, Subscription>>;
  holds: Readonly<Record<string, Hold>>;
  timers: Readonly<Record<string, number>>;
  swipes: Swipes | null;
  boostUntil: number;
  swiped: Decision['swiped'];
  boostedUntil: number | null;
  /** What its entry says. */
  transactionId: string;
  originalId: string | null;
  originalAt: number | null;
  /** Of what is accepted: why it came to be, where that was told. */
  why: string | null;
  stream: string | null;
  counterpartyId: string | null;
  asset: string | null;
  amount: bigint | null;
  creatorShare: bigint | null;
  platformShare: bigint | null;
  /** What its answer says of a swipe. */
  swipe: Outcome['swipe'];
};

/** Null: accepted. A refusal may change timers and subscriptions, but has no postings. */
export type Verdict = null | Refused | Ignored;
type Refused = { readonly outcome: 'refused'; readonly reason: RefusalReason };
type Ignored = { readonly outcome: 'ignored'; readonly reason: IgnoredReason };

export const refused = (reason: RefusalReason): Refused => ({ outcome: 'refused', reason });
export const ignored = (reason: IgnoredReason): Ignored => ({ outcome: 'ignored', reason });

export function newDraft(
  before: Account,
  event: Fields,
  about: Pick<Draft, 'at' | 'rules' | 'beside' | 'partition'>,
): Draft {
  const { at, rules, beside, partition } = about;
  return {
    event,
    now: at.now,
    appendedAt: beside.record.time,
    at,
    rules,
    before,
    beside,
    partition,
    postings: [],
    own: new Map(),
    shared: new Map(),
    memos: [],
    emissions: [],
    timerChanges: [],
    unlock: null,
    earned: before.earned,
    plan: before.plan,
    subscriptions: before.subscriptions,
    holds: before.holds,
    timers: before.timers,
    swipes: before.swipes,
    boostUntil: before.boostUntil,
    swiped: null,
    boostedUntil: null,
    transactionId: event.eventId,
    originalId: null,
    originalAt: null,
    why: null,
    stream: null,
    counterpartyId: event.counterpartyId,
    asset: event.asset,
    amount: wholeOf(event.amount),
    creatorShare: null,
    platformShare: null,
    swipe: null,
  };
}

/** Null for what is no whole number above zero. */
export const amountOf = (amount: number | null): bigint | null => {
  const whole = wholeOf(amount);
  return whole !== null && whole > 0n ? whole : null;
};

export const wholeOf = (amount: number | null): bigint | null =>
  Number.isSafeInteger(amount) ? BigInt(amount as number) : null;

/** Names come from outside: `constructor` is a user like any other. */
export const ownValue = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

export const withValue = <T>(record: Readonly<Record<string, T>>, name: string, value: T): Record<string, T> => ({
  ...record,
  [name]: value,
});

export function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  const { [name]: _, ...rest } = record;
  return rest;
}

export const sizeOf = (record: Readonly<Record<string, unknown>>): number => Object.keys(record).length;

export function balanceIn({ own, before }: Draft, pocket: Pocket, asset: string): bigint {
  const key = `${pocket}:${asset}`;
  return own.get(key) ?? BigInt(before.balances[key] ?? 0);
}

/** A posting to one of this person's accounts; of nothing, none. */
export function post(draft: Draft, pocket: Pocket, asset: string, amount: bigint): void {
  if (amount === 0n) return;
  draft.own.set(`${pocket}:${asset}`, balanceIn(draft, pocket, asset) + amount);
  draft.postings.push({ account: `${pocket}:${draft.event.accountId}`, asset, amount });
}

/** A posting to an account of the partition: in_transit, platform, a provider, the world. */
export function postShared(draft: Draft, account: string, asset: string, amount: bigint): void {
  if (amount === 0n) return;
  const key = `${account}:${asset}`;
  draft.shared.set(key, (draft.shared.get(key) ?? BigInt(ownValue(draft.partition.accounts, key) ?? 0)) + amount);
  draft.postings.push({ account, asset, amount });
}

const debtOf = { user: 'debt', creator: 'creator_debt' } as const;

/** Money that comes in settles a debt first. */
export function receive(draft: Draft, pocket: 'user' | 'creator', asset: string, amount: bigint): void {
  const debt = -balanceIn(draft, debtOf[pocket], asset);
  const settled = debt < amount ? debt : amount;
  post(draft, debtOf[pocket], asset, settled);
  post(draft, pocket, asset, amount - settled);
}

/** Money that must go back is taken from what is there; the rest is owed. */
export function takeBack(draft: Draft, pocket: 'user' | 'creator', asset: string, amount: bigint): void {
  const there = balanceIn(draft, pocket, asset);
  const taken = there < amount ? there : amount;
  post(draft, pocket, asset, -taken);
  post(draft, debtOf[pocket], asset, taken - amount);
}

export function addEarned(draft: Draft, stream: string, asset: string, amount: bigint): void {
  const key = `${stream}:${asset}`;
  const earned = BigInt(ownValue(draft.earned, key) ?? 0) + amount;
  draft.earned = withValue(draft.earned, key, earned.toString());
}

export function setTimer(draft: Draft, timerId: string, due: number): void {
  draft.timers = withValue(draft.timers, timerId, due);
  draft.timerChanges.push([timerId, due]);
}

export function dropTimer(draft: Draft, timerId: string): void {
  if (!Object.hasOwn(draft.timers, timerId)) return;
  draft.timers = without(draft.timers, timerId);
  draft.timerChanges.push([timerId, null]);
}

/** A memo that is not there, or that may be forgotten by now, is null. */
export function memoOf<T extends { readonly until: number | null }>(
  { beside }: Pick<Draft, 'beside'>,
  key: string,
): T | null {
  const memo = beside.memo(key) as T | null | undefined;
  return memo && (memo.until === null || beside.record.time < memo.until) ? memo : null;
}

export function keepMemo(draft: Draft, key: string, value: { readonly until: number | null }): void {
  draft.memos.push({ key, value, until: value.until });
}

const largest = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Would a person come to have more of an asset than a number can say? Wallet, earnings and what is held count together, so that what
 * is held can always go back, and what only moves or shrinks is within. What is on its way already must arrive.
 */
export function passesLimit(draft: Draft): boolean {
  if (draft.event.type === 'credit') return false;
  for (const key of draft.own.keys()) {
    const asset = key.slice(key.indexOf(':') + 1);
    const after = wealthIn((pocket) => balanceIn(draft, pocket, asset));
    if (after <= largest) continue;
    if (after > wealthIn((pocket) => BigInt(draft.before.balances[`${pocket}:${asset}`] ?? 0))) return true;
  }
  return false;
}

const wealthIn = (balance: (pocket: Pocket) => bigint): bigint =>
  balance('user') + balance('creator') + balance('held');
