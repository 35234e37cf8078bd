// What is set aside: holds, captured or released by whoever asked for them, or released by their timer; and payouts to creators.
import { streams } from '../../schemas/money.ts';
import type { Hold } from './domain-account.ts';
import {
  amountOf,
  balanceIn,
  type Draft,
  dropTimer,
  ignored,
  memoOf,
  ownValue,
  post,
  postShared,
  receive,
  refused,
  setTimer,
  sizeOf,
  type Verdict,
  without,
  withValue,
} from './domain-draft.ts';
import { transactionMemo } from './domain-outcomes.ts';
import { spendFrom } from './domain-spending.ts';
import { isFromPairs } from './domain-swipes.ts';
import { holdTimer } from './domain-timer-names.ts';

type Found = { readonly id: string; readonly hold: Hold; readonly amount: bigint };

function found(draft: Draft, ...purposes: Hold['purpose'][]): Found | null {
  const id = draft.event.transactionId ?? '';
  draft.originalId = id;
  const hold = ownValue(draft.holds, id);
  if (!hold || !purposes.includes(hold.purpose)) return null;
  const amount = BigInt(hold.amount);
  Object.assign(draft, { asset: hold.asset, amount });
  return { id, hold, amount };
}

const drop = (draft: Draft, id: string): void => {
  draft.holds = without(draft.holds, id);
  dropTimer(draft, holdTimer(id));
};

export function hold(draft: Draft): Verdict {
  const { event, rules, now } = draft;
  const id = event.transactionId ?? event.eventId;
  const { asset, expiresAfterMs } = event;
  draft.transactionId = id;
  const amount = amountOf(event.amount);
  // Captured ones as well: what was spent under an id stays what can be taken back under it.
  if (ownValue(draft.holds, id) || memoOf(draft, transactionMemo(event.accountId, id))) return ignored('already_held');
  if (amount === null || (asset !== 'COIN' && asset !== 'CREDIT')) return refused('invalid_amount');
  const isTooLong = expiresAfterMs === null || expiresAfterMs < 0 || expiresAfterMs > rules.holdMsMax;
  if (isTooLong || sizeOf(draft.holds) >= rules.holdsMax) return refused('limit');
  if (balanceIn(draft, 'user', asset) < amount) return refused('insufficient_funds');
  post(draft, 'user', asset, -amount);
  post(draft, 'held', asset, amount);
  const held: Hold = { purpose: 'hold', asset, amount: amount.toString(), provider: null, at: now };
  draft.holds = withValue(draft.holds, id, held);
  setTimer(draft, holdTimer(id), now + expiresAfterMs);
  return null;
}

export function holdCapture(draft: Draft): Verdict {
  const { event } = draft;
  const held = found(draft, 'hold', 'match');
  if (!held) return ignored('unknown_hold');
  const isMatch = held.hold.purpose === 'match';
  if (isMatch && !isFromPairs(draft)) return ignored('not_from_pairs');
  const counterpartyId = isMatch ? null : event.counterpartyId;
  if (counterpartyId === event.accountId) return refused('own_gift');
  const stream = isMatch ? 'premium' : (streams.find((name) => name === event.stream) ?? 'premium');
  draft.transactionId = held.id;
  const { asset } = held.hold;
  spendFrom(draft, 'held', { asset, amount: held.amount, stream, kind: 'hold_capture', counterpartyId });
  drop(draft, held.id);
  return null;
}

export function holdRelease(draft: Draft): Verdict {
  const held = found(draft, 'hold', 'match');
  if (!held) return ignored('unknown_hold');
  if (held.hold.purpose === 'match' && !isFromPairs(draft)) return ignored('not_from_pairs');
  release(draft, held.id, held.hold);
  return null;
}

export function release(draft: Draft, id: string, { asset, amount }: Hold): void {
  post(draft, 'held', asset, -BigInt(amount));
  receive(draft, 'user', asset, BigInt(amount));
  drop(draft, id);
}

/** A creator's earnings are set aside until the provider has paid them out. */
export function payout(draft: Draft): Verdict {
  const { event, rules, now, transactionId } = draft;
  const { asset, provider } = event;
  // Asked again when its key is forgotten, and not settled yet: what is set aside under an id is set aside once.
  if (ownValue(draft.holds, transactionId)) return ignored('already_held');
  const amount = amountOf(event.amount);
  const least = asset === null ? undefined : ownValue(rules.payoutMin as Readonly<Record<string, number>>, asset);
  if (amount === null || asset === null || least === undefined) return refused('invalid_amount');
  if (amount < BigInt(least)) return refused('below_minimum');
  if (sizeOf(draft.holds) >= rules.holdsMax) return refused('limit');
  if (balanceIn(draft, 'creator', asset) < amount) return refused('insufficient_funds');
  post(draft, 'creator', asset, -amount);
  post(draft, 'held', asset, amount);
  const held: Hold = { purpose: 'payout', asset, amount: amount.toString(), provider, at: now };
  draft.holds = withValue(draft.holds, transactionId, held);
  const to = { subjectId: event.accountId, userId: event.accountId, provider };
  const intent = {
    kind: 'payout',
    intentId: transactionId,
    ...to,
    asset,
    amount: Number(amount),
    personal: event.personal,
  };
  draft.emissions.push({ topic: 'payment_intents', key: event.accountId, event: intent });
  return null;
}

/** One coin is one credit is one cent: what was earned in coins leaves the world of coins, and dollars leave the sales. */
export function payoutSettled(draft: Draft): Verdict {
  const paid = found(draft, 'payout');
  if (!paid) return ignored('unknown_payout');
  const { id, hold: held, amount } = paid;
  const provider = draft.event.provider ?? held.provider ?? 'unknown';
  post(draft, 'held', held.asset, -amount);
  if (held.asset !== 'USD') {
    postShared(draft, 'world', held.asset, amount);
    postShared(draft, 'platform:sales', 'USD', -amount);
  }
  postShared(draft, `provider:${provider}`, 'USD', amount);
  settle(draft, id);
  return null;
}

export function payoutFailed(draft: Draft): Verdict {
  const failed = found(draft, 'payout');
  if (!failed) return ignored('unknown_payout');
  draft.why = draft.event.reason;
  post(draft, 'held', failed.hold.asset, -failed.amount);
  receive(draft, 'creator', failed.hold.asset, failed.amount);
  settle(draft, failed.id);
  return null;
}

function settle(draft: Draft, id: string): void {
  draft.holds = without(draft.holds, id);
  const { accountId } = draft.event;
  const intent = { kind: 'settled', subjectId: accountId, intentId: id };
  draft.emissions.push({ topic: 'payment_intents', key: accountId, event: intent });
}
