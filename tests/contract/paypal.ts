// PayPal as its public API documents it: OAuth2 tokens, orders that are captured, refunds, payouts by batch, webhooks signed with a certificate.
import { createSign, randomBytes } from 'node:crypto';
import { crc32 } from '../../infra/providers/crc32.ts';
import { makeCertificate } from './certificates.ts';
import { type Answer, type Asked, ContractServer } from './server.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON as a third party keeps it
type Thing = Record<string, any>;
const id = () => randomBytes(8).toString('hex').toUpperCase().slice(0, 17);
const failed = (status: number, name: string, issue?: string): Answer => ({
  status,
  json: {
    name,
    message: 'The requested action could not be performed.',
    debug_id: id(),
    details: issue ? [{ issue, description: issue }] : [],
  },
});

export class PayPalContract {
  readonly clientId = `client-${id()}`;
  readonly clientSecret = `secret-${id()}`;
  readonly webhookId = `WH${id()}`;
  readonly root = makeCertificate({ name: 'Contract Root', isAuthority: true });
  readonly leaf = makeCertificate({ name: 'messageverificationcerts.paypal.com', issuer: this.root });
  readonly server = new ContractServer((asked) => this.#answer(asked));
  readonly orders = new Map<string, Thing>();
  readonly captures = new Map<string, Thing>();
  readonly refunds: Thing[] = [];
  readonly batches = new Map<string, Thing>();
  /** What a receiver gets; SUCCESS unless told. */
  readonly receivers = new Map<string, string>();
  readonly #tokens = new Set<string>();
  readonly #requests = new Map<string, Answer>();

  get config() {
    const certificates = { hosts: [this.server.host], name: '.paypal.com', roots: this.root.pem };
    return {
      url: this.server.url,
      clientId: this.clientId,
      clientSecret: this.clientSecret,
      webhookId: this.webhookId,
      certificates,
    };
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** The buyer approves on PayPal's page. */
  approve(orderId: string): Thing {
    const order = { ...(this.orders.get(orderId) as Thing), status: 'APPROVED' };
    this.orders.set(orderId, order);
    return this.event('CHECKOUT.ORDER.APPROVED', order);
  }

  captured(captureId: string): Thing {
    return this.event('PAYMENT.CAPTURE.COMPLETED', this.captures.get(captureId) as Thing);
  }

  event(type: string, resource: Thing): Thing {
    return {
      id: `WH-${id()}-${id()}`,
      event_version: '1.0',
      create_time: new Date().toISOString(),
      event_type: type,
      resource,
    };
  }

  signed(
    event: object,
    {
      key = this.leaf.key,
      certUrl = `${this.server.url}/v1/notifications/certs/CERT-1`,
      webhookId = this.webhookId,
    } = {},
  ) {
    const body = JSON.stringify(event);
    const [transmission, time] = [id(), new Date().toISOString()];
    const message = `${transmission}|${time}|${webhookId}|${crc32(Buffer.from(body))}`;
    const headers: Record<string, string> = {
      'paypal-transmission-id': transmission,
      'paypal-transmission-time': time,
      'paypal-transmission-sig': createSign('RSA-SHA256').update(message).sign(key, 'base64'),
      'paypal-auth-algo': 'SHA256withRSA',
      'paypal-cert-url': certUrl,
    };
    return { body, headers };
  }

  #answer(asked: Asked): Answer {
    const { method, path, headers, body } = asked;
    if (path.startsWith('/v1/notifications/certs/'))
      return { status: 200, json: path.endsWith('CERT-1') ? this.leaf.pem : 'nothing' };
    if (path === '/v1/oauth2/token') return this.#token(asked);
    if (!this.#tokens.has((headers.authorization ?? '').replace('Bearer ', '')))
      return {
        status: 401,
        json: { error: 'invalid_token', error_description: 'Token signature verification failed' },
      };
    if (method === 'POST' && headers['content-type'] !== 'application/json')
      return failed(415, 'UNSUPPORTED_MEDIA_TYPE');
    const requestId = headers['paypal-request-id'] as string | undefined;
    const known = requestId === undefined ? undefined : this.#requests.get(`${path} ${requestId}`);
    if (known && !path.includes('payouts')) return known;
    const answer = method === 'POST' ? this.#write(path, JSON.parse(body || '{}') as Thing) : this.#read(path);
    if (requestId !== undefined && answer.status < 300) this.#requests.set(`${path} ${requestId}`, answer);
    return answer;
  }

  #token({ headers, body }: Asked): Answer {
    const basic = `Basic ${Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64')}`;
    if (headers.authorization !== basic || body !== 'grant_type=client_credentials')
      return { status: 401, json: { error: 'invalid_client', error_description: 'Client Authentication failed' } };
    const token = `A21${id()}`;
    this.#tokens.add(token);
    return { status: 200, json: { access_token: token, token_type: 'Bearer', expires_in: 32_400 } };
  }

  #read(path: string): Answer {
    const order = this.orders.get(path.split('/')[4] ?? '');
    if (path.startsWith('/v2/checkout/orders/'))
      return order ? { status: 200, json: order } : failed(404, 'RESOURCE_NOT_FOUND', 'INVALID_RESOURCE_ID');
    const batch = this.batches.get(path.split('/')[4] ?? '');
    return batch
      ? { status: 200, json: { ...batch, total_pages: 1 } }
      : failed(404, 'RESOURCE_NOT_FOUND', 'INVALID_RESOURCE_ID');
  }

