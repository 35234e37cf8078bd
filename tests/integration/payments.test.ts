// Buying and paying out on the real servers: the API, the processors and the effects worker, with Stripe and PayPal played by contract servers.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as answers from '../../api/answers-payments.ts';
import { ApiServer } from '../../api/server.ts';
import type { Config } from '../../infra/config.ts';
import { PersonKeys } from '../../infra/person-keys.ts';
import { createProviders } from '../../infra/providers/list.ts';
import { EffectsWorker } from '../../processors/effects/worker.ts';
import { ledger } from '../../processors/ledger/processor.ts';
import { payments } from '../../processors/payments/processor.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { PayPalContract } from '../contract/paypal.ts';
import { deliver } from '../contract/server.ts';
import { StripeContract } from '../contract/stripe.ts';
import { expectShape } from '../documented-shape.ts';
import { World } from '../world.ts';

const stripe = new StripeContract();
const paypal = new PayPalContract();
const folding = [payments, ledger] as unknown as readonly Processor[];
let world: World;
let config: Config;
let api: ApiServer;
let url: string;
let worker: EffectsWorker;
let personKeys: PersonKeys;
let count = 0;

const fatal = (why: string) => {
  throw new Error(why);
};
const newWorker = () =>
  new EffectsWorker({ config, log: world.log, providers: createProviders(config, world.log), onFatal: fatal });

beforeAll(async () => {
  world = await World.make();
  await Promise.all([stripe.server.listen(), paypal.server.listen()]);
  config = {
    ...world.config,
    api: { ...world.config.api, port: 0 },
    payments: {
      stripe: { url: stripe.server.url, secretKey: stripe.secretKey, webhookSecrets: [stripe.webhookSecret] },
      paypal: paypal.config,
      order: ['stripe', 'paypal', 'local'],
      isLocalOtherwise: false,
      patience: { timeoutMs: 2_000, retries: 2, waitMs: 5 },
      returnUrl: 'https://shop.test/wallet',
      payoutBatchMs: 200,
      payoutPollMs: 100,
    },
  };
  personKeys = new PersonKeys({ config, log: world.log, onFatal: fatal });
  api = new ApiServer({ config, log: world.log, onFatal: fatal });
  url = await api.listen();
  await Promise.all([world.run(folding), personKeys.start()]);
  worker = newWorker();
  await worker.start();
  await until(async () => (await fetch(`${url}/api/payments/none`)).status === 404);
}, 120_000);

afterAll(async () => {
  await worker?.stop();
  await personKeys?.stop();
  await api?.close();
  await Promise.all([stripe.server.close(), paypal.server.close()]);
  await world?.drop();
}, 60_000);

async function until(isSo: () => Promise<boolean> | boolean, msMax = 20_000): Promise<void> {
  const end = performance.now() + msMax;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('it never came to be so');
    await pause(20);
  }
}

