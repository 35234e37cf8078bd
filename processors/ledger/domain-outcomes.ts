// What the ledger can answer: outcomes, the closed lists of reasons, and the memos that keep them beside the accounts.

/** Why a request was refused; a refusal is an outcome like any other. */
export const refusalReasons = [
  'insufficient_funds',
  'unknown_recipient',
  'own_gift',
  'limit',
  'invalid_amount',
  'unknown_gift',
  'unknown_tier',
  'unknown_product',
  'unknown_placement',
  'already_unlocked',
  'already_subscribed',
  'not_subscribed',
  'no_plan',
  'unknown_transaction',
  'already_reversed',
  'exceeds_remaining',
  'too_old',
  'not_reversible',
  'below_minimum',
  'own_swipe',
  'already_swiped',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Why a fact (of a provider, a timer, another account) changed nothing. */
export const ignoredReasons = [
  'already_booked',
  'already_held',
  'exceeds_remaining',
  'invalid_amount',
  'not_from_ledger',
  'not_from_pairs',
  'timer_gone',
  'timer_not_due',
  'too_old',
  'unknown_hold',
  'unknown_payment',
  'unknown_payout',
  'unknown_swipe',
  'unknown_time_zone',
  'wrong_key',
] as const;
export type IgnoredReason = (typeof ignoredReasons)[number];

/** The answer to a request, as it is given to whoever asks again with the same key. Amounts are decimal texts. */
export type Outcome = {
  readonly accepted: boolean;
  readonly reason: RefusalReason | null;
  readonly kind: string;
  readonly transactionId: string;
  readonly asset: string | null;
  readonly amount: string | null;
  readonly creatorShare: string | null;
  readonly platformShare: string | null;
  /** Of the wallet, after it. */
  readonly balance: { readonly coins: string; readonly credits: string };
  readonly subscription: {
    readonly id: string;
    readonly tier: number;
    readonly nextTier: number;
    readonly renewsAt: number;
    readonly status: string;
    readonly cancelled: boolean;
  } | null;
  /** Of a swipe. */
  readonly swipe: {
    readonly direction: string;
    readonly targetUserId: string;
    /** Free swipes of the day, after it. */
    readonly freeLeft: number;
    readonly coinsCharged: number;
  } | null;
  /** Of a boost: until when, in ms. */
  readonly boostUntil: number | null;
  /** What it is about; of an unlock that is there already: the transaction that unlocked it. */
  readonly originalId: string | null;
  /** Of a payout: the earnings in its asset that can be paid out, after it. */
  readonly available: string | null;
  /** By which it was decided. */
  readonly ruleSet: number;
  /** Append time in ms, and place, of the record that was decided. */
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
};

/** `until` (ms of append time) is part of it, so that a memo that lingers counts no longer than one that is forgotten. */
export type RequestMemo = { readonly fingerprint: string | null; readonly outcome: Outcome; readonly until: number };

export const requestMemoPrefix = 'request:';

/** The memo of a request under its idempotency key. */
export const requestMemo = (accountId: string, idempotencyKey: string): string =>
  `${requestMemoPrefix}${accountId}:${idempotencyKey}`;

/** What all keys of a partition share: the head of its chain, and the accounts that are no person's ('platform:gifts:COIN' → decimal). */
export type PartitionMemo = {
  readonly hash: string;
  readonly entries: number;
  readonly accounts: Readonly<Record<string, string>>;
};

export const partitionMemo = 'partition';

/** Before the first link of a chain. */
const firstHash = '0'.repeat(64);

export const emptyPartition: PartitionMemo = { hash: firstHash, entries: 0, accounts: {} };

/** What was spent and can be reversed, and how much of it has been. */
export type TransactionMemo = {
  readonly accountId: string;
  readonly kind: string;
  /** When it was spent. */
  readonly at: number;
  readonly counterpartyId: string | null;
  readonly asset: string;
  readonly amount: string;
  readonly reversed: string;
  readonly stream: string;
  readonly ruleSet: number;
  /** Of an unlock: what it opened. */
  readonly item: string | null;
  /** Of a subscription: which, and until when this paid for it. */
  readonly subscription: { readonly id: string; readonly paidUntil: number } | null;
  readonly reversibleUntil: number;
  readonly until: number;
};

/** What somebody has unlocked, and by which transaction. */
export type UnlockMemo = { readonly transactionId: string; readonly until: null };

/** A payment that a provider has confirmed, and what has been refunded of it. */
export type PaymentMemo = {
  readonly accountId: string;
  readonly provider: string;
  /** Null where no price was told: then the units are counted as minor units. */
  readonly currency: string | null;
  readonly price: string;
  readonly asset: string;
  readonly amount: string;
  /** Minor units given back, and units of the asset taken for them. */
  readonly refunded: string;
  readonly taken: string;
  readonly references: readonly string[];
  /** Of a plan: the time that it paid for. */
  readonly period: { readonly from: number; readonly until: number } | null;
  readonly refundableUntil: number;
  readonly until: number;
};

/** That somebody was swiped, for as long as they are not to come back. */
export type SwipedMemo = {
  readonly direction: string;
  readonly transactionId: string;
  /** The day whose free swipe it was; null of a paid one. */
  readonly day: string | null;
  /** Coins, and the stream that they went to; null of a free one. */
  readonly paid: string;
  readonly stream: string | null;
  readonly at: number;
  readonly until: number;
};

/** By account too: an id that another has used is not theirs to take back. */
export const transactionMemo = (accountId: string, transactionId: string): string =>
  `transaction:${accountId}:${transactionId}`;
export const paymentMemo = (paymentId: string): string => `payment:${paymentId}`;
export const unlockMemo = (accountId: string, item: string): string => `unlock:${accountId}:${item}`;
export const swipedMemo = (accountId: string, target: string): string => `swiped:${accountId}:${target}`;
export const adMemo = (id: string): string => `ad:${id}`;

/** The hash of what a person has unlocked: item → transaction id. */
export const unlocksHash = (accountId: string): string => `unlocks:${accountId}`;

/** The hash of whom a person has swiped: their id → JSON {direction, until (ms), transactionId}. */
export const swipedHash = (accountId: string): string => `swiped:${accountId}`;

/** The board of boosted profiles: member the user, score until when in ms (which may be over). */
export const boostedBoard = 'boosted';

/** The board of what is due: member `<accountId> <timerId>`, score the time in ms. */
export const timersBoard = 'timers';
export const timerMember = (accountId: string, timerId: string): string => `${accountId} ${timerId}`;
