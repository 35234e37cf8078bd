// Stripe as its public API documents it: form-encoded requests, bearer keys, idempotency keys, error shapes, signed webhooks.
import { createHmac, randomBytes } from 'node:crypto';
import { type Answer, type Asked, ContractServer } from './server.ts';

type Thing = Record<string, unknown> & { readonly id: string };
const id = (prefix: string) => `${prefix}_${randomBytes(12).toString('hex')}`;
const failed = (status: number, type: string, message: string, more: object = {}): Answer => ({
  status,
  json: { error: { type, message, ...more } },
});

export class StripeContract {
  readonly secretKey = `sk_test_${randomBytes(8).toString('hex')}`;
  readonly webhookSecret = `whsec_${randomBytes(8).toString('hex')}`;
  readonly server = new ContractServer((asked) => this.#answer(asked));
  readonly sessions = new Map<string, Thing>();
  readonly refunds = new Map<string, Thing>();
  readonly transfers = new Map<string, Thing>();
  readonly #keys = new Map<string, { readonly request: string; readonly answer: Answer }>();

  /** The buyer pays on the page of a session. @returns what Stripe tells of it */
  pay(sessionId: string): Thing[] {
    const session = this.sessions.get(sessionId) as Thing;
    if (session.status !== 'open') throw new Error(`the session is ${session.status}`);
    const paid = { ...session, status: 'complete', payment_status: 'paid', payment_intent: id('pi') };
    this.sessions.set(sessionId, paid);
    const intent = { id: paid.payment_intent, object: 'payment_intent', metadata: session.metadata };
    return [this.event('payment_intent.succeeded', intent), this.event('checkout.session.completed', paid)];
  }

  event(type: string, object: object): Thing {
    return {
      id: id('evt'),
      object: 'event',
      api_version: '2024-06-20',
      created: Math.floor(Date.now() / 1_000),
      type,
      data: { object },
    };
  }

  refunded(sessionId: string, amount: number): Thing {
    const { payment_intent, metadata, amount_total, currency } = this.sessions.get(sessionId) as Thing;
    return this.event('charge.refunded', {
      id: id('ch'),
      object: 'charge',
      payment_intent,
      metadata,
      invoice: null,
      amount: amount_total,
      amount_refunded: amount,
      currency,
    });
  }

  disputed(sessionId: string, amount: number): Thing {
    const { payment_intent } = this.sessions.get(sessionId) as Thing;
    return this.event('charge.dispute.created', {
      id: id('dp'),
      object: 'dispute',
      charge: id('ch'),
      payment_intent,
      amount,
      currency: 'usd',
      status: 'needs_response',
      metadata: {},
    });
  }

  signed(
    event: object,
    { secret = this.webhookSecret, at = Date.now() } = {},
  ): { headers: Record<string, string>; body: string } {
    const body = JSON.stringify(event);
    const time = Math.floor(at / 1_000);
    const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    return { body, headers: { 'stripe-signature': `t=${time},v1=${signature},v0=${'0'.repeat(64)}` } };
  }

  #answer(asked: Asked): Answer {
    const { method, path, headers, body } = asked;
    if (headers.authorization !== `Bearer ${this.secretKey}`)
      return failed(401, 'invalid_request_error', 'Invalid API Key provided');
    if (method !== 'POST') return this.#read(asked);
    if (body && !headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
      return failed(400, 'invalid_request_error', 'send a form');
    const key = headers['idempotency-key'] as string | undefined;
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known && known.request !== `${path} ${body}`)
      return failed(
        400,
        'idempotency_error',
        'Keys for idempotent requests can only be used with the same parameters they were first used with.',
      );
    if (known) return known.answer;
    const answer = this.#write(path, new URLSearchParams(body));
    if (key !== undefined) this.#keys.set(key, { request: `${path} ${body}`, answer });
    return answer;
  }

