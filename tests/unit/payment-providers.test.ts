// Stripe and PayPal as clients, against servers that behave as their public APIs do; and what a signature is worth.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32 } from '../../infra/providers/crc32.ts';
import { PayPal } from '../../infra/providers/paypal.ts';
import { minorUnits, payPalNotice } from '../../infra/providers/paypal-webhook.ts';
import { ProviderRefused, ProviderUnknown, type SessionRequest } from '../../infra/providers/provider.ts';
import { Stripe } from '../../infra/providers/stripe.ts';
import { isStripeSignature } from '../../infra/providers/stripe-webhook.ts';
import { makeCertificate } from '../contract/certificates.ts';
import { PayPalContract } from '../contract/paypal.ts';
import { StripeContract } from '../contract/stripe.ts';

const patience = { timeoutMs: 2_000, retries: 2, waitMs: 5 };
const paymentId = `pay_${'a'.repeat(32)}`;
const request = (over: Partial<SessionRequest> = {}): SessionRequest => ({
  intentId: `${paymentId}-s1`,
  paymentId,
  attempt: 1,
  userId: 'ann',
  product: 'coins_100',
  title: 'coins 100',
  isPlan: false,
  amount: 100,
  currency: 'USD',
  returnUrl: 'https://shop.test/back',
  ...over,
});
const now = Date.now();

