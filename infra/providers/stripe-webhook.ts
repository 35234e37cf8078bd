// Stripe's webhooks: the signature (HMAC-SHA256 over "time.body", docs.stripe.com/webhooks), and what each event means here.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Json } from './http.ts';
import { attemptIn, ownMeaning, paymentIdIn, type WebhookNotice } from './provider.ts';

/** A signature is good for five minutes, before and after. */
export const toleranceMs = 300_000;

export function isStripeSignature(
  body: Buffer,
  header: string | undefined,
  { secrets, now }: { readonly secrets: readonly string[]; readonly now: number },
): boolean {
  const parts = (header ?? '')
    .slice(0, 4_000)
    .split(',')
    .map((part) => part.trim().split('='));
  const time = parts.find(([name]) => name === 't')?.[1] ?? '';
  if (!/^\d{1,12}$/.test(time) || Math.abs(now - Number(time) * 1_000) > toleranceMs) return false;
  const given = parts.flatMap(([name, value]) =>
    name === 'v1' && value && /^[0-9a-f]{64}$/.test(value) ? [Buffer.from(value, 'hex')] : [],
  );
  const expected = secrets.map((secret) => createHmac('sha256', secret).update(`${time}.`).update(body).digest());
  // Every pair is compared, so that the time taken tells nothing.
  return expected.map((one) => given.map((other) => timingSafeEqual(one, other)).some(Boolean)).some(Boolean);
}

type Told = Omit<WebhookNotice, 'webhookId' | 'providerTime'>;

/** @param event an event as Stripe posts it, its signature verified */
export function stripeNotice(parsed: Json | null): WebhookNotice {
  const event = parsed ?? {};
  const object = (event.data?.object ?? {}) as Json;
  const told = ownMeaning(meanings, event.type)?.(object) ?? { notice: 'ignored', paymentId: paymentIdOf(object) };
  return { webhookId: String(event.id), providerTime: Number(event.created ?? 0) * 1_000, ...told };
}

const paymentIdOf = (object: Json): string | null =>
  paymentIdIn(object.metadata?.payment_id) ?? paymentIdIn(object.client_reference_id);

const attemptOf = (object: Json): number | null => attemptIn(object.metadata?.attempt);
const upper = (currency: unknown): string | null => (typeof currency === 'string' ? currency.toUpperCase() : null);
/** A field that is an id, or the object itself where it was expanded. */
const idIn = (value: unknown): string | null =>
  typeof value === 'string' ? value : (((value as Json | null)?.id as string | undefined) ?? null);

const meanings: Readonly<Record<string, (object: Json) => Told>> = {
  'checkout.session.completed': (session) => session_(session, isPaidOnce(session) ? 'paid' : 'ignored'),
  'checkout.session.async_payment_succeeded': (session) =>
    session_(session, session.mode === 'payment' ? 'paid' : 'ignored'),
  'checkout.session.async_payment_failed': (session) => session_(session, 'failed'),
  'checkout.session.expired': (session) => session_(session, 'expired'),
  'charge.refunded': (charge) => ({
    notice: 'refunded',
    paymentId: paymentIdOf(charge),
    attempt: attemptOf(charge),
    chargeRef: idIn(charge.invoice) ?? idIn(charge.payment_intent),
    moneyRef: idIn(charge.payment_intent),
    refundedTotal: Number(charge.amount_refunded),
    currency: upper(charge.currency),
  }),
  'charge.dispute.created': (dispute) => dispute_(dispute, isInquiry(dispute) ? 'ignored' : 'disputed'),
  // Money moved though it began as an inquiry.
  'charge.dispute.funds_withdrawn': (dispute) => dispute_(dispute, 'disputed'),
  'charge.dispute.closed': (dispute) =>
    dispute_(dispute, dispute.status === 'won' ? 'dispute_won' : isInquiry(dispute) ? 'ignored' : 'disputed'),
  'invoice.paid': invoicePaid,
  'customer.subscription.deleted': (subscription) => ({
    notice: 'plan_ended',
    paymentId: paymentIdOf(subscription),
    attempt: attemptOf(subscription),
    planRef: idIn(subscription.id),
  }),
};

/** What is paid every month is told by its invoices, the first one too. */
const isPaidOnce = ({ mode, payment_status }: Json): boolean => mode === 'payment' && payment_status === 'paid';

/** An early warning of a bank: no money has moved. */
const isInquiry = ({ status }: Json): boolean => String(status).startsWith('warning_');

function session_(session: Json, notice: Told['notice']): Told {
  return {
    notice,
    paymentId: paymentIdOf(session),
    attempt: attemptOf(session),
    providerRef: idIn(session.id),
    chargeRef: idIn(session.payment_intent),
    planRef: idIn(session.subscription),
    amount: Number.isSafeInteger(session.amount_total) ? session.amount_total : null,
    currency: upper(session.currency),
  };
}

function dispute_(dispute: Json, notice: Told['notice']): Told {
  return {
    notice,
    paymentId: null,
    chargeRef: idIn(dispute.payment_intent),
    referenceId: idIn(dispute.id),
    amount: Number(dispute.amount),
    currency: upper(dispute.currency),
  };
}

function invoicePaid(invoice: Json): Told {
  const details = (invoice.subscription_details ?? invoice.parent?.subscription_details ?? {}) as Json;
  const isFirst = invoice.billing_reason === 'subscription_create';
  const isOurs = isFirst || invoice.billing_reason === 'subscription_cycle';
  const end = Number(invoice.lines?.data?.[0]?.period?.end);
  return {
    notice: !isOurs || invoice.amount_paid <= 0 ? 'ignored' : isFirst ? 'paid' : 'plan_renewed',
    paymentId: paymentIdOf(details),
    attempt: attemptOf(details),
    chargeRef: idIn(invoice.id),
    moneyRef: idIn(invoice.payment_intent),
    planRef: idIn(invoice.subscription) ?? idIn(details.subscription),
    amount: Number(invoice.amount_paid),
    currency: upper(invoice.currency),
    periodEnd: Number.isSafeInteger(end) ? end * 1_000 : null,
  };
}
