// What the readers of money hand out: accounts, the outcomes of requests, lines of a statement. Amounts are decimal texts.

export type Subscription = {
  readonly id: string;
  readonly tier: number;
  readonly nextTier: number;
  readonly since: number;
  readonly renewsAt: number;
  readonly status: 'active' | 'grace';
  readonly cancelled: boolean;
  readonly tries: number;
};

export type PlanHeld = {
  readonly name: string;
  readonly product: string;
  readonly until: number;
  readonly cancelled: boolean;
};

export type Account = {
  readonly balances: Readonly<Record<string, string>>;
  readonly earned: Readonly<Record<string, string>>;
  readonly plan: PlanHeld | null;
  readonly subscriptions: Readonly<Record<string, Subscription>>;
  readonly holds: Readonly<Record<string, unknown>>;
  readonly entries: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly lastOffset: number;
};

export type Outcome = {
  readonly accepted: boolean;
  readonly reason: string | null;
  readonly kind: string;
  readonly transactionId: string;
  readonly asset: string | null;
  readonly amount: string | null;
  readonly creatorShare: string | null;
  readonly platformShare: string | null;
  readonly balance: { readonly coins: string; readonly credits: string };
  readonly subscription: {
    readonly id: string;
    readonly tier: number;
    readonly nextTier: number;
    readonly renewsAt: number;
    readonly status: string;
    readonly cancelled: boolean;
  } | null;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
};

export type RequestMemo = { readonly fingerprint: string | null; readonly outcome: Outcome };

type PostingText = readonly [account: string, asset: string, amount: string];

/** One entry of the ledger, with the place of the record that it decided. */
export type StatementLine = {
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
  readonly kind: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly transactionId: string;
  readonly originalId: string | null;
  readonly counterpartyId: string | null;
  readonly asset: string | null;
  readonly amount: string | null;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly videoId: string | null;
  readonly postings: readonly PostingText[];
  readonly balances: readonly PostingText[];
  readonly hash: string;
};
export type StatementPlace = { readonly month: string; readonly offset: number };
export type StatementPage = { readonly lines: readonly StatementLine[]; readonly next: StatementPlace | null };
export type BalancesThen = { readonly balances: Account['balances']; readonly offset: number; readonly at: number };
export type RevenueHour = {
  readonly hour: number;
  readonly stream: string;
  readonly asset: string;
  readonly amount: string;
  readonly creatorAmount: string;
};
export type GiftSide = 'received' | 'sent';
export type GiftWindow = 'day' | 'week' | 'all';
export type GiftStanding = { readonly place: number; readonly userId: string; readonly coins: number };