describe('Stripe', () => {
  const contract = new StripeContract();
  let stripe: Stripe;
  beforeAll(async () => {
    await contract.server.listen();
    stripe = new Stripe(
      {
        url: contract.server.url,
        secretKey: contract.secretKey,
        webhookSecrets: ['whsec_old', contract.webhookSecret],
      },
      patience,
    );
  });
  afterAll(() => contract.server.close());

  const refund = { intentId: 'r0', chargeRef: 'pi', amount: 1, currency: 'USD', reason: 'asked', mayBeRepeat: false };
  const pay = (intentId: string, destination: string | null, mayBeRepeat: boolean) => {
    const item = { intentId, amount: 1_000, currency: 'USD', destination };
    return stripe.payout({ batchId: intentId, items: [item], mayBeRepeat });
  };

  it('makes a session once, though the first answer was lost', async () => {
    contract.server.faults.push({ on: /POST \/v1\/checkout\/sessions$/, how: 'silent', times: 1 });
    const first = await stripe.createSession(request());
    expect(await stripe.createSession(request())).toEqual(first);
    expect(contract.sessions.size).toBe(1);
    expect(first.redirectUrl).toContain(first.providerRef);
    expect(contract.sessions.get(first.providerRef)).toMatchObject({
      client_reference_id: paymentId,
      metadata: { payment_id: paymentId, attempt: '1', user_id: 'ann' },
      amount_total: 100,
    });
  });

  it('refuses the same key with another request, and a wrong key of the account', async () => {
    await expect(stripe.createSession(request({ amount: 200 }))).rejects.toMatchObject({ reason: 'idempotency_error' });
    const stranger = new Stripe({ url: contract.server.url, secretKey: 'sk_wrong', webhookSecrets: [] }, patience);
    await expect(stranger.createSession(request())).rejects.toBeInstanceOf(ProviderRefused);
  });

  it('does not know what happened where the server stays in trouble', async () => {
    contract.server.faults.push({ on: /sessions$/, how: 'broken', times: 3 });
    await expect(stripe.createSession(request({ intentId: 'x' }))).rejects.toBeInstanceOf(ProviderUnknown);
    contract.server.faults.push({ on: /sessions$/, how: 'deaf', times: 3 });
    await expect(stripe.createSession(request({ intentId: 'x' }))).rejects.toBeInstanceOf(ProviderUnknown);
  });

  it('does not know what happened where an answer says nothing, and takes nothing for done', async () => {
    const said = (on: RegExp, json: unknown, status = 200) =>
      contract.server.faults.push({ on, how: { status, json }, times: 1 });
    for (const json of [{}, { error: { type: 'api_error' } }, 'Welcome', [], null]) {
      said(/POST .*sessions$/, json);
      await expect(stripe.createSession(request({ intentId: 'odd' }))).rejects.toBeInstanceOf(ProviderUnknown);
      said(/POST .*transfers$/, json);
      await expect(pay('odd', 'acct_1', false)).rejects.toBeInstanceOf(ProviderUnknown);
      said(/POST .*refunds$/, json);
      await expect(stripe.refund(refund)).rejects.toBeInstanceOf(ProviderUnknown);
    }
    said(/GET .*transfers$/, { object: 'list', id: 'x' });
    await expect(pay('odd', 'acct_1', true)).rejects.toBeInstanceOf(ProviderUnknown);
    said(/POST .*transfers$/, { message: 'Forbidden by a proxy' }, 403);
    await expect(pay('odd', 'acct_1', false)).rejects.toBeInstanceOf(ProviderUnknown);
    said(/POST .*transfers$/, { error: { type: 'invalid_request_error' } }, 401);
    await expect(pay('odd', 'acct_1', false)).rejects.toMatchObject({ isOurKeys: true });
    expect(contract.transfers.size).toBe(0);
  });

  it('asks for nothing new where its key was used for something else', async () => {
    await stripe.createSession(request({ intentId: 'used' }));
    await expect(stripe.createSession(request({ intentId: 'used', amount: 1 }))).rejects.toBeInstanceOf(
      ProviderUnknown,
    );
  });

  it('waits as long as it is told to', async () => {
    const before = contract.server.count(/sessions$/);
    const how = { status: 429, json: { error: {} }, headers: { 'retry-after': '90' } };
    contract.server.faults.push({ on: /sessions$/, how, times: 1 });
    await expect(stripe.createSession(request({ intentId: 'w' }))).rejects.toMatchObject({ waitMs: 90_000 });
    expect(contract.server.count(/sessions$/)).toBe(before + 1);
  });

  it('finds what went out before its destination was erased, and sends nothing after that', async () => {
    const outcome = async (intentId: string) => (await pay(intentId, null, true)).outcomes[0];
    await pay('sent', 'acct_1', false);
    expect(await outcome('sent')).toMatchObject({ status: 'settled' });
    expect(await outcome('never')).toMatchObject({ status: 'failed', reason: 'no_destination' });
    expect(contract.transfers.size).toBe(1);
    contract.transfers.clear();
  });

  it.each(['null', '[]', '"x"', '{}', '{"type":"__proto__"}', '{"type":"constructor","data":{"object":[]}}'])(
    'keeps what is signed and means nothing: %s',
    async (text) => {
      const { headers, body } = contract.signed(JSON.parse(text));
      const told = await stripe.verifyAndParseWebhook(Buffer.from(body), headers, now);
      expect(told).toMatchObject({ notice: 'ignored', paymentId: null });
      expect(payPalNotice(JSON.parse(text))).toMatchObject({ notice: 'ignored', paymentId: null });
    },
  );

  it('begins a subscription for a plan', async () => {
    const made = await stripe.createSession(request({ intentId: 'plan', isPlan: true, amount: 2_999 }));
    expect(contract.sessions.get(made.providerRef)).toMatchObject({ mode: 'subscription' });
  });

  it('expires a session that is open, and finds out that another is not', async () => {
    const { providerRef } = await stripe.createSession(request({ intentId: 'open' }));
    expect(await stripe.expireSession({ intentId: 'x1', providerRef })).toBe('expired');
    const paid = await stripe.createSession(request({ intentId: 'paid' }));
    contract.pay(paid.providerRef);
    expect(await stripe.expireSession({ intentId: 'x2', providerRef: paid.providerRef })).toBe('not_open');
  });

  it('refunds once, also when its key has been forgotten', async () => {
    const { providerRef } = await stripe.createSession(request({ intentId: 'to refund' }));
    contract.pay(providerRef);
    const chargeRef = String(contract.sessions.get(providerRef)?.payment_intent);
    const order = { intentId: 'r1', chargeRef, amount: 60, currency: 'USD', reason: 'asked', mayBeRepeat: false };
    const first = await stripe.refund(order);
    expect(await stripe.refund({ ...order, mayBeRepeat: true })).toEqual(first);
    await expect(stripe.refund({ ...order, intentId: 'r2' })).rejects.toBeInstanceOf(ProviderRefused);
    expect(contract.refunds.size).toBe(1);
  });

  it('pays a creator out once, and says why it cannot', async () => {
    const item = { intentId: 'p1', amount: 1_000, currency: 'USD', destination: 'acct_1' };
    await stripe.payout({ batchId: 'p1', items: [item], mayBeRepeat: false });
    const again = await stripe.payout({ batchId: 'p1', items: [item], mayBeRepeat: true });
    expect(again.outcomes).toMatchObject([{ intentId: 'p1', status: 'settled' }]);
    expect(contract.transfers.size).toBe(1);
    const wrong = await stripe.payout({
      batchId: 'p2',
      items: [{ ...item, intentId: 'p2', destination: 'nobody' }],
      mayBeRepeat: false,
    });
    expect(wrong.outcomes).toMatchObject([{ status: 'failed', reason: 'resource_missing' }]);
  });

  it('believes a webhook by any of its secrets, and no altered, old, or strange one', async () => {
    const { headers, body } = contract.signed(
      contract.event('checkout.session.expired', { id: 'cs_1', metadata: { payment_id: paymentId, attempt: '2' } }),
    );
    const bytes = Buffer.from(body);
    expect(await stripe.verifyAndParseWebhook(bytes, headers, now)).toMatchObject({
      notice: 'expired',
      paymentId,
      attempt: 2,
    });
    const altered = Buffer.from(bytes);
    altered[5] = (altered[5] ?? 0) ^ 1;
    expect(await stripe.verifyAndParseWebhook(altered, headers, now)).toBeNull();
    for (const late of [-900_000, 900_000])
      expect(await stripe.verifyAndParseWebhook(bytes, headers, now + late)).toBeNull();
    expect(await stripe.verifyAndParseWebhook(bytes, {}, now)).toBeNull();
    const strange = contract.signed({ type: 'x' }, { secret: 'whsec_strange' });
    expect(await stripe.verifyAndParseWebhook(Buffer.from(strange.body), strange.headers, now)).toBeNull();
  });

  it('verifies a signature that was computed elsewhere', () => {
    // printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
    const signature = 'v1=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925';
    const check = (body: string) =>
      isStripeSignature(Buffer.from(body), `t=1700000000,${signature}`, {
        secrets: ['whsec_test'],
        now: 1_700_000_100_000,
      });
    expect([check('{"id":"evt_1"}'), check('{"id":"evt_2"}')]).toEqual([true, false]);
  });

  it.each([
    [
      'checkout.session.completed',
      { mode: 'payment', payment_status: 'paid', payment_intent: 'pi_1', amount_total: 100, currency: 'usd' },
      { notice: 'paid', chargeRef: 'pi_1', amount: 100, currency: 'USD' },
    ],
    ['checkout.session.completed', { mode: 'payment', payment_status: 'unpaid' }, { notice: 'ignored' }],
    ['checkout.session.completed', { mode: 'subscription', payment_status: 'paid' }, { notice: 'ignored' }],
    [
      'checkout.session.async_payment_succeeded',
      { mode: 'payment', payment_intent: 'pi_1', amount_total: 5, currency: 'usd' },
      { notice: 'paid' },
    ],
    ['checkout.session.async_payment_failed', {}, { notice: 'failed' }],
    [
      'charge.refunded',
      { payment_intent: 'pi_1', invoice: 'in_1', amount_refunded: 40 },
      { notice: 'refunded', chargeRef: 'in_1', moneyRef: 'pi_1', refundedTotal: 40 },
    ],
    [
      'charge.dispute.created',
      { id: 'dp_1', payment_intent: 'pi_1', amount: 9, status: 'needs_response' },
      { notice: 'disputed', chargeRef: 'pi_1', referenceId: 'dp_1', amount: 9 },
    ],
    ['charge.dispute.created', { status: 'warning_needs_response' }, { notice: 'ignored' }],
    ['charge.dispute.closed', { id: 'dp_1', status: 'won' }, { notice: 'dispute_won' }],
    ['charge.dispute.closed', { id: 'dp_1', status: 'lost' }, { notice: 'disputed' }],
    [
      'invoice.paid',
      {
        id: 'in_1',
        billing_reason: 'subscription_cycle',
        amount_paid: 999,
        subscription: 'sub_1',
        subscription_details: { metadata: { payment_id: paymentId } },
        lines: { data: [{ period: { end: 5 } }] },
      },
      { notice: 'plan_renewed', chargeRef: 'in_1', planRef: 'sub_1', periodEnd: 5_000, paymentId },
    ],
    ['invoice.paid', { id: 'in_1', billing_reason: 'subscription_create', amount_paid: 999 }, { notice: 'paid' }],
    [
      'customer.subscription.deleted',
      { id: 'sub_1', metadata: { payment_id: paymentId } },
      { notice: 'plan_ended', paymentId },
    ],
    ['something.new', {}, { notice: 'ignored', paymentId: null }],
  ])('%s %o', async (type, object, expected) => {
    const { headers, body } = contract.signed(contract.event(type, object));
    expect(await stripe.verifyAndParseWebhook(Buffer.from(body), headers, now)).toMatchObject(expected);
  });
});

