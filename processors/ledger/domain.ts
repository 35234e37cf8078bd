// The ledger: decides every record of payment_transactions for the account that it posts to, and links the decision into its partition's chain.
import type { PaymentTransaction } from '../../schemas/generated.ts';
import { rulesOf } from '../../schemas/money.ts';
import type { Beside, Moment } from '../runtime/processor.ts';
import type { Account, Decision, MemoChange, PostingText } from './domain-account.ts';
import { adIdOf, adRevenue } from './domain-ad-revenue.ts';
import { hashOf } from './domain-chain.ts';
import { type Draft, type Fields, ignored, newDraft, passesLimit, refused, type Verdict } from './domain-draft.ts';
import { hold, holdCapture, holdRelease, payout, payoutFailed, payoutSettled } from './domain-holds.ts';
import { matchUnlock } from './domain-match-unlocks.ts';
import {
  adMemo,
  emptyPartition,
  type Outcome,
  type PartitionMemo,
  partitionMemo,
  paymentMemo,
  type RequestMemo,
  swipedMemo,
  transactionMemo,
  unlockMemo,
} from './domain-outcomes.ts';
import { coinPurchase, paymentIdOf, planCancel, planPurchase, refund } from './domain-purchases.ts';
import { earlier, outcomeOf, requestKeyOf } from './domain-requests.ts';
import { credit, debit, reversal } from './domain-reversals.ts';
import { boost, gift, itemOf, tip, unlock } from './domain-spending.ts';
import { subscription, subscriptionCancel } from './domain-subscriptions.ts';
import { swipe, swipeUndone, timeZone } from './domain-swipes.ts';
import { timerFired } from './domain-timers.ts';

export { type Account, initialState } from './domain-account.ts';

const deciders: Readonly<Record<PaymentTransaction['type'], (draft: Draft) => Verdict>> = {
  coin_purchase: coinPurchase,
  plan_purchase: planPurchase,
  plan_cancel: planCancel,
  refund,
  gift,
  tip,
  boost,
  unlock,
  subscription,
  subscription_cancel: subscriptionCancel,
  credit,
  debit,
  reversal,
  ad_revenue: adRevenue,
  payout,
  payout_settled: payoutSettled,
  payout_failed: payoutFailed,
  hold,
  hold_capture: holdCapture,
  hold_release: holdRelease,
  timer_fired: timerFired,
  swipe,
  swipe_undone: swipeUndone,
  match_unlock: matchUnlock,
  time_zone: timeZone,
};

/** Whatever is wrong is a refusal or ignored, for a throw stops the partition. @throws only at rules of a newer build */
export function evolve(account: Account, given: PaymentTransaction, at: Moment, beside: Beside): Account {
  const event = given as unknown as Fields;
  const rules = rulesOf(event.ruleSet);
  if (!rules) throw new Error(`rule set ${event.ruleSet} is not known to this build`);
  const partition = (beside.memo(partitionMemo) as PartitionMemo | null) ?? emptyPartition;
  const about = { at, rules, beside, partition };
  const draft = newDraft(account, event, about);
  if (beside.record.key !== event.accountId) return concluded(draft, ignored('wrong_key'));
  const before = earlier(event, { beside });
  if (before) return concluded({ ...draft, ...answered(before.first) }, { outcome: before.outcome, reason: null });
  const verdict = deciders[given.type](draft);
  if (verdict === null && passesLimit(draft)) return decided(newDraft(account, event, about), refused('limit'));
  return decided(draft, verdict);
}

const answered = (first: Outcome): Partial<Draft> => ({ transactionId: first.transactionId });

type Settled = { readonly outcome: Decision['outcome']; readonly reason: string | null };

/** What is accepted or refused is kept as the answer to its request; what is ignored asked for none. */
function decided(draft: Draft, verdict: Verdict): Account {
  const key = verdict?.outcome === 'ignored' ? null : requestKeyOf(draft.event);
  if (key !== null) {
    const until = draft.appendedAt + draft.rules.idempotencyKeptMs;
    const memo: RequestMemo = { fingerprint: draft.event.fingerprint, outcome: outcomeOf(draft, verdict), until };
    draft.memos.push({ key, value: memo, until });
  }
  return concluded(draft, verdict ?? { outcome: 'accepted', reason: draft.why });
}

