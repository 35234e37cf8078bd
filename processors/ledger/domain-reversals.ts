// Taking back what was spent: a reversal in the payer's account, in parts or whole, and the debit that follows in the payee's.
import { creatorShareOf, rulesOf } from '../../schemas/money.ts';
import {
  addEarned,
  amountOf,
  type Draft,
  dropTimer,
  ignored,
  keepMemo,
  memoOf,
  ownValue,
  postShared,
  receive,
  refused,
  takeBack,
  type Verdict,
  without,
} from './domain-draft.ts';
import { paymentMemo, type TransactionMemo, transactionMemo, unlockMemo } from './domain-outcomes.ts';
import { subscriptionTimer } from './domain-timer-names.ts';

export function reversal(draft: Draft): Verdict {
  const { event, now } = draft;
  const id = event.transactionId ?? '';
  draft.originalId = id;
  const memo = memoOf<TransactionMemo>(draft, transactionMemo(event.accountId, id));
  if (memo === null) return refused(isOther(draft, id) ? 'not_reversible' : 'unknown_transaction');
  const { asset, stream, counterpartyId, at: originalAt } = memo;
  Object.assign(draft, { asset, stream, counterpartyId, originalAt });
  // A swipe is given back by its pair, which knows what it has led to.
  if (memo.kind === 'swipe') return refused('not_reversible');
  if (now >= memo.reversibleUntil) return refused('too_old');
  const before = BigInt(memo.reversed);
  const remaining = BigInt(memo.amount) - before;
  if (remaining === 0n) return refused('already_reversed');
  const amount = event.amount === null ? remaining : amountOf(event.amount);
  if (amount === null) return refused('invalid_amount');
  if (amount > remaining) return refused('exceeds_remaining');
  reverse(draft, memo, { id, before, amount });
  if (amount === remaining) endWhatItBought(draft, memo);
  return null;
}

/** Known, but nothing that was spent: payments are refunded, payouts fail. */
const isOther = (draft: Draft, id: string): boolean =>
  ownValue(draft.holds, id) !== undefined || memoOf(draft, paymentMemo(id)) !== null;

/** The creator gives back the difference of the shares of what was and is reversed, so that parts add up to the whole share. */
function reverse(draft: Draft, memo: TransactionMemo, part: { id: string; before: bigint; amount: bigint }): void {
  const { asset, stream } = memo;
  const { id, before, amount } = part;
  const rules = rulesOf(memo.ruleSet);
  if (!rules) throw new Error(`rule set ${memo.ruleSet} is not known here`);
  const isShared = memo.counterpartyId !== null;
  const share = isShared ? creatorShareOf(before + amount, rules) - creatorShareOf(before, rules) : 0n;
  receive(draft, 'user', asset, amount);
  postShared(draft, `platform:${stream}`, asset, share - amount);
  postShared(draft, 'in_transit', asset, -share);
  keepMemo(draft, transactionMemo(memo.accountId, id), {
    ...memo,
    reversed: (before + amount).toString(),
  } as TransactionMemo);
  Object.assign(draft, { amount, creatorShare: share, platformShare: amount - share });
  if (memo.counterpartyId !== null && share > 0n) claimBack(draft, memo, memo.counterpartyId, share);
}

function claimBack({ event, emissions }: Draft, memo: TransactionMemo, counterpartyId: string, share: bigint): void {
  const { asset, stream, kind } = memo;
  const debit = {
    type: 'debit',
    accountId: counterpartyId,
    counterpartyId: event.accountId,
    asset,
    amount: Number(share),
    transactionId: event.transactionId,
    stream,
    kind,
    reason: event.reason,
    ruleSet: event.ruleSet,
  };
  emissions.push({ topic: 'payment_transactions', key: counterpartyId, event: debit });
}

/** What was paid for an earlier month of a subscription has been had; what pays for the present one ends it. */
function endWhatItBought(draft: Draft, { item, subscription, counterpartyId, accountId }: TransactionMemo): void {
  if (item !== null) {
    draft.memos.push({ key: unlockMemo(accountId, item), value: null, until: null });
    draft.unlock = { item, transactionId: null };
  }
  if (subscription === null || counterpartyId === null) return;
  const present = ownValue(draft.subscriptions, counterpartyId);
  if (present?.id !== subscription.id || present.renewsAt !== subscription.paidUntil) return;
  draft.subscriptions = without(draft.subscriptions, counterpartyId);
  dropTimer(draft, subscriptionTimer(counterpartyId));
}

const isFromLedger = ({ event }: Draft): boolean => event.origin?.startsWith('ledger/') ?? false;

/** What the payer's partition has sent on its way. */
export function credit(draft: Draft): Verdict {
  const { event } = draft;
  const amount = amountOf(event.amount);
  draft.originalId = event.transactionId;
  if (!isFromLedger(draft)) return ignored('not_from_ledger');
  if (amount === null || event.asset === null) return ignored('invalid_amount');
  draft.stream = event.stream ?? 'gifts';
  postShared(draft, 'in_transit', event.asset, -amount);
  receive(draft, 'creator', event.asset, amount);
  addEarned(draft, draft.stream, event.asset, amount);
  return null;
}

export function debit(draft: Draft): Verdict {
  const { event } = draft;
  const amount = amountOf(event.amount);
  draft.originalId = event.transactionId;
  if (!isFromLedger(draft)) return ignored('not_from_ledger');
  if (amount === null || event.asset === null) return ignored('invalid_amount');
  draft.stream = event.stream ?? 'gifts';
  takeBack(draft, 'creator', event.asset, amount);
  postShared(draft, 'in_transit', event.asset, amount);
  addEarned(draft, draft.stream, event.asset, -amount);
  return null;
}
