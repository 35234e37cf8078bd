// The life of a payment as a fold: facts are noted in whatever order they come, then all that follows from them is caused once. Pure.
import type { PaymentEvent } from '../../schemas/generated.ts';
import { rulesOf } from '../../schemas/money.ts';
import type { Moment } from '../runtime/processor.ts';
import { disputeNoted, paid, refundNoted, refundTotalNoted, withCharge } from './domain-charges.ts';
import { andThen, planCancelAsked, refundAsked, withConsequences, withSession } from './domain-consequences.ts';
import { intentIds, isReferenceKey, settled } from './domain-intents.ts';
import { limits, type Notice, type Payment, refundable, type Webhook } from './domain-state.ts';

export { initialState, type Payment } from './domain-state.ts';

type Of<Kind extends PaymentEvent['kind']> = Extract<PaymentEvent, { kind: Kind }>;

export function evolve(state: Payment, event: PaymentEvent, at: Moment): Payment {
  const changed = { changedAt: at.now, changedOffset: at.offset };
  const before: Payment = { ...state, ...changed, paymentId: event.paymentId, following: [] };
  if (isReferenceKey(event.paymentId)) return followed(before, event);
  return withConsequences(noted(before, event, at));
}

function noted(payment: Payment, event: PaymentEvent, at: Moment): Payment {
  switch (event.kind) {
    case 'checkout':
      return payment.checkout ? payment : begun(payment, event, at);
    case 'session_created':
      return sessionCreated(payment, event);
    case 'session_failed':
      return sessionFailed(payment, event);
    case 'session_expired':
      return sessionExpired(payment, event);
    case 'webhook':
      return payment.webhooks[event.webhookId] ? payment : noticed(remembered(payment, event), event);
    case 'capture_done':
      return captureDone(payment, event);
    case 'capture_failed':
      return captureEnded(payment, event.attempt, 'failed');
    case 'refund_request':
      return refundRequested(payment, event);
    case 'refund_done': {
      const { provider, chargeRef, referenceId, amount } = event;
      const next = withCharge(payment, { provider, chargeRef }, (charge) => refundNoted(charge, referenceId, amount));
      return refundEnded(next, event.intentId, { status: 'done', failure: null });
    }
    case 'refund_failed':
      return refundEnded(payment, event.intentId, { status: 'failed', failure: event.reason });
    case 'plan_cancel_request': {
      const charge = payment.charges.find(({ attempt, planRef }) => attempt === payment.winner && planRef !== null);
      return charge ? planCancelAsked(payment, charge.attempt, charge.planRef) : payment;
    }
    case 'plan_cancelled': {
      if (payment.planCancels[event.intentId] !== 'asked') return payment;
      const planCancels = { ...payment.planCancels, [event.intentId]: 'done' } as const;
      return andThen({ ...payment, planCancels }, settled(payment, event.intentId));
    }
    case 'link':
      return payment;
    default:
      return event satisfies never;
  }
}

/** What is bought must be on sale, at that price; the API has looked, too. */
function begun(payment: Payment, event: Of<'checkout'>, { now }: Moment): Payment {
  const { eventId, userId, product, provider, routes, amount, currency, fingerprint, returnUrl, ruleSet } = event;
  const sold = rulesOf(ruleSet)?.products[product];
  const isPriced = sold?.price === amount && sold.currency === currency;
  const refused = !sold ? 'unknown_product' : isPriced ? null : 'invalid_amount';
  const checkout = {
    eventId,
    userId,
    product,
    provider,
    routes,
    amount,
    currency,
    fingerprint,
    returnUrl,
    ruleSet,
    at: now,
  };
  return { ...payment, checkout, refused };
}

function sessionCreated(payment: Payment, { attempt, providerRef, redirectUrl }: Of<'session_created'>): Payment {
  const session = payment.sessions.find((one) => one.attempt === attempt);
  // Its name may be known from a webhook that was faster; its address is told here alone.
  if (!session || session.redirectUrl !== null || session.create === 'done') return payment;
  // One that was given up meanwhile is closed, not used, where another has taken its place.
  const isLate = session.create === 'failed' && attempt < payment.sessions.length;
  const create = isLate ? 'failed' : 'done';
  const made = { ref: session.ref ?? providerRef, redirectUrl, create, isUnknown: isLate } as const;
  const next = withSession(payment, attempt, (one) => ({ ...one, ...made }));
  return session.create === 'asked'
    ? andThen(next, settled(payment, intentIds.create(payment.paymentId, attempt)))
    : next;
}

