// PayPal's webhooks: the signature (SHA256withRSA over "transmission id|time|webhook id|crc32 of the body"), and what each event means here.
import { verify } from 'node:crypto';
import { crc32 } from './crc32.ts';
import type { Json } from './http.ts';
import type { PayPalCertificates } from './paypal-certificates.ts';
import { attemptIn, ownMeaning, paymentIdIn, type WebhookHeaders, type WebhookNotice } from './provider.ts';

export type PayPalSigned = {
  readonly body: Buffer;
  readonly headers: WebhookHeaders;
  readonly webhookId: string;
  readonly now: number;
};

export async function isPayPalSignature(certificates: PayPalCertificates, signed: PayPalSigned): Promise<boolean> {
  const { body, headers, webhookId, now } = signed;
  const of = (name: string) => headers[`paypal-${name}`] ?? '';
  const [id, time, signature] = [of('transmission-id'), of('transmission-time'), of('transmission-sig')];
  if (of('auth-algo') !== 'SHA256withRSA' || !id || !time || !signature || signature.length > 1_000) return false;
  const certificate = await certificates.at(of('cert-url'), now);
  if (certificate?.publicKey.asymmetricKeyType !== 'rsa') return false;
  const message = `${id}|${time}|${webhookId}|${crc32(body)}`;
  return verify('RSA-SHA256', Buffer.from(message), certificate.publicKey, Buffer.from(signature, 'base64'));
}

/** Our name of a payment and its attempt, as PayPal carries it with an order and its captures. */
export const customIdOf = (paymentId: string, attempt: number): string => `${paymentId}:${attempt}`;

/** "12.99" as minor units; null for anything else. */
export function minorUnits(value: unknown): number | null {
  const parts = typeof value === 'string' ? /^-?(\d{1,13})(?:\.(\d{1,2}))?$/.exec(value) : null;
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0')) : null;
}

export const decimalAmount = (amount: number): string =>
  `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`;

type Told = Omit<WebhookNotice, 'webhookId' | 'providerTime'>;

/** @param event an event as PayPal posts it, its signature verified */
export function payPalNotice(parsed: Json | null): WebhookNotice {
  const event = parsed ?? {};
  const resource = (event.resource ?? {}) as Json;
  const told = ownMeaning(meanings, event.event_type)?.(resource) ?? {
    notice: 'ignored',
    ...namedBy(resource.custom_id),
  };
  const time = Date.parse(String(event.create_time ?? ''));
  return { webhookId: String(event.id), providerTime: Number.isFinite(time) ? time : null, ...told };
}

function namedBy(customId: unknown): { paymentId: string | null; attempt: number | null } {
  const [paymentId, attempt] = String(customId ?? '').split(':');
  return { paymentId: paymentIdIn(paymentId), attempt: attemptIn(attempt) };
}

const amountOf = (amount: Json | undefined) => ({
  amount: minorUnits(amount?.value),
  currency: typeof amount?.currency_code === 'string' ? amount.currency_code : null,
});

const meanings: Readonly<Record<string, (resource: Json) => Told>> = {
  'CHECKOUT.ORDER.APPROVED': (order) => ({
    notice: 'approved',
    ...namedBy(order.purchase_units?.[0]?.custom_id),
    providerRef: String(order.id),
  }),
  'CHECKOUT.PAYMENT-APPROVAL.REVERSED': (resource) => ({
    notice: 'failed',
    ...namedBy(resource.purchase_units?.[0]?.custom_id ?? resource.custom_id),
    providerRef: resource.order_id ? String(resource.order_id) : null,
  }),
  'PAYMENT.CAPTURE.COMPLETED': (capture) => capture_(capture, 'paid'),
  'PAYMENT.CAPTURE.DENIED': (capture) => capture_(capture, 'failed'),
  'PAYMENT.CAPTURE.DECLINED': (capture) => capture_(capture, 'failed'),
  'PAYMENT.CAPTURE.REFUNDED': (refund) => ({
    notice: 'refunded',
    ...namedBy(refund.custom_id),
    chargeRef: captureOf(refund),
    referenceId: String(refund.id),
    ...amountOf(refund.amount),
    refundedTotal: minorUnits(refund.seller_payable_breakdown?.total_refunded_amount?.value),
  }),
  'PAYMENT.CAPTURE.REVERSED': (reversal) => ({
    notice: 'disputed',
    ...namedBy(reversal.custom_id),
    chargeRef: captureOf(reversal),
    referenceId: disputeOf(captureOf(reversal)) ?? String(reversal.id),
    ...amountOf(reversal.amount),
  }),
  'CUSTOMER.DISPUTE.CREATED': (dispute) => dispute_(dispute, 'disputed'),
  'CUSTOMER.DISPUTE.RESOLVED': (dispute) => dispute_(dispute, isWon(dispute) ? 'dispute_won' : 'disputed'),
};

const isWon = ({ dispute_outcome }: Json): boolean =>
  ['RESOLVED_SELLER_FAVOUR', 'CANCELED_BY_BUYER'].includes(String(dispute_outcome?.outcome_code));

function capture_(capture: Json, notice: Told['notice']): Told {
  const order = capture.supplementary_data?.related_ids?.order_id;
  return {
    notice,
    ...namedBy(capture.custom_id),
    providerRef: typeof order === 'string' ? order : null,
    chargeRef: String(capture.id),
    ...amountOf(capture.amount),
  };
}

function dispute_(dispute: Json, notice: Told['notice']): Told {
  const transaction = (dispute.disputed_transactions?.[0] ?? {}) as Json;
  const capture = transaction.seller_transaction_id;
  return {
    notice,
    ...namedBy(transaction.custom),
    chargeRef: typeof capture === 'string' ? capture : null,
    referenceId: disputeOf(capture) ?? String(dispute.dispute_id),
    ...amountOf(dispute.dispute_amount),
  };
}

/** The same money is told of as a dispute and as a reversal, under different ids: of a capture there is one dispute. */
const disputeOf = (capture: unknown): string | null => (typeof capture === 'string' ? `of-${capture}` : null);

/** A refund links up to its capture. */
function captureOf(resource: Json): string | null {
  const links = Array.isArray(resource.links) ? (resource.links as Json[]) : [];
  const up = links.find(({ rel }) => rel === 'up')?.href;
  return /\/captures\/([A-Za-z0-9-]+)$/.exec(String(up ?? ''))?.[1] ?? null;
}
