// The intents of a payment: their ids, made of the payment and the attempt so that a repeat is the same, and what they carry. Pure.
import type { Charge, Checkout, Following, Payment, Session } from './domain-state.ts';

export const intentIds = {
  create: (paymentId: string, attempt: number): string => `${paymentId}-s${attempt}`,
  expire: (paymentId: string, attempt: number): string => `${paymentId}-x${attempt}`,
  capture: (paymentId: string, attempt: number): string => `${paymentId}-c${attempt}`,
  refund: (paymentId: string, count: number): string => `${paymentId}-r${count}`,
  cancelPlan: (paymentId: string, attempt: number): string => `${paymentId}-p${attempt}`,
};

const intent = (payment: Payment, event: Readonly<Record<string, unknown>>): Following => ({
  topic: 'payment_intents',
  key: payment.paymentId,
  event: { subjectId: payment.paymentId, ...event },
});

/** What the same session is made with again, whoever asks. */
const sessionFields = (checkout: Checkout, { attempt, provider }: Session) => ({
  provider,
  attempt,
  product: checkout.product,
  amount: checkout.amount,
  currency: checkout.currency,
  userId: checkout.userId,
  returnUrl: checkout.returnUrl,
  ruleSet: checkout.ruleSet,
});

export const createSession = (payment: Payment, checkout: Checkout, session: Session): Following =>
  intent(payment, {
    kind: 'create_session',
    intentId: intentIds.create(payment.paymentId, session.attempt),
    ...sessionFields(checkout, session),
  });

export const expireSession = (payment: Payment, checkout: Checkout, session: Session): Following =>
  intent(payment, {
    kind: 'expire_session',
    intentId: intentIds.expire(payment.paymentId, session.attempt),
    ...sessionFields(checkout, session),
    providerRef: session.ref,
  });

export const capturePayment = (payment: Payment, checkout: Checkout, session: Session): Following =>
  intent(payment, {
    kind: 'capture_payment',
    intentId: intentIds.capture(payment.paymentId, session.attempt),
    ...sessionFields(checkout, session),
    providerRef: session.ref,
  });

export const refundPayment = (
  payment: Payment,
  charge: Charge,
  { intentId, amount, reason }: { readonly intentId: string; readonly amount: number; readonly reason: string },
): Following =>
  intent(payment, {
    kind: 'refund_payment',
    intentId,
    provider: charge.provider,
    providerRef: charge.moneyRef ?? charge.ref,
    attempt: charge.attempt,
    userId: payment.checkout?.userId,
    amount,
    currency: charge.currency,
    reason,
  });

export const cancelPlan = (payment: Payment, { provider, attempt }: Session, planRef: string): Following =>
  intent(payment, {
    kind: 'cancel_plan',
    intentId: intentIds.cancelPlan(payment.paymentId, attempt),
    provider,
    attempt,
    providerRef: planRef,
  });

export const settled = (payment: Payment, intentId: string): Following =>
  intent(payment, { kind: 'settled', intentId });

/** The key under which a provider's own name of a charge is followed, or null where it cannot be a key. */
export function referenceKey(provider: string, reference: string): string | null {
  const key = `ref_${provider}_${reference}`;
  return /^[A-Za-z0-9_-]{1,128}$/.test(key) ? key : null;
}

export const isReferenceKey = (paymentId: string): boolean => paymentId.startsWith('ref_');