function concluded(draft: Draft, { outcome, reason }: Settled): Account {
  const { before, at, beside, partition } = draft;
  const postings = draft.postings.map(({ account, asset, amount }): PostingText => [account, asset, amount.toString()]);
  const { hash: previousHash } = partition;
  const link = { previousHash, partition: at.partition, record: beside.record, outcome, reason };
  const hash = hashOf({ ...link, postings: JSON.stringify(postings) });
  const head: PartitionMemo = { hash, entries: partition.entries + 1, accounts: sharedAfter(draft) };
  const memos: MemoChange[] = [{ key: partitionMemo, value: head, until: null }, ...draft.memos];
  return {
    balances: balancesAfter(draft),
    earned: draft.earned,
    plan: draft.plan,
    subscriptions: draft.subscriptions,
    holds: draft.holds,
    swipes: draft.swipes,
    boostUntil: draft.boostUntil,
    timers: draft.timers,
    entries: before.entries + 1,
    firstAt: before.entries === 0 ? at.now : before.firstAt,
    lastAt: at.now,
    lastOffset: at.offset,
    decided: decisionOf(draft, { outcome, reason, postings, previousHash, hash, memos }),
  };
}

type Made = Pick<Decision, 'outcome' | 'reason' | 'postings' | 'previousHash' | 'hash' | 'memos'>;

const decisionOf = (draft: Draft, made: Made): Decision => ({
  outcome: made.outcome,
  reason: made.reason,
  kind: draft.event.type,
  transactionId: draft.transactionId,
  originalId: draft.originalId,
  stream: draft.stream,
  counterpartyId: draft.counterpartyId,
  asset: draft.asset,
  amount: draft.amount?.toString() ?? null,
  gross: draft.event.type === 'credit' ? draft.event.gross : null,
  originalAt: draft.originalAt,
  postings: made.postings,
  balances: ownAfter(draft),
  previousHash: made.previousHash,
  hash: made.hash,
  memos: made.memos,
  timers: draft.timerChanges,
  unlock: draft.unlock,
  swiped: draft.swiped,
  boostedUntil: draft.boostedUntil,
  emissions: draft.emissions,
});

/** Balances of nothing are left out. */
function balancesAfter({ before, own }: Draft): Account['balances'] {
  if (own.size === 0) return before.balances;
  const balances: Record<string, string> = {};
  for (const key in before.balances) if (!own.has(key)) balances[key] = before.balances[key] as string;
  for (const [key, balance] of own) if (balance !== 0n) balances[key] = balance.toString();
  return balances;
}

function ownAfter({ own, event }: Draft): PostingText[] {
  const balances: PostingText[] = [];
  for (const [key, balance] of own) {
    const colon = key.indexOf(':');
    balances.push([`${key.slice(0, colon)}:${event.accountId}`, key.slice(colon + 1), balance.toString()]);
  }
  return balances;
}

function sharedAfter({ partition, shared }: Draft): PartitionMemo['accounts'] {
  if (shared.size === 0) return partition.accounts;
  const accounts: Record<string, string> = { ...partition.accounts };
  for (const [key, balance] of shared) accounts[key] = balance.toString();
  return accounts;
}

/** The memos that a record concerns: the partition's, its request's, and what it is about. */
export function memosOf(given: PaymentTransaction): string[] {
  const event = given as unknown as Fields;
  const keys = [partitionMemo];
  const request = requestKeyOf(event);
  if (request !== null) keys.push(request);
  const { type, transactionId, accountId, eventId } = event;
  if (type === 'coin_purchase' || type === 'plan_purchase') keys.push(paymentMemo(paymentIdOf(event)));
  else if (type === 'refund') keys.push(paymentMemo(transactionId ?? ''));
  else if (type === 'reversal')
    keys.push(transactionMemo(accountId, transactionId ?? ''), paymentMemo(transactionId ?? ''));
  else if (type === 'hold') keys.push(transactionMemo(accountId, transactionId ?? eventId));
  else if (type === 'unlock') keys.push(unlockMemo(accountId, itemOf(event) ?? ''));
  else if (type === 'swipe' || type === 'swipe_undone') keys.push(swipedMemo(accountId, event.counterpartyId ?? ''));
  else if (type === 'ad_revenue') keys.push(adMemo(adIdOf(event)));
  return keys;
}