  #write(path: string, body: Thing): Answer {
    if (path === '/v2/checkout/orders') return this.#order(body);
    if (path.endsWith('/capture')) return this.#capture(path.split('/')[4] ?? '');
    if (path.endsWith('/refund')) return this.#refund(path.split('/')[4] ?? '', body);
    if (path === '/v1/payments/payouts') return this.#payout(body);
    return failed(404, 'RESOURCE_NOT_FOUND');
  }

  #order({ intent, purchase_units }: Thing): Answer {
    const value = purchase_units?.[0]?.amount?.value;
    if (intent !== 'CAPTURE' || !/^\d+\.\d\d$/.test(value ?? ''))
      return failed(400, 'INVALID_REQUEST', 'MISSING_REQUIRED_PARAMETER');
    const made = id();
    const links = [{ href: `https://www.paypal.com/checkoutnow?token=${made}`, rel: 'payer-action', method: 'GET' }];
    const order = { id: made, intent, status: 'PAYER_ACTION_REQUIRED', purchase_units, links };
    this.orders.set(made, order);
    return { status: 200, json: order };
  }

  #capture(orderId: string): Answer {
    const order = this.orders.get(orderId);
    if (!order) return failed(404, 'RESOURCE_NOT_FOUND', 'INVALID_RESOURCE_ID');
    if (order.status === 'COMPLETED') return failed(422, 'UNPROCESSABLE_ENTITY', 'ORDER_ALREADY_CAPTURED');
    if (order.status !== 'APPROVED') return failed(422, 'UNPROCESSABLE_ENTITY', 'ORDER_NOT_APPROVED');
    const [unit] = order.purchase_units as [Thing];
    const capture = {
      id: id(),
      status: 'COMPLETED',
      amount: unit.amount,
      custom_id: unit.custom_id,
      supplementary_data: { related_ids: { order_id: orderId } },
    };
    this.captures.set(capture.id, capture);
    const done = { ...order, status: 'COMPLETED', purchase_units: [{ ...unit, payments: { captures: [capture] } }] };
    this.orders.set(orderId, done);
    return { status: 201, json: done };
  }

  #refund(captureId: string, { amount }: Thing): Answer {
    const capture = this.captures.get(captureId);
    if (!capture) return failed(404, 'RESOURCE_NOT_FOUND', 'INVALID_RESOURCE_ID');
    const before = this.refunds
      .filter((one) => one.capture === captureId)
      .reduce((sum, one) => sum + Number(one.amount.value), 0);
    if (before + Number(amount.value) > Number(capture.amount.value))
      return failed(422, 'UNPROCESSABLE_ENTITY', before > 0 ? 'CAPTURE_FULLY_REFUNDED' : 'REFUND_AMOUNT_EXCEEDED');
    const refund = {
      id: id(),
      status: 'COMPLETED',
      amount,
      custom_id: capture.custom_id,
      links: [{ rel: 'up', href: `${this.server.url}/v2/payments/captures/${captureId}` }],
    };
    this.refunds.push({ ...refund, capture: captureId });
    return { status: 201, json: refund };
  }

  #payout({ sender_batch_header, items }: Thing): Answer {
    const sender = sender_batch_header?.sender_batch_id;
    if (!sender || !items?.length) return failed(400, 'VALIDATION_ERROR');
    const earlier = [...this.batches.values()].find(
      ({ batch_header }) => batch_header.sender_batch_header.sender_batch_id === sender,
    );
    if (earlier) {
      const href = `${this.server.url}/v1/payments/payouts/${earlier.batch_header.payout_batch_id}`;
      return {
        status: 400,
        json: {
          name: 'USER_BUSINESS_ERROR',
          message: 'User business error.',
          debug_id: id(),
          details: [{ field: 'SENDER_BATCH_ID', issue: 'Batch with given sender_batch_id already exists' }],
          links: [{ href, rel: 'self' }],
        },
      };
    }
    const made = id();
    const header = { payout_batch_id: made, batch_status: 'SUCCESS', sender_batch_header };
    const kept = (items as Thing[]).map((item) => {
      const status = this.receivers.get(item.receiver) ?? 'SUCCESS';
      return {
        payout_item_id: id(),
        transaction_status: status,
        payout_item: item,
        ...(status === 'FAILED' && { errors: { name: 'RECEIVER_UNREGISTERED' } }),
      };
    });
    this.batches.set(made, { batch_header: header, items: kept });
    return { status: 201, json: { batch_header: { ...header, batch_status: 'PENDING' } } };
  }

  /** Every payout that was carried out, by the id that we gave it. */
  paidOut(): string[] {
    return [...this.batches.values()].flatMap(({ items }) =>
      (items as Thing[]).map(({ payout_item }) => payout_item.sender_item_id as string),
    );
  }
}
