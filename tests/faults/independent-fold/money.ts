// The ledger in the fold's own words: one verdict and one entry per record, its account's state, the partition's books and its hash chain.
import { createHash } from 'node:crypto';
import type { PaymentTransaction } from '../../../schemas/generated.ts';
import {
  Account,
  type Answer,
  Books,
  book,
  type Case,
  type CaseOf,
  type Kind,
  ownName,
  type Posting,
} from './money-account.ts';
import { hold, holdCapture, holdRelease, timerFired } from './money-due.ts';
import { balanceMax, keysKeptMs } from './money-prices.ts';
import { adRevenue, coinPurchase, payout, payoutEnded, planCancel, planPurchase, refund } from './money-provided.ts';
import {
  arrivedCredit,
  arrivedDebit,
  boost,
  gift,
  reversal,
  subscription,
  subscriptionCancel,
  tip,
  unlock,
} from './money-spending.ts';
import { sumOf } from './money-sums.ts';
import { matchUnlock, swipe, swipeUndone, timeZone } from './money-swipes.ts';
import { refused, type Verdict } from './money-verdict.ts';
import type { Kept, Place } from './record.ts';

/** What must stand in the log about one record. */
export type Entry = {
  readonly accountId: string;
  readonly outcome: 'accepted' | 'refused' | 'repeated' | 'misused' | 'ignored';
  readonly reason: string | null;
  readonly kind: Kind;
  readonly transactionId: string;
  readonly originalId: string | null;
  readonly postings: readonly Posting[];
  readonly balances: readonly Posting[];
  readonly idempotencyKey: string | null;
  readonly verdict: Verdict | null;
};

const handlers: { readonly [K in Kind]: (one: CaseOf<K>) => Verdict } = {
  coin_purchase: coinPurchase,
  plan_purchase: planPurchase,
  plan_cancel: planCancel,
  refund,
  gift,
  tip,
  subscription,
  subscription_cancel: subscriptionCancel,
  unlock,
  boost,
  credit: arrivedCredit,
  debit: arrivedDebit,
  reversal,
  ad_revenue: adRevenue,
  payout,
  payout_settled: payoutEnded,
  payout_failed: payoutEnded,
  hold,
  hold_capture: holdCapture,
  hold_release: holdRelease,
  timer_fired: timerFired,
  swipe,
  swipe_undone: swipeUndone,
  match_unlock: matchUnlock,
  time_zone: timeZone,
};

type Asked = { readonly idempotencyKey?: string | null; readonly fingerprint?: string | null };
/** What a person or operator asks for; without a key it is known by its event's id. */
const requests = new Set<Kind>([
  'gift',
  'tip',
  'boost',
  'unlock',
  'subscription',
  'subscription_cancel',
  'plan_cancel',
  'reversal',
  'payout',
  'hold',
  'swipe',
  'match_unlock',
]);

const booksOf = new WeakMap<Kept, Books>();
const entriesOf = new WeakMap<Kept, Entry[]>();

export function booksIn(kept: Kept): Books {
  const books = booksOf.get(kept) ?? new Books();
  booksOf.set(kept, books);
  return books;
}

/** By order of folding. */
export function entriesIn(kept: Kept): Entry[] {
  const entries = entriesOf.get(kept) ?? [];
  entriesOf.set(kept, entries);
  return entries;
}

