// What the readers of money hand out beside accounts and outcomes: lines of a statement, balances of the past, revenue, boards.
import type { Account, PostingText } from '../processors/ledger/domain-account.ts';

export type { Account } from '../processors/ledger/domain-account.ts';
export type { Outcome, RequestMemo } from '../processors/ledger/domain-outcomes.ts';

/** One entry of the ledger, with the place of the record that it decided and all balances after it. */
export type StatementEntry = {
  readonly partition: number;
  readonly offset: number;
  readonly time: number;
  readonly kind: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly transactionId: string;
  readonly originalId: string | null;
  readonly counterpartyId: string | null;
  readonly stream: string | null;
  readonly asset: string | null;
  readonly amount: string | null;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly videoId: string | null;
  readonly postings: readonly PostingText[];
  readonly balances: Account['balances'];
  readonly hash: string;
};
export type StatementCursor = { readonly time: number; readonly offset: number };
export type StatementPage = { readonly entries: readonly StatementEntry[]; readonly next: StatementCursor | null };
export type AsOf = {
  readonly balances: Account['balances'];
  readonly position: { readonly partition: number; readonly offset: number; readonly time: number } | null;
};
export type HourlyRevenue = {
  readonly hour: number;
  readonly stream: string;
  readonly asset: string;
  readonly amount: string;
  readonly creatorAmount: string;
};
export type Side = 'received' | 'sent';
export type Window = 'day' | 'week' | 'all';
export type GiftStanding = { readonly place: number; readonly userId: string; readonly coins: number };
export type GiftBoard = { readonly period: string; readonly standings: readonly GiftStanding[] };