describe('PayPal', () => {
  const contract = new PayPalContract();
  let paypal: PayPal;
  beforeAll(async () => {
    await contract.server.listen();
    paypal = new PayPal(contract.config, patience);
  });
  afterAll(() => contract.server.close());

  it('makes an order, captures what is approved, refunds it, each once', async () => {
    contract.server.faults.push({ on: /POST \/v2\/checkout\/orders$/, how: 'silent', times: 1 });
    const { providerRef, redirectUrl } = await paypal.createSession(request({ amount: 2_999 }));
    expect(redirectUrl).toContain('paypal.com/checkoutnow');
    expect(contract.orders.size).toBe(1);
    await expect(paypal.capture({ intentId: 'c0', providerRef })).rejects.toMatchObject({
      reason: 'ORDER_NOT_APPROVED',
    });
    const approved = contract.signed(contract.approve(providerRef));
    expect(await paypal.verifyAndParseWebhook(Buffer.from(approved.body), approved.headers, now)).toMatchObject({
      notice: 'approved',
      paymentId,
      attempt: 1,
      providerRef,
    });
    const captured = await paypal.capture({ intentId: 'c1', providerRef });
    expect(captured).toMatchObject({ amount: 2_999, currency: 'USD' });
    expect(await paypal.capture({ intentId: 'c2', providerRef })).toEqual(captured);
    const told = contract.signed(contract.captured(captured.chargeRef));
    expect(await paypal.verifyAndParseWebhook(Buffer.from(told.body), told.headers, now)).toMatchObject({
      notice: 'paid',
      chargeRef: captured.chargeRef,
      amount: 2_999,
    });
    const order = {
      intentId: 'r1',
      chargeRef: captured.chargeRef,
      amount: 2_999,
      currency: 'USD',
      reason: 'asked',
      mayBeRepeat: false,
    };
    expect(await paypal.refund(order)).toEqual(await paypal.refund(order));
    await expect(paypal.refund({ ...order, intentId: 'r2' })).rejects.toMatchObject({
      reason: 'CAPTURE_FULLY_REFUNDED',
    });
    expect(contract.refunds).toHaveLength(1);
  });

  it('gets one token for many calls, and another when it was taken back', async () => {
    const before = contract.server.count(/oauth2/);
    await Promise.all([1, 2, 3].map((n) => paypal.createSession(request({ intentId: `t${n}` }))));
    expect(contract.server.count(/oauth2/)).toBe(before);
    contract.revokeTokens();
    await paypal.createSession(request({ intentId: 't4' }));
    expect(contract.server.count(/oauth2/)).toBe(before + 1);
  });

  it('pays a batch out once, though it is asked twice and the first answer was lost', async () => {
    contract.receivers.set('gone@x.test', 'FAILED').set('slow@x.test', 'UNCLAIMED');
    const item = (name: string) => ({ intentId: name, amount: 1_000, currency: 'USD', destination: `${name}@x.test` });
    const batch = { batchId: 'batch-1', items: ['ann', 'gone', 'slow'].map(item), mayBeRepeat: false };
    contract.server.faults.push({ on: /payouts$/, how: 'silent', times: 1 });
    const { batchRef, outcomes } = await paypal.payout(batch);
    expect(outcomes.map(({ intentId, status, reason }) => [intentId, status, reason])).toEqual([
      ['ann', 'settled', null],
      ['gone', 'failed', 'RECEIVER_UNREGISTERED'],
      ['slow', 'pending', null],
    ]);
    expect((await paypal.payout({ ...batch, mayBeRepeat: true })).batchRef).toBe(batchRef);
    expect(contract.paidOut()).toEqual(['ann', 'gone', 'slow']);
  });

  it('finds out what has become of a capture that was pending', async () => {
    const { providerRef } = await paypal.createSession(request({ intentId: 'pending' }));
    contract.approve(providerRef);
    const slow = (order: Record<string, unknown>, status: string) => ({
      ...order,
      purchase_units: [
        { payments: { captures: [{ id: 'SLOW', status, amount: { value: '1.00', currency_code: 'USD' } }] } },
      ],
    });
    const order = contract.orders.get(providerRef) as Record<string, unknown>;
    const pending = { status: 201, json: slow(order, 'PENDING') };
    // A repeat under the same key has the first answer.
    contract.server.faults.push({ on: /POST .*\/capture$/, how: pending, times: 3 });
    const capture = () => paypal.capture({ intentId: 'c9', providerRef });
    contract.orders.set(providerRef, slow(order, 'PENDING') as never);
    await expect(capture()).rejects.toBeInstanceOf(ProviderUnknown);
    contract.orders.set(providerRef, slow(order, 'COMPLETED') as never);
    expect(await capture()).toEqual({ chargeRef: 'SLOW', amount: 100, currency: 'USD' });
    contract.orders.set(providerRef, slow(order, 'DECLINED') as never);
    await expect(capture()).rejects.toBeInstanceOf(ProviderRefused);
  });

  it('takes nothing for done where an answer says nothing', async () => {
    const batch = { batchId: 'odd', items: [{ intentId: 'odd', amount: 1, currency: 'USD', destination: 'a@x.test' }] };
    for (const json of [{}, { name: 'INTERNAL', message: 'odd' }, 'Welcome', { batch_header: {} }]) {
      for (const on of [/POST .*orders$/, /POST .*refund$/, /POST .*payouts$/])
        contract.server.faults.push({ on, how: { status: 200, json }, times: 1 });
      await expect(paypal.createSession(request({ intentId: 'odd' }))).rejects.toBeInstanceOf(ProviderUnknown);
      const refund = { intentId: 'odd', chargeRef: 'C', amount: 1, currency: 'USD', reason: 'x', mayBeRepeat: false };
      await expect(paypal.refund(refund)).rejects.toBeInstanceOf(ProviderUnknown);
      await expect(paypal.payout({ ...batch, mayBeRepeat: false })).rejects.toBeInstanceOf(ProviderUnknown);
    }
  });

  it('asks for a certificate once, whoever asks how often, and for few at a time', async () => {
    const own = new PayPal(contract.config, patience);
    const good = contract.signed(contract.event('PAYMENT.CAPTURE.DENIED', { id: 'CAP', custom_id: `${paymentId}:1` }));
    const verdict = ({ body, headers }: typeof good) => own.verifyAndParseWebhook(Buffer.from(body), headers, now);
    const from = (path: string) => {
      const headers = { ...good.headers, 'paypal-cert-url': `${contract.server.url}/v1/notifications/certs/${path}` };
      return verdict({ ...good, headers });
    };
    const fetched = () => contract.server.count(/GET .*certs/);
    const before = fetched();
    await Promise.all(Array.from({ length: 20 }, () => verdict(good)));
    expect(fetched()).toBe(before + 1);
    for (const path of ['CERT-1?x=1', 'CERT-1#x', '../certs2/CERT-1', 'a/CERT-1', '', '%2e%2e/CERT-1', 'CERT-1;x'])
      expect(await from(path)).toBeNull();
    expect(fetched()).toBe(before + 1);
    expect([await from('CERT-9'), await from('CERT-9')]).toEqual([null, null]);
    expect(fetched()).toBe(before + 2);
    const many = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => from(`X${i}`)));
    expect(many.filter(({ status }) => status === 'rejected')).toHaveLength(26);
    expect(fetched()).toBe(before + 6);
  });

  it('believes no altered webhook, no other certificate, none from elsewhere, and none for another webhook', async () => {
    const event = contract.event('PAYMENT.CAPTURE.DENIED', { id: 'CAP', custom_id: `${paymentId}:1` });
    const good = contract.signed(event);
    const verdict = ({ body, headers }: typeof good) => paypal.verifyAndParseWebhook(Buffer.from(body), headers, now);
    expect(await verdict(good)).toMatchObject({ notice: 'failed', paymentId });
    const strange = makeCertificate({ name: 'messageverificationcerts.paypal.com' });
    const host = contract.server.host;
    for (const bad of [
      { ...good, body: good.body.replace('CAP', 'CAQ') },
      { ...good, headers: { ...good.headers, 'paypal-transmission-id': 'other' } },
      contract.signed(event, { key: strange.key }),
      contract.signed(event, { webhookId: 'WHOTHER' }),
      contract.signed(event, { certUrl: 'https://evil.test/v1/notifications/certs/CERT-1' }),
      contract.signed(event, { certUrl: `http://${host}@evil.test/v1/notifications/certs/CERT-1` }),
      contract.signed(event, { certUrl: `http://${host}/other/CERT-1` }),
      contract.signed(event, { certUrl: `http://${host}/v1/notifications/certs/CERT-2` }),
    ])
      expect(await verdict(bad)).toBeNull();
  });

  it.each([
    [
      'has another root',
      (root: ReturnType<typeof makeCertificate>) => ({
        root: makeCertificate({ name: root.name, isAuthority: true }),
        leaf: makeCertificate({ name: 'a.paypal.com', issuer: root }),
      }),
    ],
    [
      'has another name',
      (root: ReturnType<typeof makeCertificate>) => ({
        root,
        leaf: makeCertificate({ name: 'paypal.com.evil.test', issuer: root }),
      }),
    ],
    [
      'has ended',
      (root: ReturnType<typeof makeCertificate>) => ({
        root,
        leaf: makeCertificate({ name: 'a.paypal.com', issuer: root, to: new Date(now - 1_000) }),
      }),
    ],
  ])('believes no certificate that %s', async (_why, make) => {
    const other = new PayPalContract();
    await other.server.listen();
    const { root, leaf } = make(contract.root);
    Object.assign(other, { leaf });
    const client = new PayPal(
      { ...other.config, certificates: { ...other.config.certificates, roots: root.pem } },
      patience,
    );
    const { body, headers } = other.signed({ id: 'x', event_type: 'x' }, { key: leaf.key });
    expect(await client.verifyAndParseWebhook(Buffer.from(body), headers, now)).toBeNull();
    await other.server.close();
  });

  it.each([
    [
      'PAYMENT.CAPTURE.REFUNDED',
      {
        id: 'R1',
        amount: { value: '1.00', currency_code: 'USD' },
        seller_payable_breakdown: { total_refunded_amount: { value: '2.50' } },
        links: [{ rel: 'up', href: 'https://api.paypal.com/v2/payments/captures/CAP1' }],
      },
      { notice: 'refunded', chargeRef: 'CAP1', referenceId: 'R1', amount: 100, refundedTotal: 250 },
    ],
    [
      'PAYMENT.CAPTURE.REVERSED',
      {
        id: 'V1',
        amount: { value: '9.99', currency_code: 'USD' },
        links: [{ rel: 'up', href: 'https://api.paypal.com/v2/payments/captures/CAP1' }],
      },
      { notice: 'disputed', chargeRef: 'CAP1', referenceId: 'of-CAP1', amount: 999 },
    ],
    [
      'CUSTOMER.DISPUTE.CREATED',
      {
        dispute_id: 'PP-1',
        dispute_amount: { value: '1.00', currency_code: 'USD' },
        disputed_transactions: [{ seller_transaction_id: 'CAP1' }],
      },
      { notice: 'disputed', chargeRef: 'CAP1', referenceId: 'of-CAP1', paymentId: null },
    ],
    [
      'CUSTOMER.DISPUTE.RESOLVED',
      {
        dispute_id: 'PP-1',
        dispute_outcome: { outcome_code: 'RESOLVED_SELLER_FAVOUR' },
        disputed_transactions: [{ seller_transaction_id: 'CAP1' }],
      },
      { notice: 'dispute_won' },
    ],
    ['SOMETHING.NEW', {}, { notice: 'ignored' }],
  ])('%s', async (type, resource, expected) => {
    const { headers, body } = contract.signed(contract.event(type, resource));
    expect(await paypal.verifyAndParseWebhook(Buffer.from(body), headers, now)).toMatchObject(expected);
  });

  it('reads amounts exactly', () => {
    expect(['29.99', '1', '0.1', '1.005', 'x', '-3.00'].map(minorUnits)).toEqual([2_999, 100, 10, null, null, 300]);
    // The check value of CRC-32 (ISO 3309).
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });
});
