// Spending on a creator: gifts, tips, boosts and unlocks, and how every spending is posted, shared, remembered and passed on.
import { creatorShareOf } from '../../schemas/money.ts';
import {
  amountOf,
  balanceIn,
  type Draft,
  keepMemo,
  memoOf,
  ownValue,
  post,
  postShared,
  refused,
  type Verdict,
} from './domain-draft.ts';
import { type TransactionMemo, transactionMemo, type UnlockMemo, unlockMemo } from './domain-outcomes.ts';

export type Spending = {
  readonly asset: string;
  readonly amount: bigint;
  readonly stream: string;
  /** The request that it is told as. */
  readonly kind: string;
  /** Null: all of it is the platform's. */
  readonly counterpartyId: string | null;
  readonly item?: string;
  readonly subscription?: { readonly id: string; readonly paidUntil: number };
};

/** From the wallet; refused if there is not as much. */
export function spend(draft: Draft, spending: Spending): Verdict {
  if (balanceIn(draft, 'user', spending.asset) < spending.amount) return refused('insufficient_funds');
  spendFrom(draft, 'user', spending);
  return null;
}

/** Posts it, remembers it for a reversal, and passes the creator's share on; the balance has been looked at. */
export function spendFrom(draft: Draft, pocket: 'user' | 'held', spending: Spending): void {
  const { asset, amount, stream, counterpartyId } = spending;
  const share = counterpartyId === null ? 0n : creatorShareOf(amount, draft.rules);
  post(draft, pocket, asset, -amount);
  postShared(draft, `platform:${stream}`, asset, amount - share);
  postShared(draft, 'in_transit', asset, share);
  Object.assign(draft, { stream, counterpartyId, asset, amount, creatorShare: share, platformShare: amount - share });
  remember(draft, spending);
  if (counterpartyId !== null) passOn(draft, spending, { counterpartyId, share });
}

export function remember(
  draft: Draft,
  { asset, amount, stream, kind, counterpartyId, item, subscription }: Spending,
): void {
  const { now, appendedAt, rules, event } = draft;
  const memo: TransactionMemo = {
    accountId: event.accountId,
    kind,
    at: now,
    counterpartyId,
    asset,
    amount: amount.toString(),
    reversed: '0',
    stream,
    ruleSet: event.ruleSet,
    item: item ?? null,
    subscription: subscription ?? null,
    reversibleUntil: now + rules.reversibleMs,
    // Somewhat longer, for the answer to be that it is too old.
    until: appendedAt + rules.reversibleMs + rules.idempotencyKeptMs,
  };
  keepMemo(draft, transactionMemo(event.accountId, draft.transactionId), memo);
}

function passOn(
  { event, emissions, transactionId }: Draft,
  { asset, amount, stream, kind }: Spending,
  { counterpartyId, share }: { counterpartyId: string; share: bigint },
): void {
  const credit = {
    type: 'credit',
    accountId: counterpartyId,
    counterpartyId: event.accountId,
    asset,
    amount: Number(share),
    gross: Number(amount),
    transactionId,
    stream,
    kind,
    giftType: event.giftType,
    quantity: event.quantity,
    videoId: event.videoId,
    battleId: event.battleId,
    product: event.product,
    ruleSet: event.ruleSet,
  };
  emissions.push({ topic: 'payment_transactions', key: counterpartyId, event: credit });
}

/** Nobody pays themselves, or somebody who does not exist. */
export function refusedRecipient({ event }: Draft, counterpartyId: string | null): Verdict {
  if (counterpartyId === event.accountId) return refused('own_gift');
  return event.counterpartyKnown === false ? refused('unknown_recipient') : null;
}

export function gift(draft: Draft): Verdict {
  const { event, rules } = draft;
  const wrong = refusedRecipient(draft, event.counterpartyId);
  if (wrong) return wrong;
  const amount = amountOf(event.amount);
  if (amount === null || event.asset !== 'COIN') return refused('invalid_amount');
  if (event.giftType !== null) {
    const price = ownValue(rules.gifts, event.giftType);
    if (price === undefined) return refused('unknown_gift');
    const quantity = event.quantity ?? 1;
    if (quantity > rules.giftQuantityMax) return refused('limit');
    if (BigInt(price) * BigInt(quantity) !== amount) return refused('invalid_amount');
  }
  return spend(draft, { asset: 'COIN', amount, stream: 'gifts', kind: 'gift', counterpartyId: event.counterpartyId });
}

export function tip(draft: Draft): Verdict {
  const { event, rules } = draft;
  const wrong = refusedRecipient(draft, event.counterpartyId);
  if (wrong) return wrong;
  const amount = amountOf(event.amount);
  if (amount === null || event.asset !== 'COIN') return refused('invalid_amount');
  if (amount > BigInt(rules.tipMax)) return refused('limit');
  return spend(draft, { asset: 'COIN', amount, stream: 'gifts', kind: 'tip', counterpartyId: event.counterpartyId });
}

export function boost(draft: Draft): Verdict {
  const { event, rules } = draft;
  const amount = amountOf(event.amount);
  if (event.asset !== 'COIN' || amount !== BigInt(rules.boost.coins)) return refused('invalid_amount');
  const failed = spend(draft, { asset: 'COIN', amount, stream: 'premium', kind: 'boost', counterpartyId: null });
  if (failed) return failed;
  // One that runs still is prolonged.
  draft.boostUntil = Math.max(draft.now, draft.boostUntil) + rules.boost.ms;
  draft.boostedUntil = draft.boostUntil;
  return null;
}

/** What an unlock opens. */
export const itemOf = ({ product, videoId }: Draft['event']): string | null => product ?? videoId;

export function unlock(draft: Draft): Verdict {
  const { event } = draft;
  const { counterpartyId, asset } = event;
  const wrong = refusedRecipient(draft, counterpartyId);
  if (wrong) return wrong;
  const item = itemOf(event);
  if (item === null) return refused('unknown_product');
  const amount = amountOf(event.amount);
  if (amount === null || (asset !== 'COIN' && asset !== 'CREDIT')) return refused('invalid_amount');
  const key = unlockMemo(event.accountId, item);
  const before = memoOf<UnlockMemo>(draft, key);
  if (before) {
    draft.originalId = before.transactionId;
    return refused('already_unlocked');
  }
  const failed = spend(draft, { asset, amount, stream: 'premium', kind: 'unlock', counterpartyId, item });
  if (failed) return failed;
  const { transactionId } = draft;
  const memo: UnlockMemo = { transactionId, until: null };
  keepMemo(draft, key, memo);
  draft.unlock = { item, transactionId };
  return null;
}
