// Payments that a provider has confirmed: coins, credits and plans bought, and what is refunded or charged back of them.
import type { Plan } from '../../schemas/money.ts';
import {
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
  setTimer,
  takeBack,
  type Verdict,
  wholeOf,
} from './domain-draft.ts';
import { type PaymentMemo, paymentMemo } from './domain-outcomes.ts';
import { planTimer } from './domain-timer-names.ts';

/** A payment is refunded in so many steps at most. */
const refundsMax = 100;
/** A plan knows so many of the payments that bought it: more do not run beside each other. */
const planPaymentsMax = 10;

/** The provider's name of a payment; the event's own where none is told. */
export const paymentIdOf = ({ transactionId, eventId }: Draft['event']): string => transactionId ?? eventId;

type Bought = { readonly asset: string; readonly amount: bigint; readonly period: PaymentMemo['period'] };

export function coinPurchase(draft: Draft): Verdict {
  const { event } = draft;
  const { asset } = event;
  draft.transactionId = paymentIdOf(event);
  if (memoOf(draft, paymentMemo(draft.transactionId))) return ignored('already_booked');
  const amount = amountOf(event.amount);
  if (amount === null || (asset !== 'COIN' && asset !== 'CREDIT')) return refused('invalid_amount');
  return book(draft, 'sales', { asset, amount, period: null });
}

export function planPurchase(draft: Draft): Verdict {
  const { event, rules } = draft;
  draft.transactionId = paymentIdOf(event);
  if (memoOf(draft, paymentMemo(draft.transactionId))) return ignored('already_booked');
  const product = ownValue(rules.products, event.product ?? '');
  if (product?.kind !== 'plan') return refused('unknown_product');
  const from = Math.max(draft.now, draft.plan?.until ?? 0);
  const until = event.periodEnd ?? from + rules.periodMs;
  const amount = BigInt(product.plan.credits);
  const failed = book(draft, 'subscriptions', { asset: 'CREDIT', amount, period: { from, until } });
  if (failed) return failed;
  startPlan(draft, product.plan, until);
  return null;
}

function startPlan(draft: Draft, { name }: Plan, until: number): void {
  const { product, referenceId } = draft.event;
  const others = (draft.plan?.paymentIds ?? []).filter((id) => id !== referenceId);
  const paymentIds = referenceId === null ? others : [...others, referenceId].slice(-planPaymentsMax);
  draft.plan = { name, product: product ?? '', until, cancelled: false, paymentIds };
  setTimer(draft, planTimer, until + draft.rules.planGraceMs);
}

/** The money goes from the provider to the platform; what was bought comes from the world. */
function book(draft: Draft, stream: string, { asset, amount, period }: Bought): Verdict {
  const { event, rules, now, appendedAt, transactionId } = draft;
  const isPriced = event.price !== null && event.currency !== null;
  const price = isPriced ? wholeOf(event.price) : amount;
  if (price === null || price < 0n) return refused('invalid_amount');
  const provider = event.provider ?? 'unknown';
  if (isPriced) {
    postShared(draft, `provider:${provider}`, event.currency, -price);
    postShared(draft, `platform:${stream}`, event.currency, price);
  }
  postShared(draft, 'world', asset, -amount);
  receive(draft, 'user', asset, amount);
  const memo: PaymentMemo = {
    accountId: event.accountId,
    provider,
    currency: isPriced ? event.currency : null,
    price: price.toString(),
    asset,
    amount: amount.toString(),
    refunded: '0',
    taken: '0',
    references: [],
    period,
    refundableUntil: now + rules.reversibleMs,
    until: appendedAt + rules.reversibleMs + rules.idempotencyKeptMs,
  };
  keepMemo(draft, paymentMemo(transactionId), memo);
  Object.assign(draft, { asset, amount, stream: period ? 'subscriptions' : null });
  return null;
}

/** A refund or a chargeback: of a part of the price, the same part of what was bought, rounded up over all refunds together. */
export function refund(draft: Draft): Verdict {
  const { event, now } = draft;
  const id = event.transactionId ?? '';
  draft.originalId = id;
  const memo = memoOf<PaymentMemo>(draft, paymentMemo(id));
  if (memo === null || memo.accountId !== event.accountId) return ignored('unknown_payment');
  const reference = event.referenceId ?? event.eventId;
  if (memo.references.includes(reference)) return ignored('already_booked');
  if (now >= memo.refundableUntil) return ignored('too_old');
  const amount = amountOf(event.amount);
  if (amount === null) return ignored('invalid_amount');
  const price = BigInt(memo.price);
  const refunded = BigInt(memo.refunded) + amount;
  if (refunded > price || memo.references.length >= refundsMax) return ignored('exceeds_remaining');
  const taken = (BigInt(memo.amount) * refunded + price - 1n) / price;
  giveBack(draft, memo, { amount, taken: taken - BigInt(memo.taken) });
  const after: PaymentMemo = {
    ...memo,
    refunded: refunded.toString(),
    taken: taken.toString(),
    references: [...memo.references, reference],
  };
  keepMemo(draft, paymentMemo(id), after);
  if (refunded === price && memo.period) cutPlan(draft, memo.period);
  return null;
}

function giveBack(draft: Draft, memo: PaymentMemo, { amount, taken }: { amount: bigint; taken: bigint }): void {
  const { currency, provider, asset, period } = memo;
  if (currency !== null) {
    postShared(draft, period ? 'platform:subscriptions' : 'platform:sales', currency, -amount);
    postShared(draft, `provider:${provider}`, currency, amount);
  }
  takeBack(draft, 'user', asset, taken);
  postShared(draft, 'world', asset, taken);
  Object.assign(draft, { asset, amount: taken, stream: period ? 'subscriptions' : null });
}

/** Takes away what is left of the time that was paid for; with no time left the plan ends. */
function cutPlan(draft: Draft, { from, until }: { from: number; until: number }): void {
  const { plan, now, rules } = draft;
  if (!plan) return;
  const left = plan.until - Math.max(0, until - Math.max(now, from));
  if (left <= now) {
    endPlan(draft);
    return;
  }
  draft.plan = { ...plan, until: left };
  setTimer(draft, planTimer, plan.cancelled ? left : left + rules.planGraceMs);
}

export function endPlan(draft: Draft): void {
  draft.plan = null;
  dropTimer(draft, planTimer);
}

/** It stays until the end of what is paid, and no longer. A payment that its provider renews no more ends it if no other renews it. */
export function planCancel(draft: Draft): Verdict {
  const { plan } = draft;
  if (!plan) return refused('no_plan');
  const { transactionId: endedId } = draft.event;
  draft.originalId = endedId;
  if (endedId !== null && !plan.paymentIds.includes(endedId)) return ignored('unknown_payment');
  const paymentIds = plan.paymentIds.filter((id) => id !== endedId);
  if (endedId !== null && paymentIds.length > 0) {
    draft.plan = { ...plan, paymentIds };
    return null;
  }
  draft.plan = { ...plan, cancelled: true, paymentIds };
  setTimer(draft, planTimer, plan.until);
  return null;
}
