// What the readers of money hand out beside accounts and outcomes: lines of a statement, balances of the past, revenue, boards.
import type { Account, PostingText } from '../processors/ledger/domain-account.ts';

export type { Account } from '../processors/ledger/domain-account.ts';
export type { Outcome, RequestMemo } from '../processors/ledger/domain-outcomes.ts';

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
  readonly stream: string | null;
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
