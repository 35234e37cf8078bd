// A person's money in the fold's own words: balances, what is owed, what is held, subscribed to and due; and a partition's own accounts.
import type { PaymentTransaction } from '../../../schemas/generated.ts';

type Fields = Readonly<Record<string, unknown>>;

export type Posting = readonly [account: string, asset: string, amount: bigint];

export type Subscribed = {
  id: string;
  tier: number;
  nextTier: number;
  since: number;
  renewsAt: number;
  status: 'active' | 'grace';
  cancelled: boolean;
  tries: number;
};
export type Plan = { name: string; product: string; until: number; cancelled: boolean; paymentIds: string[] };
export type Held = {
  readonly purpose: 'hold' | 'payout' | 'match';
  readonly asset: string;
  readonly amount: bigint;
  readonly provider: string | null;
  readonly at: number;
};

export class Account {
  readonly balances = new Map<string, bigint>();
  readonly earned = new Map<string, bigint>();
  readonly subscriptions = new Map<string, Subscribed>();
  readonly holds = new Map<string, Held>();
  readonly timers = new Map<string, number>();
  plan: Plan | null = null;
  swipes: { zone: string; nextZone: string | null; day: string; used: number } | null = null;
  boostUntil = 0;
  entries = 0;
  firstAt = 0;
  lastAt = 0;
  lastOffset = -1;

  has(kind: string, asset: string): bigint {
    return this.balances.get(`${kind}:${asset}`) ?? 0n;
  }

  earn(stream: string, asset: string, amount: bigint): void {
    const name = `${stream}:${asset}`;
    this.earned.set(name, (this.earned.get(name) ?? 0n) + amount);
  }
}

/** What was spent on somebody, for as long as it can be taken back. */
export type Spent = {
  readonly payer: string;
  readonly payee: string | null;
  readonly kind: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly stream: string;
  readonly item: string | null;
  /** Of a subscription: which, and until when it is paid. */
  readonly paidFor: { readonly id: string; readonly until: number } | null;
  readonly at: number;
  /** In the log; memory counts from there, whatever an import is dated. */
  readonly appendedAt: number;
  reversed: bigint;
};

/** What a provider has confirmed, and how much of it has gone back. */
export type Paid = {
  readonly account: string;
  readonly provider: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly currency: string | null;
  readonly price: bigint | null;
  /** The time that it paid for, of a plan. */
  readonly period: { readonly from: number; readonly until: number } | null;
  readonly at: number;
  readonly appendedAt: number;
  readonly references: Set<string>;
  refunded: bigint;
  taken: bigint;
};

export type Answer = {
  readonly accepted: boolean;
  readonly reason: string | null;
  readonly kind: string;
  readonly transactionId: string;
  readonly asset: string | null;
  readonly amount: string | null;
  readonly creatorShare: string | null;
  readonly platformShare: string | null;
  readonly balance: { readonly coins: string; readonly credits: string };
  readonly subscription: Omit<Subscribed, 'since' | 'tries'> | null;
  readonly swipe: Fields | null;
  readonly boostUntil: number | null;
  readonly originalId: string | null;
  /** Of a payout: what of the earnings in its asset is left. */
  readonly available: string | null;
  readonly ruleSet: number;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
};

/** That somebody was swiped. */
export type Swiped = {
  readonly direction: string;
  readonly transactionId: string;
  /** Of a free one. */
  readonly day: string | null;
  readonly coins: bigint;
  readonly stream: string | null;
  readonly at: number;
  readonly until: number;
};

/** All that a partition of the ledger knows. */
export class Books {
  readonly accounts = new Map<string, Account>();
  /** in_transit, platform, providers and the world: account and asset → balance. */
  readonly shared = new Map<string, bigint>();
  /** By account and transaction. */
  readonly spent = new Map<string, Spent>();
  readonly paid = new Map<string, Paid>();
  /** Booked advertising → when it was appended. */
  readonly ads = new Map<string, { readonly appendedAt: number }>();
  /** Account and item → the transaction that unlocked it. */
  readonly unlocked = new Map<string, string>();
  /** Who and whom. */
  readonly swiped = new Map<string, Swiped>();
  /** Account and idempotency key. */
  readonly answers = new Map<
    string,
    { readonly fingerprint: string | null; readonly answer: Answer; readonly appendedAt: number }
  >();
  entries = 0;
}

/** What is remembered of something that was appended at some time; null once it is too long ago. */
export function remembered<T extends { readonly appendedAt: number }>(
  kept: ReadonlyMap<string, T>,
  id: string,
  { appendedAt, forMs }: { readonly appendedAt: number; readonly forMs: number },
): T | null {
  const found = kept.get(id);
  return found && appendedAt < found.appendedAt + forMs ? found : null;
}

export type Kind = PaymentTransaction['type'];
export type Of<K extends Kind> = Extract<PaymentTransaction, { readonly type: K }>;

/** One record before its account. */
export type Case = {
  readonly books: Books;
  readonly account: Account;
  readonly event: PaymentTransaction;
  readonly partition: number;
  readonly offset: number;
  readonly now: number;
  readonly appendedAt: number;
};
export type CaseOf<K extends Kind> = Omit<Case, 'event'> & { readonly event: Of<K> };

const own = new Set(['user', 'creator', 'held', 'debt', 'creator_debt']);

/** The place of a posting in a person's balances; null for the partition's own accounts. */
export function ownName(account: string, asset: string): string | null {
  const kind = account.split(':')[0] ?? '';
  return own.has(kind) ? `${kind}:${asset}` : null;
}

export function book({ books, account }: Pick<Case, 'books' | 'account'>, postings: readonly Posting[]): void {
  for (const [name, asset, by] of postings) {
    const place = ownName(name, asset);
    const balances = place === null ? books.shared : account.balances;
    const at = place ?? `${name}:${asset}`;
    balances.set(at, (balances.get(at) ?? 0n) + by);
  }
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);
const debtOf = { user: 'debt', creator: 'creator_debt' } as const;
type Side = keyof typeof debtOf;
type Sum = { readonly asset: string; readonly amount: bigint };

/** To somebody: what is owed is settled first. */
export function arriving({ account, event }: Case, side: Side, { asset, amount }: Sum): Posting[] {
  const settled = least(amount, -account.has(debtOf[side], asset));
  return [
    [`${debtOf[side]}:${event.accountId}`, asset, settled],
    [`${side}:${event.accountId}`, asset, amount - settled],
  ];
}

/** From somebody who may owe what is not there. */
export function taken({ account, event }: Case, side: Side, { asset, amount }: Sum): Posting[] {
  const there = least(amount, account.has(side, asset));
  return [
    [`${side}:${event.accountId}`, asset, -there],
    [`${debtOf[side]}:${event.accountId}`, asset, there - amount],
  ];
}