  #read({ method, path, query }: Asked): Answer {
    const session = this.sessions.get(path.split('/')[4] ?? '');
    if (path.startsWith('/v1/checkout/sessions/'))
      return session ? { status: 200, json: session } : missing('checkout session');
    const listed = (things: Iterable<Thing>, field: string) => ({
      status: 200,
      json: { object: 'list', data: [...things].filter((one) => one[field] === query.get(field)), has_more: false },
    });
    if (path === '/v1/transfers') return listed(this.transfers.values(), 'transfer_group');
    if (path === '/v1/refunds') return listed(this.refunds.values(), 'payment_intent');
    if (method === 'DELETE' && path.startsWith('/v1/subscriptions/'))
      return { status: 200, json: { id: path.split('/')[3], status: 'canceled' } };
    return missing('resource');
  }

  #write(path: string, form: URLSearchParams): Answer {
    if (path === '/v1/checkout/sessions') return this.#session(form);
    if (path.endsWith('/expire')) return this.#expire(path.split('/')[4] ?? '');
    if (path === '/v1/refunds') return this.#refund(form);
    if (path === '/v1/transfers') return this.#transfer(form);
    return missing('resource');
  }

  #session(form: URLSearchParams): Answer {
    for (const name of [
      'mode',
      'success_url',
      'line_items[0][quantity]',
      'line_items[0][price_data][currency]',
      'line_items[0][price_data][unit_amount]',
      'line_items[0][price_data][product_data][name]',
    ])
      if (!form.get(name))
        return failed(400, 'invalid_request_error', `Missing required param: ${name}.`, {
          code: 'parameter_missing',
          param: name,
        });
    if (form.get('mode') === 'subscription' && !form.get('line_items[0][price_data][recurring][interval]'))
      return failed(
        400,
        'invalid_request_error',
        'You must provide at least one recurring price in `subscription` mode.',
      );
    const made = id('cs_test');
    const metadata = metadataIn(form, 'metadata');
    const session = {
      id: made,
      object: 'checkout.session',
      mode: form.get('mode'),
      status: 'open',
      payment_status: 'unpaid',
      payment_intent: null,
      subscription: null,
      url: `https://checkout.stripe.com/c/pay/${made}`,
      client_reference_id: form.get('client_reference_id'),
      metadata,
      amount_total: Number(form.get('line_items[0][price_data][unit_amount]')),
      currency: form.get('line_items[0][price_data][currency]'),
    };
    this.sessions.set(made, session);
    return { status: 200, json: session };
  }

  #expire(sessionId: string): Answer {
    const session = this.sessions.get(sessionId);
    if (!session) return missing('checkout session');
    if (session.status !== 'open')
      return failed(400, 'invalid_request_error', 'Only Checkout Sessions with a status in ["open"] can be expired.');
    const expired = { ...session, status: 'expired' };
    this.sessions.set(sessionId, expired);
    return { status: 200, json: expired };
  }

  #refund(form: URLSearchParams): Answer {
    const intent = form.get('payment_intent');
    const session = [...this.sessions.values()].find(
      ({ payment_intent }) => payment_intent !== null && payment_intent === intent,
    );
    if (!session) return missing('payment_intent');
    const before = [...this.refunds.values()]
      .filter(({ payment_intent }) => payment_intent === intent)
      .reduce((sum, { amount }) => sum + Number(amount), 0);
    const amount = Number(form.get('amount'));
    if (before >= Number(session.amount_total))
      return failed(400, 'invalid_request_error', 'Charge has already been refunded.', {
        code: 'charge_already_refunded',
      });
    if (before + amount > Number(session.amount_total))
      return failed(400, 'invalid_request_error', 'Refund amount is greater than unrefunded amount on charge');
    const refund = {
      id: id('re'),
      object: 'refund',
      payment_intent: intent,
      amount,
      status: 'succeeded',
      metadata: metadataIn(form, 'metadata'),
    };
    this.refunds.set(refund.id, refund);
    return { status: 200, json: refund };
  }

  #transfer(form: URLSearchParams): Answer {
    const destination = form.get('destination') ?? '';
    if (!destination.startsWith('acct_'))
      return failed(400, 'invalid_request_error', `No such destination: '${destination}'`, {
        code: 'resource_missing',
        param: 'destination',
      });
    const transfer = {
      id: id('tr'),
      object: 'transfer',
      amount: Number(form.get('amount')),
      destination,
      transfer_group: form.get('transfer_group'),
    };
    this.transfers.set(transfer.id, transfer);
    return { status: 200, json: transfer };
  }
}

const missing = (what: string): Answer =>
  failed(404, 'invalid_request_error', `No such ${what}`, { code: 'resource_missing' });

function metadataIn(form: URLSearchParams, name: string): Record<string, string> {
  const found = [...form].flatMap(([key, value]) => {
    const field = new RegExp(`^${name}\\[(\\w+)\\]$`).exec(key)?.[1];
    return field === undefined ? [] : [[field, value] as const];
  });
  return Object.fromEntries(found);
}
