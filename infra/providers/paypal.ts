// PayPal: Orders v2 (created, approved by the buyer, captured by us), refunds of captures, batches of payouts. A plan is paid a month at a time.
import { call, type Json, type Patience, type ProviderAnswer } from './http.ts';
import { type CertificateTrust, PayPalCertificates } from './paypal-certificates.ts';
import { customIdOf, decimalAmount, isPayPalSignature, minorUnits, payPalNotice } from './paypal-webhook.ts';
import {
  type Captured,
  type PayoutAnswer,
  type PayoutBatchOrder,
  type PayoutOutcome,
  type Provider,
  ProviderRefused,
  ProviderUnknown,
  type Refunded,
  type RefundOrder,
  returnAddressOf,
  type SessionMade,
  type SessionRequest,
  type WebhookHeaders,
  type WebhookNotice,
} from './provider.ts';

export type PayPalConfig = {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly webhookId: string;
  readonly certificates: CertificateTrust;
};

type Sent = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Json;
  readonly requestId?: string;
};

/** A token is renewed so long before it ends. */
const tokenSpareMs = 60_000;

export class PayPal implements Provider {
  readonly name = 'paypal';
  readonly isLocal = false;
  readonly payoutsTogetherMax = 500;
  readonly #config: PayPalConfig;
  readonly #patience: Patience;
  readonly #certificates: PayPalCertificates;
  #token: { readonly value: Promise<string>; readonly until: number } | null = null;

  constructor(config: PayPalConfig, patience: Patience) {
    this.#config = config;
    this.#patience = patience;
    this.#certificates = new PayPalCertificates(config.certificates, patience);
  }

