// Stripe: Checkout Sessions, refunds, transfers to creators' connected accounts. Form-encoded requests, each with an idempotency key.
import { call, type Json, type Patience, type ProviderAnswer } from './http.ts';
import {
  type PayoutAnswer,
  type PayoutBatchOrder,
  type PayoutItem,
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
import { isStripeSignature, stripeNotice } from './stripe-webhook.ts';

export type StripeConfig = {
  readonly url: string;
  readonly secretKey: string;
  /** Several while a secret is being rolled. */
  readonly webhookSecrets: readonly string[];
};

/** Answers and webhooks are of this version, whatever the account's default is. */
const stripeVersion = '2024-06-20';

type Form = Readonly<Record<string, string | number>>;

export class Stripe implements Provider {
  readonly name = 'stripe';
  readonly isLocal = false;
  readonly payoutsTogetherMax = 1;
  readonly #config: StripeConfig;
  readonly #patience: Patience;

  constructor(config: StripeConfig, patience: Patience) {
    this.#config = config;
    this.#patience = patience;
  }

  async createSession(request: SessionRequest): Promise<SessionMade> {
    const form = sessionForm(request, returnAddressOf(request));
    const session = await this.#post('/v1/checkout/sessions', form, request.intentId);
    if (typeof session.url !== 'string')
      throw new ProviderUnknown('no_url', 'the session has no address for the buyer');
    return { providerRef: String(session.id), redirectUrl: session.url };
  }

  async expireSession({
    intentId,
    providerRef,
  }: {
    intentId: string;
    providerRef: string;
  }): Promise<'expired' | 'not_open'> {
    const id = encodeURIComponent(providerRef);
    try {
      await this.#post(`/v1/checkout/sessions/${id}/expire`, {}, intentId);
      return 'expired';
    } catch (error) {
      if (!(error instanceof ProviderRefused)) throw error;
      const session = await this.#get(`/v1/checkout/sessions/${id}`);
      if (session.status === 'open') throw error;
      return session.status === 'expired' ? 'expired' : 'not_open';
    }
  }

  async refund(order: RefundOrder): Promise<Refunded> {
    const { intentId, chargeRef, amount, reason } = order;
    // Keys are forgotten after a day; what a refund was made for stands in it for ever.
    const earlier = order.mayBeRepeat ? await this.#refundOf(chargeRef, intentId) : null;
    const form = {
      payment_intent: chargeRef,
      amount,
      'metadata[intent_id]': intentId,
      'metadata[reason]': reason,
      ...(reason === 'excess' && { reason: 'duplicate' }),
    };
    const refund = earlier ?? (await this.#post('/v1/refunds', form, intentId));
    if (refund.status === 'failed' || refund.status === 'canceled') {
      throw new ProviderRefused(String(refund.failure_reason ?? refund.status), 'the refund failed');
    }
    if (!Number.isSafeInteger(refund.amount))
      throw new ProviderUnknown('no_amount', 'the refund does not say how much');
    return { referenceId: String(refund.id), amount: Number(refund.amount) };
  }

  async cancelPlan({ planRef }: { intentId: string; planRef: string }): Promise<void> {
    const path = `/v1/subscriptions/${encodeURIComponent(planRef)}`;
    try {
      await this.#send('DELETE', path);
    } catch (error) {
      if (!(error instanceof ProviderRefused) || error.reason !== 'resource_missing') throw error;
    }
  }

  async verifyAndParseWebhook(body: Buffer, headers: WebhookHeaders, now: number): Promise<WebhookNotice | null> {
    const secrets = this.#config.webhookSecrets;
    if (!isStripeSignature(body, headers['stripe-signature'], { secrets, now })) return null;
    return stripeNotice(JSON.parse(body.toString('utf8')) as Json);
  }

  isDestination(destination: string): boolean {
    return /^acct_[A-Za-z0-9]{1,100}$/.test(destination);
  }

  async payout({ items, mayBeRepeat }: PayoutBatchOrder): Promise<PayoutAnswer> {
    const outcomes: PayoutOutcome[] = [];
    for (const item of items) outcomes.push(await this.#transfer(item, mayBeRepeat));
    return { batchRef: null, outcomes };
  }

  async payoutStatus(): Promise<PayoutAnswer> {
    return { batchRef: null, outcomes: [] };
  }

  async #transfer(
    { intentId, amount, currency, destination }: PayoutItem,
    mayBeRepeat: boolean,
  ): Promise<PayoutOutcome> {
    const form = {
      amount,
      currency: currency.toLowerCase(),
      destination: destination ?? '',
      transfer_group: intentId,
      'metadata[intent_id]': intentId,
    };
    try {
      const earlier = mayBeRepeat ? await this.#transferOf(intentId) : null;
      // It may have gone out before its destination was erased.
      if (!earlier && destination === null)
        return { intentId, status: 'failed', referenceId: null, reason: 'no_destination' };
      const transfer = earlier ?? (await this.#post('/v1/transfers', form, intentId));
      return { intentId, status: 'settled', referenceId: String(transfer.id), reason: null };
    } catch (error) {
      if (!(error instanceof ProviderRefused) || error.isOurKeys) throw error;
      return { intentId, status: 'failed', referenceId: null, reason: error.reason };
    }
  }

  async #transferOf(intentId: string): Promise<Json | null> {
    const list = await this.#get(`/v1/transfers?transfer_group=${encodeURIComponent(intentId)}&limit=1`);
    return listed(list)[0] ?? null;
  }

  async #refundOf(chargeRef: string, intentId: string): Promise<Json | null> {
    const list = await this.#get(`/v1/refunds?payment_intent=${encodeURIComponent(chargeRef)}&limit=100`);
    return listed(list).find(({ metadata }) => metadata?.intent_id === intentId) ?? null;
  }

  #post(path: string, form: Form, idempotencyKey: string): Promise<Json> {
    return this.#send('POST', path, { form, idempotencyKey });
  }

  #get(path: string): Promise<Json> {
    return this.#send('GET', path);
  }

  async #send(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { form, idempotencyKey }: { form?: Form; idempotencyKey?: string } = {},
  ): Promise<Json> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.#config.secretKey}`,
      'stripe-version': stripeVersion,
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
    };
    const body = form && formEncoded(form);
    const request = { url: this.#config.url + path, method, headers, ...(body !== undefined && { body }) };
    return answered(await call(request, this.#patience));
  }
}

/** That nothing is listed must have been said: something may be made because of it. */
function listed({ data }: Json): readonly Json[] {
  if (Array.isArray(data)) return data as Json[];
  throw new ProviderUnknown('no_list', 'the answer is not a list');
}

const formEncoded = (form: Form): string =>
  new URLSearchParams(Object.entries(form).map(([name, value]): [string, string] => [name, String(value)])).toString();

/** Stripe's errors: {error: {type, code, decline_code, message}}. Whatever is neither that nor one of its objects says nothing. */
function answered({ status, json }: ProviderAnswer): Json {
  const isObject = typeof json?.id === 'string' || Array.isArray(json?.data);
  if (status < 400 && json && !json.error && isObject) return json;
  const error = json?.error as Json | undefined;
  const reason = String(error?.decline_code ?? error?.code ?? error?.type ?? `http_${status}`);
  // Another request with this key is under way, or was made with other fields: what came of it is not known.
  const isUnderWay = status === 409 || error?.type === 'idempotency_error';
  if (status < 400 || !error || isUnderWay) throw new ProviderUnknown(reason, `http ${status}`);
  throw new ProviderRefused(reason, String(error.message ?? `http ${status}`), status);
}

function sessionForm(request: SessionRequest, returnUrl: string): Form {
  const { paymentId, attempt, userId, isPlan, amount, currency, title, product } = request;
  const metadata = { payment_id: paymentId, attempt: String(attempt), product };
  const carrier = isPlan ? 'subscription_data' : 'payment_intent_data';
  return {
    mode: isPlan ? 'subscription' : 'payment',
    client_reference_id: paymentId,
    'line_items[0][quantity]': 1,
    'line_items[0][price_data][currency]': currency.toLowerCase(),
    'line_items[0][price_data][unit_amount]': amount,
    'line_items[0][price_data][product_data][name]': title,
    ...(isPlan && {
      'line_items[0][price_data][recurring][interval]': 'day',
      'line_items[0][price_data][recurring][interval_count]': 30,
    }),
    success_url: returnUrl,
    cancel_url: returnUrl,
    ...Object.fromEntries(
      Object.entries({ ...metadata, user_id: userId }).map(([name, value]) => [`metadata[${name}]`, value]),
    ),
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`${carrier}[metadata][${name}]`, value])),
  };
}