function sessionFailed(payment: Payment, { attempt, reason, isUnknown }: Of<'session_failed'>): Payment {
  const session = payment.sessions.find((one) => one.attempt === attempt);
  if (session?.create !== 'asked') return payment;
  const next = withSession(payment, attempt, (one) => ({
    ...one,
    create: 'failed',
    reason,
    isUnknown: isUnknown === true,
  }));
  return andThen(next, settled(payment, intentIds.create(payment.paymentId, attempt)));
}

function sessionExpired(payment: Payment, { attempt }: Of<'session_expired'>): Payment {
  const session = payment.sessions.find((one) => one.attempt === attempt);
  if (session?.expire !== 'asked') return payment;
  const next = withSession(payment, attempt, (one) => ({ ...one, expire: 'done', isClosed: true }));
  return andThen(next, settled(payment, intentIds.expire(payment.paymentId, attempt)));
}

function remembered(payment: Payment, { webhookId, notice }: Webhook): Payment {
  const webhooks = Object.entries({ ...payment.webhooks, [webhookId]: notice }).slice(-limits.webhooks);
  return { ...payment, webhooks: Object.fromEntries(webhooks) };
}

/** The attempt that a notice is about: as it says, by the session's name, or the only one of its provider. */
function attemptOf({ sessions }: Payment, { attempt, provider, providerRef }: Notice): number {
  const own = sessions.filter((session) => session.provider === provider);
  const named = own.find(({ ref }) => ref !== null && ref === providerRef) ?? own[0];
  return attempt ?? named?.attempt ?? 1;
}

function noticed(payment: Payment, notice: Notice): Payment {
  const attempt = attemptOf(payment, notice);
  switch (notice.notice) {
    case 'paid':
      return charged(payment, notice, { attempt, isRenewal: false });
    case 'plan_renewed':
      return charged(payment, notice, { attempt, isRenewal: true });
    case 'approved':
      return withSession(payment, attempt, (one) => ({ ...one, isApproved: true, ref: one.ref ?? notice.providerRef }));
    case 'failed':
      return withSession(payment, attempt, (one) => ({ ...one, isDeclined: true }));
    case 'expired':
      return withSession(payment, attempt, (one) => ({ ...one, isClosed: true }));
    case 'refunded':
    case 'disputed':
    case 'dispute_won':
      return chargeTold(payment, notice);
    case 'plan_ended':
      return payment.endedPlans.includes(attempt)
        ? payment
        : { ...payment, endedPlans: [...payment.endedPlans, attempt] };
    case 'ignored':
    case 'unknown':
      return payment;
    default:
      return notice.notice satisfies never;
  }
}

type Whose = { readonly attempt: number; readonly isRenewal: boolean };

function charged(payment: Payment, notice: Notice, { attempt, isRenewal }: Whose): Payment {
  const { provider, moneyRef, planRef, amount, currency, periodEnd } = notice;
  if (amount === null || currency === null) return payment;
  const chargeRef = notice.chargeRef ?? `session-${attempt}`;
  const fact = { attempt, planRef, amount, currency, periodEnd, isRenewal, chargeRef };
  return withCharge(payment, { provider, chargeRef, moneyRef }, (charge) => paid(charge, fact));
}

function chargeTold(payment: Payment, told: Notice): Payment {
  const { provider, chargeRef, moneyRef, amount, refundedTotal, webhookId } = told;
  if (chargeRef === null) return payment;
  const referenceId = told.referenceId ?? webhookId;
  return withCharge(payment, { provider, chargeRef, moneyRef }, (charge) => {
    if (told.notice !== 'refunded')
      return disputeNoted(charge, referenceId, { amount, isWon: told.notice === 'dispute_won' });
    if (refundedTotal !== null) return refundTotalNoted(charge, refundedTotal);
    return amount === null ? charge : refundNoted(charge, referenceId, amount);
  });
}