/** Folds one record into the books. @returns its entry */
export function judge(books: Books, event: PaymentTransaction, place: Omit<Place, 'key'>): Entry {
  const appendedAt = place.record?.time ?? place.now;
  const account = books.accounts.get(event.accountId) ?? new Account();
  books.accounts.set(event.accountId, account);
  if (account.entries === 0) account.firstAt = place.now;
  Object.assign(account, { entries: account.entries + 1, lastAt: place.now, lastOffset: place.offset });
  books.entries += 1;
  const { idempotencyKey = null, fingerprint = null } = event as Asked;
  const key = idempotencyKey ?? (requests.has(event.type) ? event.eventId : null);
  const name = `${event.accountId} ${key}`;
  const { accountId, type: kind } = event;
  const said = { accountId, kind, idempotencyKey, postings: [], balances: [], originalId: null, verdict: null };
  const before = key === null ? undefined : books.answers.get(name);
  if (before && appendedAt - before.appendedAt < keysKeptMs) {
    const outcome = before.fingerprint === fingerprint ? 'repeated' : 'misused';
    return { ...said, outcome, reason: null, transactionId: before.answer.transactionId };
  }
  const one: Case = { books, account, event, ...place, appendedAt };
  const verdict = withinLimits(one, (handlers[kind] as (one: Case) => Verdict)(one));
  const postings = verdict.postings.filter(([, , amount]) => amount !== 0n);
  book(one, postings);
  verdict.effect();
  const transactionId = verdict.transactionId ?? event.eventId;
  const { outcome, reason } = verdict;
  const balances = ownBalances(one, postings);
  if (key !== null && outcome !== 'ignored')
    books.answers.set(name, { fingerprint, answer: answerOf(one, verdict, transactionId, place), appendedAt });
  const originalId = verdict.originalId ?? null;
  return { ...said, outcome, reason, transactionId, originalId, postings, balances, verdict };
}

/** Each of the person's accounts that was posted to, once. */
function ownBalances({ account }: Case, postings: readonly Posting[]): Posting[] {
  const named = new Map<string, Posting>();
  for (const [name, asset] of postings) {
    const place = ownName(name, asset);
    if (place !== null) named.set(place, [name, asset, account.balances.get(place) ?? 0n]);
  }
  return [...named.values()];
}

/** Wallet, earnings and what is held count together, so that what is held can always go back; what only shrinks is within, and what is on its way arrives. */
function withinLimits({ account, event }: Case, verdict: Verdict): Verdict {
  if (event.type === 'credit') return verdict;
  const kinds = ['user', 'creator', 'held'];
  const changes = verdict.postings.filter(([name]) => kinds.includes(name.split(':')[0] ?? ''));
  for (const [asset, change] of sumOf(changes)) {
    const before = kinds.reduce((sum, kind) => sum + account.has(kind, asset), 0n);
    if (change > 0n && before + change > balanceMax) return refused('limit');
  }
  return verdict;
}

function answerOf(
  { account, event }: Case,
  verdict: Verdict,
  transactionId: string,
  { now, partition, offset }: Omit<Place, 'key'>,
): Answer {
  const { creatorShare, outcome, reason } = verdict;
  const asked = event as unknown as { asset: string | null; amount?: number | null; counterpartyId: string };
  const asset = verdict.asset ?? asked.asset;
  const amount =
    verdict.amount ?? (asked.amount === null || asked.amount === undefined ? undefined : BigInt(asked.amount));
  const there = event.type.startsWith('subscription') ? account.subscriptions.get(asked.counterpartyId) : undefined;
  const { since: _since, tries: _tries, ...shown } = there ?? ({} as never);
  return {
    accepted: outcome === 'accepted',
    reason,
    kind: event.type,
    transactionId,
    asset,
    amount: amount === undefined ? null : String(amount),
    creatorShare: creatorShare === undefined || outcome !== 'accepted' ? null : String(creatorShare),
    platformShare:
      creatorShare === undefined || amount === undefined || outcome !== 'accepted'
        ? null
        : String(amount - creatorShare),
    balance: { coins: String(account.has('user', 'COIN')), credits: String(account.has('user', 'CREDIT')) },
    subscription: there ? shown : null,
    swipe: verdict.swipe ?? null,
    boostUntil: verdict.boostUntil ?? null,
    originalId: verdict.originalId ?? null,
    available: event.type === 'payout' ? String(account.has('creator', event.asset)) : null,
    ruleSet: event.ruleSet,
    at: now,
    partition,
    offset,
  };
}

/** The next link of a partition's chain, over what the log holds about a record. */
export function linked(
  previous: string,
  { partition, offset, time, key, id, digest }: Linkable,
  { outcome, reason, postings }: { outcome: string; reason: string | null; postings: string },
): string {
  const lines = [previous, partition, offset, time, key, id, digest, outcome, reason ?? '', postings];
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
export type Linkable = {
  readonly partition: number;
  readonly offset: number;
  readonly time: number;
  readonly key: string;
  readonly id: string;
  readonly digest: string;
};
export const firstLink = '0'.repeat(64);