type Shown = {
  payment_id: string;
  redirect_url: string;
  status: string;
  provider: string;
  refunded: number;
  reason?: string;
  local?: boolean;
  token: string;
};
async function checkout(
  user: string,
  key: string,
  over: object = {},
): Promise<{ status: number; hit: string | null; body: Shown }> {
  const response = await fetch(`${url}/api/payments/checkout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ user_id: user, product: 'coins_100', ...over }),
  });
  return {
    status: response.status,
    hit: response.headers.get('idempotency-hit'),
    body: (await response.json()) as Shown,
  };
}

const payment = async (id: string) => (await (await fetch(`${url}/api/payments/${id}`)).json()) as Shown;
const settled = () => world.settle(folding);
const webhooksTo = (provider: string) => `${url}/api/payments/webhooks/${provider}`;
const sessionOf = ({ redirect_url }: Shown) => redirect_url.split('/').at(-1) as string;

async function balance(account: string, name: string): Promise<string> {
  await settled();
  const states = await world.states<{ balances: Record<string, string> }>(ledger as unknown as Processor);
  return states.get(account)?.balances[name] ?? '0';
}

const appended = (fields: object) => {
  count += 1;
  const envelope = {
    eventId: `it-${count}-${Date.now()}`,
    occurredAt: Date.now(),
    actorId: 'test',
    correlationId: 'test',
    source: 'test',
    ruleSet: 1,
    origin: null,
  };
  return { ...envelope, ...fields };
};

describe('a checkout', () => {
  it('leads to Stripe, and webhooks in any order and number give the coins once', async () => {
    const { status, body } = await checkout('ann', 'key-1', { return_url: 'https://shop.test/back' });
    expect([status, body.status, body.provider]).toEqual([200, 'awaiting_payment', 'stripe']);
    const again = await checkout('ann', 'key-1', { return_url: 'https://shop.test/back' });
    expect([again.status, again.hit, again.body.redirect_url]).toEqual([200, 'true', body.redirect_url]);
    expect((await checkout('ann', 'key-1', { product: 'coins_1000' })).status).toBe(409);
    const session = sessionOf(body);
    const told = stripe.pay(session);
    const refunded = stripe.refunded(session, 30);
    const signed = [refunded, ...told, ...told, refunded].map((event) => stripe.signed(event));
    expect(new Set(await deliver(webhooksTo('stripe'), [...signed].reverse()))).toEqual(new Set([200]));
    await deliver(webhooksTo('stripe'), signed);
    expect(await balance('ann', 'user:COIN')).toBe('70');
    expect(await payment(body.payment_id)).toMatchObject({
      status: 'partly_refunded',
      refunded: 30,
      redirect_url: null,
    });
    expect(stripe.sessions.size).toBe(1);
  });

  it('refuses what it should', async () => {
    for (const return_url of ['javascript:alert(1)', 'https://ann:secret@shop.test/', 'ftp://shop.test/', '/back'])
      expect(await checkout('ann', 'key-bad', { return_url })).toMatchObject({
        status: 400,
        body: { field: 'return_url' },
      });
    expect(await checkout('ann', 'key-bad', { provider: 'klarna' })).toMatchObject({
      status: 400,
      body: { field: 'provider' },
    });
    expect(await checkout('ann', 'key-bad', { product: 'gold' })).toMatchObject({
      status: 422,
      body: { reason: 'unknown_product' },
    });
  });

  it('leaves no trace of a webhook with a bad signature but a count', async () => {
    const { body } = await checkout('bob', 'key-1');
    const before = await world.ends('payments');
    const [, paid] = stripe.pay(sessionOf(body));
    const forged = stripe.signed(paid as object, { secret: 'whsec_guess' });
    expect(await deliver(webhooksTo('stripe'), [forged, { ...forged, headers: {} }])).toEqual([401, 401]);
    expect(await deliver(webhooksTo('nobody'), [forged])).toEqual([404]);
    expect(await world.ends('payments')).toEqual(before);
    expect(await balance('bob', 'user:COIN')).toBe('0');
    const scrape = await (await fetch(`${url}/api/metrics/prometheus`)).text();
    expect(scrape).toMatch(/profithack_payment_webhooks_total\{provider="stripe",result="bad_signature"\} 2/);
  });

  it('goes on to PayPal when Stripe does not answer, and the session that may exist is closed', async () => {
    stripe.server.faults.push({ on: /POST \/v1\/checkout\/sessions$/, how: 'silent', times: 3 });
    const { status, body } = await checkout('cem', 'key-1');
    expect([status, body.provider]).toEqual([200, 'paypal']);
    await until(() => [...stripe.sessions.values()].some((one) => one.status === 'expired'));
    const order = new URL(body.redirect_url).searchParams.get('token') as string;
    const approved = paypal.signed(paypal.approve(order));
    expect(await deliver(webhooksTo('paypal'), [approved, approved])).toEqual([200, 200]);
    await until(async () => (await payment(body.payment_id)).status === 'paid');
    const [capture] = paypal.captures.keys();
    await deliver(webhooksTo('paypal'), [paypal.signed(paypal.captured(capture as string))]);
    expect(await balance('cem', 'user:COIN')).toBe('100');
    expect(paypal.captures.size).toBe(1);
  });

  it('says so when no provider can be used', async () => {
    const refusal = {
      status: 402,
      json: { error: { type: 'invalid_request_error', code: 'account_closed', message: 'no' } },
    };
    stripe.server.faults.push({ on: /POST \/v1\/checkout\/sessions$/, how: refusal, times: 1 });
    expect(await checkout('dan', 'key-1', { provider: 'stripe' })).toMatchObject({
      status: 502,
      body: { reason: 'provider_unavailable' },
    });
    expect(await checkout('dan', 'key-1', { provider: 'stripe' })).toMatchObject({ status: 502, hit: 'true' });
  });

  it('is told with a token of what it has led to: reads that take it have the coins', async () => {
    const { body } = await checkout('tom', 'key-t', { provider: 'local' });
    expectShape(answers.payment, body);
    const response = await fetch(`${url}/api/payments/local/${body.payment_id}/complete`, { method: 'POST' });
    const paid = (await response.json()) as Shown;
    expect([response.status, paid.status]).toEqual([200, 'paid']);
    const after = (token: string) => fetch(`${url}/api/wallets/tom?token=${token}`);
    const wallet = await after(paid.token);
    expect([wallet.status, await wallet.json()]).toMatchObject([200, { coins: 100 }]);
    const shown = await fetch(`${url}/api/payments/${body.payment_id}?token=${paid.token}`);
    const { status, token } = (await shown.json()) as Shown;
    expect([shown.status, status, token]).toEqual([200, 'paid', paid.token]);
    expect((await checkout('tom', 'key-t', { provider: 'local' })).body.token).toBe(token);
    expect(Number(token.split(':')[2])).toBeGreaterThan(Number(body.token.split(':')[2]));
  });

  it('of the local provider is completed by a call, and says that it is local', async () => {
    const { body } = await checkout('eva', 'key-1', { provider: 'local', product: 'plan_pro' });
    expect(body).toMatchObject({ local: true, provider: 'local' });
    for (let n = 0; n < 2; n++) {
      const response = await fetch(body.redirect_url.replace(/^.*(?=\/api)/, url), { method: 'POST' });
      expect([response.status, ((await response.json()) as Shown).status]).toEqual([200, 'paid']);
    }
    expect(await balance('eva', 'user:CREDIT')).toBe('1750');
    expect((await fetch(`${url}/api/payments/local/none/complete`, { method: 'POST' })).status).toBe(404);
  });
});

describe('money that goes back', () => {
  it('of a plan is billed no more once the plan is cancelled, and what the provider tells of that changes nothing', async () => {
    const { body } = await checkout('pam', 'plan', { product: 'plan_pro', provider: 'stripe' });
    const metadata = { payment_id: body.payment_id, attempt: '1' };
    const invoice = {
      id: 'in_pam',
      billing_reason: 'subscription_create',
      amount_paid: 2_999,
      currency: 'usd',
      payment_intent: 'pi_pam',
      subscription: 'sub_pam',
      subscription_details: { metadata },
    };
    await deliver(webhooksTo('stripe'), [stripe.signed(stripe.event('invoice.paid', invoice))]);
    expect(await balance('pam', 'user:CREDIT')).toBe('1750');
    const plan = async () => {
      await settled();
      return (await world.states<{ plan: object | null }>(ledger as unknown as Processor)).get('pam')?.plan;
    };
    const paymentIds = [body.payment_id];
    expect(await plan()).toMatchObject({ cancelled: false, paymentIds });
    const cancel = async () => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'cancel-plan' };
      const request = { method: 'POST', headers, body: JSON.stringify({ user_id: 'pam' }) };
      return (await fetch(`${url}/api/grpc/monetization/cancel-plan`, request)).status;
    };
    expect([await cancel(), await cancel()]).toEqual([200, 200]);
    expect(await plan()).toMatchObject({ cancelled: true, paymentIds });
    const ended = () => stripe.server.count(/DELETE \/v1\/subscriptions\/sub_pam$/);
    await until(() => ended() === 1);
    await deliver(webhooksTo('stripe'), [
      stripe.signed(stripe.event('customer.subscription.deleted', { id: 'sub_pam', metadata })),
    ]);
    expect(await plan()).toMatchObject({ cancelled: true, paymentIds: [] });
    expect(ended()).toBe(1);
  });

  it('is refunded for an operator once, and a chargeback finds its payment by the charge', async () => {
    const { body } = await checkout('fay', 'key-1', { provider: 'stripe', product: 'coins_1000' });
    const session = sessionOf(body);
    await deliver(webhooksTo('stripe'), [
      stripe.signed(stripe.disputed(await paidIntent(session), 200)),
      ...stripe.pay(session).map((e) => stripe.signed(e)),
    ]);
    for (let n = 0; n < 2; n++) expect(await operator('refund', body.payment_id, '300', 'r')).toContain('Refunded 300');
    expect(await operator('refund', body.payment_id, '701', 'other')).toContain('exceeds_remaining');
    const dispute = stripe.signed(stripe.disputed(session, 200));
    await deliver(webhooksTo('stripe'), [dispute, dispute]);
    await until(async () => (await payment(body.payment_id)).refunded === 500);
    expect(stripe.refunds.size).toBe(1);
    expect(await balance('fay', 'user:COIN')).toBe('500');
    expect((await payment(body.payment_id)).status).toBe('disputed');
  });

  /** A dispute of a charge that nobody knows waits for its payment, and harms nobody. */
  async function paidIntent(session: string): Promise<string> {
    stripe.sessions.set(`${session}x`, {
      ...(stripe.sessions.get(session) as object),
      id: `${session}x`,
      payment_intent: 'pi_unknown',
    });
    return `${session}x`;
  }
});

describe('payouts', () => {
  const earned = (creator: string) =>
    appended({
      type: 'ad_revenue',
      accountId: creator,
      asset: 'USD',
      amount: 10_000,
      product: 'pre_roll',
      provider: 'stripe',
      transactionId: `ad-${creator}`,
    });
  async function askFor(creator: string, provider: string, destination: string): Promise<void> {
    const personal = await personKeys.encrypt(creator, { destination });
    await world.append('payment_transactions', [
      earned(creator),
      appended({
        type: 'payout',
        accountId: creator,
        asset: 'USD',
        amount: 2_000,
        provider,
        idempotencyKey: `p-${creator}`,
        fingerprint: 'f',
        personal,
      }),
    ]);
    await settled();
  }

  it('are settled, or fail and go back into the balance', async () => {
    paypal.receivers.set('gone@x.test', 'FAILED').set('slow@x.test', 'PENDING');
    const asked = [
      ['gil', 'paypal', 'gil@x.test'],
      ['han', 'paypal', 'gone@x.test'],
      ['ida', 'stripe', 'acct_ida'],
      ['jon', 'paypal', 'slow@x.test'],
    ] as const;
    for (const [creator, provider, destination] of asked) await askFor(creator, provider, destination);
    await until(
      async () =>
        (await balance('gil', 'held:USD')) === '0' &&
        (await balance('han', 'held:USD')) === '0' &&
        (await balance('ida', 'held:USD')) === '0',
    );
    expect([
      await balance('gil', 'creator:USD'),
      await balance('han', 'creator:USD'),
      await balance('ida', 'creator:USD'),
    ]).toEqual(['3500', '5500', '3500']);
    expect(await balance('jon', 'held:USD')).toBe('2000');
    await until(() => paypal.paidOut().length === 3);
    for (const batch of paypal.batches.values())
      for (const item of batch.items)
        item.transaction_status = item.transaction_status === 'PENDING' ? 'SUCCESS' : item.transaction_status;
    await until(async () => (await balance('jon', 'held:USD')) === '0');
    expect(new Set(paypal.paidOut()).size).toBe(paypal.paidOut().length);
    expect(stripe.transfers.size).toBe(1);
  });

  it('are paid once, although workers are killed while the provider answers nobody', async () => {
    await worker.stop();
    const [payoutsBefore, transfersBefore] = [paypal.paidOut().length, stripe.transfers.size];
    const silent = [
      { on: /payouts$/, how: 'silent' as const, times: 9 },
      { on: /transfers$/, how: 'silent' as const, times: 9 },
    ];
    paypal.server.faults.push(silent[0] as never);
    stripe.server.faults.push(silent[1] as never);
    const names = ['kay', 'lea', 'max', 'nia'];
    await Promise.all(
      names.map((name, i) => askFor(name, i % 2 ? 'paypal' : 'stripe', i % 2 ? `${name}@x.test` : `acct_${name}`)),
    );
    const children = [0, 1].map(() => spawnWorker());
    // Both providers have carried something out that no worker knows of.
    await until(() => paypal.paidOut().length > payoutsBefore && stripe.transfers.size > transfersBefore, 60_000);
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map((child) => once(child, 'exit')));
    for (const fault of silent) fault.times = 0;
    worker = newWorker();
    const second = newWorker();
    await Promise.all([worker.start(), second.start()]);
    await until(
      async () => (await Promise.all(names.map((name) => balance(name, 'held:USD')))).every((held) => held === '0'),
      60_000,
    );
    expect(await Promise.all(names.map((name) => balance(name, 'creator:USD')))).toEqual([
      '3500',
      '3500',
      '3500',
      '3500',
    ]);
    expect([paypal.paidOut().length - payoutsBefore, stripe.transfers.size - transfersBefore]).toEqual([2, 2]);
    await second.stop();
  }, 150_000);

  it('and all else are asked for by nobody when the log is read again', async () => {
    await settled();
    await until(() => worker.status().ready && worker.status().partitions.every(({ open }) => open === 0), 30_000);
    await worker.stop();
    const before = [stripe.server.asked.length, paypal.server.asked.length];
    worker = newWorker();
    await worker.start();
    await until(() => worker.status().ready, 30_000);
    expect(worker.status().partitions.reduce((open, one) => open + one.open, 0)).toBe(0);
    // Stopping waits for all that is under way.
    await worker.stop();
    expect([stripe.server.asked.length, paypal.server.asked.length]).toEqual(before);
  }, 90_000);
});

/** What `npm run payments` says. */
async function operator(command: string, id: string, amount: string, key: string): Promise<string> {
  const given = ['--payment', id, '--amount', amount, '--key', key];
  const env = { ...process.env, NAMESPACE: config.namespace, CASSANDRA_KEYSPACE: config.cassandra.keyspace };
  const child = spawn(process.execPath, ['--import', 'tsx', 'operations/payments/main.ts', command, ...given], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)));
  await once(child, 'close');
  return said;
}

function spawnWorker(): ChildProcess {
  const env = {
    ...process.env,
    NAMESPACE: config.namespace,
    CASSANDRA_KEYSPACE: config.cassandra.keyspace,
    PROCESSORS: 'effects',
    PROCESSORS_PORT: '0',
    KAFKA_SESSION_TIMEOUT_MS: '6000',
    LOG_LEVEL: 'silent',
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_URL: stripe.server.url,
    PAYPAL_CLIENT_ID: paypal.clientId,
    PAYPAL_CLIENT_SECRET: paypal.clientSecret,
    PAYPAL_WEBHOOK_ID: paypal.config.webhookId,
    PAYPAL_API_URL: paypal.server.url,
    PAYOUT_BATCH_MS: '200',
    PAYMENT_RETRIES: '0',
  };
  return spawn(process.execPath, ['--import', 'tsx', 'processors/main.ts'], { env, stdio: 'inherit' });
}