function captureDone(payment: Payment, event: Of<'capture_done'>): Payment {
  const { provider, attempt, chargeRef, amount, currency } = event;
  const fact = { attempt, planRef: null, amount, currency, periodEnd: null, isRenewal: false, chargeRef };
  return captureEnded(
    withCharge(payment, { provider, chargeRef }, (charge) => paid(charge, fact)),
    attempt,
    'done',
  );
}

function captureEnded(payment: Payment, attempt: number, capture: 'done' | 'failed'): Payment {
  if (payment.sessions.find((one) => one.attempt === attempt)?.capture !== 'asked') return payment;
  const next = withSession(payment, attempt, (one) => ({ ...one, capture, isDeclined: capture === 'failed' }));
  return andThen(next, settled(payment, intentIds.capture(payment.paymentId, attempt)));
}

/** An operator's: what was paid too much first, then the newest charge. Decided once per key. */
function refundRequested(payment: Payment, { idempotencyKey, amount, reason }: Of<'refund_request'>): Payment {
  if (payment.refundRequests[idempotencyKey] || Object.keys(payment.refundRequests).length >= limits.refundRequests)
    return payment;
  const decided = (intentId: string | null, refused: string | null, next = payment): Payment => ({
    ...next,
    refundRequests: { ...next.refundRequests, [idempotencyKey]: { intentId, refused } },
  });
  const paidCharges = payment.charges.filter(({ role }) => role !== null);
  const newestFirst = [
    ...paidCharges.filter(({ role }) => role === 'booked'),
    ...paidCharges.filter(({ role }) => role !== 'booked'),
  ].reverse();
  const charge = newestFirst.find((one) => refundable(payment, one) > 0);
  if (!charge) return decided(null, paidCharges.length === 0 ? 'not_paid' : 'exceeds_remaining');
  if (amount !== null && amount > refundable(payment, charge)) return decided(null, 'exceeds_remaining');
  const next = refundAsked(payment, charge, { amount: amount ?? refundable(payment, charge), reason });
  return decided(Object.keys(next.refundAsks).at(-1) ?? null, null, next);
}

type Ended = { readonly status: 'done' | 'failed'; readonly failure: string | null };

function refundEnded(payment: Payment, intentId: string, ended: Ended): Payment {
  const ask = payment.refundAsks[intentId];
  if (ask?.status !== 'asked') return payment;
  const refundAsks = { ...payment.refundAsks, [intentId]: { ...ask, ...ended } };
  return andThen({ ...payment, refundAsks }, settled(payment, intentId));
}

/** Under a provider's own name of a charge: what is told of it goes on to its payment, once that is known. */
function followed(state: Payment, event: PaymentEvent): Payment {
  if (event.kind === 'link' && state.linkedId === null) {
    const linkedId = event.linkedId;
    return andThen({ ...state, linkedId, waiting: [] }, ...state.waiting.map((notice) => forwarded(linkedId, notice)));
  }
  if (event.kind !== 'webhook' || state.webhooks[event.webhookId]) return state;
  const next = remembered(state, event);
  const notice = noticeOf(event);
  if (next.linkedId !== null) return andThen(next, forwarded(next.linkedId, notice));
  return { ...next, waiting: [...next.waiting, notice].slice(-limits.waiting) };
}

const forwarded = (paymentId: string, notice: Notice) =>
  ({ topic: 'payments', key: paymentId, event: { ...notice, kind: 'webhook', paymentId } }) as const;

function noticeOf(event: Webhook): Notice {
  const { provider, webhookId, notice, attempt, providerRef, chargeRef, moneyRef, planRef } = event;
  const { referenceId, amount, refundedTotal, currency, providerTime, periodEnd } = event;
  const refs = { attempt, providerRef, chargeRef, moneyRef, planRef, referenceId };
  return { provider, webhookId, notice, ...refs, amount, refundedTotal, currency, providerTime, periodEnd };
}
