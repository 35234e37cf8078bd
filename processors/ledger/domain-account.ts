// A person's accounts: balances, earnings by stream, plan, subscriptions, holds and timers. The state of the record's key.
import type { Emission } from '../runtime/processor.ts';
import type { Swipes } from './domain-local-days.ts';

export type Plan = {
  readonly name: string;
  readonly product: string;
  /** Paid until, in ms. */
  readonly until: number;
  readonly cancelled: boolean;
  /** The payments at providers that bought and may go on renewing it, the newest last. */
  readonly paymentIds: readonly string[];
};

/** To a creator; its id is that of the transaction that began it. */
export type Subscription = {
  readonly id: string;
  readonly tier: number;
  /** What is charged at the next renewal. */
  readonly nextTier: number;
  readonly since: number;
  readonly renewsAt: number;
  /** Grace: its renewal could not be paid, and is tried again. */
  readonly status: 'active' | 'grace';
  readonly cancelled: boolean;
  /** Failed renewals since it was due. */
  readonly tries: number;
};

/** What is set aside: for a decision elsewhere (of a match by its pair alone), or until a payout is settled. */
export type Hold = {
  readonly purpose: 'hold' | 'payout' | 'match';
  readonly asset: string;
  readonly amount: string;
  readonly provider: string | null;
  readonly at: number;
};

/** Person's accounts are `<pocket>:<id>`; in a state `<pocket>:<asset>`. */
export const pockets = ['user', 'creator', 'held', 'debt', 'creator_debt'] as const;
export type Pocket = (typeof pockets)[number];

export type Account = {
  /** 'user:COIN' → decimal text; absent is zero. Debts are never positive, the others never negative. */
  readonly balances: Readonly<Record<string, string>>;
  /** '<stream>:<asset>' → decimal text: what was ever earned, less what was taken back. */
  readonly earned: Readonly<Record<string, string>>;
  readonly plan: Plan | null;
  /** By creator. */
  readonly subscriptions: Readonly<Record<string, Subscription>>;
  /** By transaction. */
  readonly holds: Readonly<Record<string, Hold>>;
  /** The free swipes of the day; null before any, and before a time zone was told. */
  readonly swipes: Swipes | null;
  /** Until when a profile is boosted, in ms; 0 before any boost. */
  readonly boostUntil: number;
  /** Timer id → when it is due, in ms. */
  readonly timers: Readonly<Record<string, number>>;
  /** Records decided for this account. */
  readonly entries: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly lastOffset: number;
  /** Of the last event alone; not kept. */
  readonly decided: Decision | null;
};

/** [account, asset, amount as a decimal text] */
export type PostingText = readonly [account: string, asset: string, amount: string];

export type MemoChange = { readonly key: string; readonly value: unknown; readonly until: number | null };

/** What was decided about one record, with all that its commit writes and publishes. */
export type Decision = {
  readonly outcome: 'accepted' | 'refused' | 'repeated' | 'misused' | 'ignored';
  readonly reason: string | null;
  readonly kind: string;
  readonly transactionId: string;
  readonly originalId: string | null;
  readonly stream: string | null;
  readonly counterpartyId: string | null;
  readonly asset: string | null;
  readonly amount: string | null;
  /** Of a credit: the whole that its amount is a share of. */
  readonly gross: number | null;
  /** Of a reversal: when what it takes back was spent. */
  readonly originalAt: number | null;
  readonly postings: readonly PostingText[];
  /** Of this person's accounts that were posted to: the balance after it. */
  readonly balances: readonly PostingText[];
  readonly previousHash: string;
  readonly hash: string;
  readonly memos: readonly MemoChange[];
  /** Timers set (when due) and taken away (null). */
  readonly timers: readonly (readonly [timerId: string, due: number | null])[];
  /** What was unlocked (by which transaction) or taken back (null). */
  readonly unlock: { readonly item: string; readonly transactionId: string | null } | null;
  /** Who was swiped and what readers are told of it; null: it was taken back. */
  readonly swiped: { readonly target: string; readonly value: string | null } | null;
  /** Of a boost: until when, in ms. */
  readonly boostedUntil: number | null;
  /** What follows elsewhere: credits and debits of others, intents, what pairs are to decide, what a person's history tells. */
  readonly emissions: readonly Emission[];
};

export const initialState = (): Account => ({
  balances: {},
  earned: {},
  plan: null,
  subscriptions: {},
  holds: {},
  swipes: null,
  boostUntil: 0,
  timers: {},
  entries: 0,
  firstAt: 0,
  lastAt: 0,
  lastOffset: -1,
  decided: null,
});
