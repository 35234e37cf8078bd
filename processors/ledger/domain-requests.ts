// Idempotency: the first answer to a request is kept under its key, and given again to whoever asks the same again.
import type { Subscription } from './domain-account.ts';
import { balanceIn, type Draft, type Fields, memoOf, ownValue, type Verdict } from './domain-draft.ts';
import { type Outcome, type RequestMemo, requestMemo } from './domain-outcomes.ts';

/** Requests without a key are known by their event: what a producer in doubt appends twice counts once. */
const requests = new Set([
  ...['gift', 'tip', 'boost', 'unlock', 'subscription', 'subscription_cancel', 'plan_cancel'],
  ...['reversal', 'payout', 'hold', 'swipe', 'match_unlock'],
]);

export function requestKeyOf({ type, idempotencyKey, accountId, eventId }: Fields): string | null {
  const key = idempotencyKey ?? (requests.has(type) ? eventId : null);
  return key === null ? null : requestMemo(accountId, key);
}

/** @returns the outcome of the first request with this key, and whether that was the same; null for a first one */
export function earlier(
  event: Fields,
  about: Pick<Draft, 'beside'>,
): { readonly outcome: 'repeated' | 'misused'; readonly first: Outcome } | null {
  const key = requestKeyOf(event);
  const memo = key === null ? null : memoOf<RequestMemo>(about, key);
  if (!memo) return null;
  return { outcome: memo.fingerprint === event.fingerprint ? 'repeated' : 'misused', first: memo.outcome };
}

/** The answer that is given, now and to whoever repeats the request. */
export function outcomeOf(draft: Draft, verdict: Verdict): Outcome {
  const { event, at } = draft;
  const isAccepted = verdict === null;
  const shareOf = (share: bigint | null) => (isAccepted ? (share?.toString() ?? null) : null);
  return {
    accepted: isAccepted,
    reason: verdict?.outcome === 'refused' ? verdict.reason : null,
    kind: event.type,
    transactionId: draft.transactionId,
    asset: draft.asset,
    amount: draft.amount?.toString() ?? null,
    creatorShare: shareOf(draft.creatorShare),
    platformShare: shareOf(draft.platformShare),
    balance: {
      coins: balanceIn(draft, 'user', 'COIN').toString(),
      credits: balanceIn(draft, 'user', 'CREDIT').toString(),
    },
    subscription: viewOf(
      event.type.startsWith('subscription') ? ownValue(draft.subscriptions, event.counterpartyId ?? '') : undefined,
    ),
    swipe: draft.swipe,
    boostUntil: isAccepted ? draft.boostedUntil : null,
    originalId: draft.originalId,
    available: event.type === 'payout' ? balanceIn(draft, 'creator', event.asset ?? '').toString() : null,
    ruleSet: event.ruleSet,
    at: at.now,
    partition: at.partition,
    offset: at.offset,
  };
}

function viewOf(subscription: Subscription | undefined): Outcome['subscription'] {
  if (!subscription) return null;
  const { id, tier, nextTier, renewsAt, status, cancelled } = subscription;
  return { id, tier, nextTier, renewsAt, status, cancelled };
}