  async createSession(request: SessionRequest): Promise<SessionMade> {
    const order = await this.#send({
      method: 'POST',
      path: '/v2/checkout/orders',
      body: orderOf(request, returnAddressOf(request)),
      requestId: request.intentId,
    });
    const providerRef = named(order.id);
    const approve = linkOf(order, 'payer-action') ?? linkOf(order, 'approve');
    if (!approve) throw new ProviderRefused('no_approval_link', 'the order has no address for the buyer');
    return { providerRef, redirectUrl: approve };
  }

  /** An order that nobody captures takes no money and ends by itself: closing it is never to capture it. */
  async expireSession({ providerRef }: { intentId: string; providerRef: string }): Promise<'expired' | 'not_open'> {
    const order = await this.#send({ method: 'GET', path: `/v2/checkout/orders/${encodeURIComponent(providerRef)}` });
    return order.status === 'COMPLETED' ? 'not_open' : 'expired';
  }

  async capture({ intentId, providerRef }: { intentId: string; providerRef: string }): Promise<Captured> {
    const path = `/v2/checkout/orders/${encodeURIComponent(providerRef)}`;
    let capture: Json | undefined;
    try {
      capture = captureIn(await this.#send({ method: 'POST', path: `${path}/capture`, body: {}, requestId: intentId }));
    } catch (error) {
      if (!(error instanceof ProviderRefused) || error.reason !== 'ORDER_ALREADY_CAPTURED') throw error;
    }
    // A repeat is answered with what was true at first: what has become of it is told by the order.
    if (!capture || capture.status === 'PENDING') capture = captureIn(await this.#send({ method: 'GET', path }));
    const amount = minorUnits(capture?.amount?.value);
    if (!capture || amount === null) throw new ProviderUnknown('no_capture', 'the order is not captured yet');
    if (capture.status === 'DECLINED' || capture.status === 'FAILED')
      throw new ProviderRefused(String(capture.status), 'the capture was declined');
    // What is pending (a review, an e-cheque) is told by a webhook later.
    if (capture.status !== 'COMPLETED') throw new ProviderUnknown(String(capture.status), 'the capture is pending');
    return { chargeRef: named(capture.id), amount, currency: String(capture.amount.currency_code) };
  }

  async refund({ intentId, chargeRef, amount, currency, reason }: RefundOrder): Promise<Refunded> {
    const refund = await this.#send({
      method: 'POST',
      path: `/v2/payments/captures/${encodeURIComponent(chargeRef)}/refund`,
      body: {
        amount: { value: decimalAmount(amount), currency_code: currency },
        invoice_id: intentId,
        note_to_payer: reason.slice(0, 255),
      },
      requestId: intentId,
    });
    if (refund.status === 'FAILED' || refund.status === 'CANCELLED')
      throw new ProviderRefused(String(refund.status), 'the refund failed');
    return { referenceId: named(refund.id), amount };
  }

  async verifyAndParseWebhook(body: Buffer, headers: WebhookHeaders, now: number): Promise<WebhookNotice | null> {
    const signed = { body, headers, webhookId: this.#config.webhookId, now };
    if (!(await isPayPalSignature(this.#certificates, signed))) return null;
    return payPalNotice(JSON.parse(body.toString('utf8')) as Json);
  }

  isDestination(destination: string): boolean {
    return destination.length <= 127 && /^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(destination);
  }

  /** The batch's id is known for 30 days: a repeat is answered with a link to the first one. */
  async payout({ batchId, items }: PayoutBatchOrder): Promise<PayoutAnswer> {
    const body = {
      sender_batch_header: { sender_batch_id: batchId, email_subject: 'You have a payout' },
      items: items.map(({ intentId, amount, currency, destination }) => ({
        recipient_type: 'EMAIL',
        receiver: destination,
        sender_item_id: intentId,
        amount: { value: decimalAmount(amount), currency },
      })),
    };
    const answer = await this.#call({ method: 'POST', path: '/v1/payments/payouts', body, requestId: batchId });
    const earlier = /\/v1\/payments\/payouts\/([A-Za-z0-9]+)/.exec(linkOf(answer.json ?? {}, 'self') ?? '')?.[1];
    const isRepeat = answer.status >= 400 && isDuplicateBatch(answer.json ?? {}) && earlier !== undefined;
    const ref = isRepeat ? earlier : named(answered(answer).batch_header?.payout_batch_id);
    return this.payoutStatus(ref);
  }

  async payoutStatus(batchRef: string): Promise<PayoutAnswer> {
    const outcomes: PayoutOutcome[] = [];
    for (let page = 1; page <= 5; page++) {
      const path = `/v1/payments/payouts/${encodeURIComponent(batchRef)}?page=${page}&page_size=500&total_required=true`;
      const batch = await this.#send({ method: 'GET', path });
      named(batch.batch_header?.batch_status);
      outcomes.push(
        ...((batch.items ?? []) as Json[]).map((item) => outcomeOf(item, batch.batch_header?.batch_status)),
      );
      if (page >= Number(batch.total_pages ?? 1)) break;
    }
    return { batchRef, outcomes };
  }

  async #send(request: Sent): Promise<Json> {
    return answered(await this.#call(request));
  }

  /** A token that PayPal takes back before its time is fetched anew, once. */
  async #call(request: Sent): Promise<ProviderAnswer> {
    const answer = await this.#callWith(await this.#accessToken(), request);
    if (answer.status !== 401) return answer;
    this.#token = null;
    return this.#callWith(await this.#accessToken(), request);
  }

  #callWith(token: string, { method, path, body, requestId }: Sent): Promise<ProviderAnswer> {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      prefer: 'return=representation',
      ...(requestId !== undefined && { 'paypal-request-id': requestId }),
    };
    const request = { url: this.#config.url + path, method, headers };
    return call({ ...request, ...(body && { body: JSON.stringify(body) }) }, this.#patience);
  }

  #accessToken(): Promise<string> {
    if (this.#token && this.#token.until > performance.now()) return this.#token.value;
    const value = this.#newToken();
    this.#token = { value, until: Number.POSITIVE_INFINITY };
    value.catch(() => {
      this.#token = null;
    });
    return value;
  }

  async #newToken(): Promise<string> {
    const { url, clientId, clientSecret } = this.#config;
    const headers = {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const request = {
      url: `${url}/v1/oauth2/token`,
      method: 'POST',
      headers,
      body: 'grant_type=client_credentials',
    } as const;
    const { access_token, expires_in } = answered(await call(request, this.#patience));
    const token = named(access_token);
    const until = performance.now() + (Number(expires_in) || 0) * 1_000 - tokenSpareMs;
    this.#token = { value: Promise.resolve(token), until };
    return token;
  }
}

/** PayPal's errors: {name, message, debug_id, details: [{issue, description}]}; of the token {error, error_description}. */
function answered({ status, json }: ProviderAnswer): Json {
  const isError = typeof (json?.name ?? json?.error) === 'string';
  if (status < 400 && json && !isError) return json;
  if (!json || !isError || status < 400) throw new ProviderUnknown(`http_${status}`, 'not an answer of PayPal’s');
  const reason = String(json.details?.[0]?.issue ?? json.name ?? json.error);
  const detail = `${json.message ?? json.error_description ?? ''} (debug id ${json.debug_id ?? 'none'})`;
  if (status === 409) throw new ProviderUnknown(reason, detail);
  throw new ProviderRefused(reason, detail, status);
}

/** What PayPal calls something it has made. */
function named(id: unknown): string {
  if (typeof id === 'string' && id !== '') return id;
  throw new ProviderUnknown('no_id', 'the answer does not name what was made');
}

const linkOf = ({ links }: Json, rel: string): string | null =>
  Array.isArray(links) ? ((links as Json[]).find((link) => link.rel === rel)?.href ?? null) : null;

/** The same sender_batch_id as before. */
const isDuplicateBatch = ({ name, details, message }: Json): boolean =>
  ['USER_BUSINESS_ERROR', 'DUPLICATE_REQUEST_ID'].includes(String(name)) &&
  /sender_batch_id|duplicate/i.test(`${message ?? ''} ${JSON.stringify(details ?? '')}`);

const captureIn = (order: Json): Json | undefined => order.purchase_units?.[0]?.payments?.captures?.[0];

const failedStatuses = new Set(['FAILED', 'RETURNED', 'BLOCKED', 'REFUNDED', 'REVERSED', 'DENIED', 'CANCELED']);

function outcomeOf(item: Json, batchStatus: unknown): PayoutOutcome {
  const status = String(item.transaction_status ?? batchStatus);
  const isFailed = failedStatuses.has(status) || batchStatus === 'DENIED';
  return {
    intentId: String(item.payout_item?.sender_item_id),
    status: status === 'SUCCESS' ? 'settled' : isFailed ? 'failed' : 'pending',
    referenceId: item.payout_item_id ? String(item.payout_item_id).slice(0, 64) : null,
    reason: isFailed ? String(item.errors?.name ?? status).slice(0, 64) : null,
  };
}

function orderOf(request: SessionRequest, returnUrl: string): Json {
  const { paymentId, attempt, product, title, amount, currency } = request;
  return {
    intent: 'CAPTURE',
    purchase_units: [
      {
        reference_id: product,
        custom_id: customIdOf(paymentId, attempt),
        invoice_id: `${paymentId}-${attempt}`,
        description: title,
        amount: { currency_code: currency, value: decimalAmount(amount) },
      },
    ],
    payment_source: {
      paypal: {
        experience_context: {
          user_action: 'PAY_NOW',
          shipping_preference: 'NO_SHIPPING',
          return_url: returnUrl,
          cancel_url: returnUrl,
        },
      },
    },
  };
}
