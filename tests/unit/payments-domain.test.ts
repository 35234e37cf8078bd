// A payment as a fold: whatever order webhooks come in and however often, the same is known at the end and the same sums are booked.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evolve, initialState, type Payment } from '../../processors/payments/domain.ts';
import { type Following, openSession, statusOf } from '../../processors/payments/domain-state.ts';
import type { PaymentEvent } from '../../schemas/generated.ts';

const paymentId = `pay_${'0'.repeat(32)}`;
type Loose = Readonly<Record<string, unknown>> & { readonly kind: PaymentEvent['kind'] };

let count = 0;
const event = (fields: Loose): PaymentEvent => {
  count += 1;
  const envelope = {
    eventId: `e${count}`,
    occurredAt: 0,
    actorId: 'x',
    correlationId: 'x',
    source: 'test',
    ruleSet: 1,
    origin: null,
  };
  const nullable =
    'attempt providerRef chargeRef moneyRef planRef referenceId amount refundedTotal currency providerTime periodEnd isUnknown returnUrl reason redirectUrl personal'.split(
      ' ',
    );
  const nulls = Object.fromEntries(nullable.map((name) => [name, null]));
  return { ...nulls, ...envelope, paymentId, ...fields } as unknown as PaymentEvent;
};

const checkout = (routes = ['stripe'], product = 'coins_100', amount = 100) =>
  event({
    kind: 'checkout',
    userId: 'ann',
    product,
    provider: 'auto',
    routes,
    amount,
    currency: 'USD',
    fingerprint: 'f',
  });
const created = (attempt = 1, provider = 'stripe') =>
  event({
    kind: 'session_created',
    provider,
    attempt,
    providerRef: `cs_${attempt}`,
    redirectUrl: `https://pay.test/${attempt}`,
  });
const failed = (attempt: number, provider: string, isUnknown: boolean) =>
  event({ kind: 'session_failed', provider, attempt, reason: 'api_error', isUnknown });
const webhook = (notice: string, fields: object = {}) =>
  event({
    kind: 'webhook',
    provider: 'stripe',
    webhookId: `evt_${notice}_${JSON.stringify(fields).replace(/\W/g, '')}`,
    notice,
    attempt: 1,
    currency: 'USD',
    ...fields,
  });
const paid = (fields: object = {}) =>
  webhook('paid', { chargeRef: 'pi_1', amount: 100, providerRef: 'cs_1', ...fields });

function folded(events: readonly PaymentEvent[]): { state: Payment; all: Following[] } {
  const all: Following[] = [];
  let state = initialState();
  for (const [offset, one] of events.entries()) {
    const after = evolve(state, one, { topic: 'payments', partition: 0, offset, now: 1_000 });
    all.push(...after.following);
    // As it is kept between two events.
    const { following: _, ...kept } = after;
    state = JSON.parse(JSON.stringify(kept)) as Payment;
  }
  return { state, all };
}

const intents = (all: readonly Following[], kind: string) =>
  all.filter(({ topic, event: e }) => topic === 'payment_intents' && e.kind === kind).map(({ event: e }) => e);
const money = (all: readonly Following[], type: string) =>
  all.filter(({ topic, event: e }) => topic === 'payment_transactions' && e.type === type).map(({ event: e }) => e);
const total = (events: readonly Readonly<Record<string, unknown>>[], field: string) =>
  events.reduce((sum, e) => sum + Number(e[field]), 0);

describe('a payment', () => {
  it('asks the first provider for a session, and is paid once however often that is told', () => {
    const { state, all } = folded([checkout(), created(), paid(), paid(), paid({ webhookId: 'evt_other' })]);
    expect(intents(all, 'create_session')).toMatchObject([
      { intentId: `${paymentId}-s1`, provider: 'stripe', amount: 100 },
    ]);
    expect(intents(all, 'settled')).toMatchObject([{ intentId: `${paymentId}-s1` }]);
    expect(money(all, 'coin_purchase')).toMatchObject([
      { accountId: 'ann', asset: 'COIN', amount: 100, price: 100, transactionId: paymentId, ruleSet: 1 },
    ]);
    expect(statusOf(state)).toBe('paid');
  });

  it('is refused where the price is not that of the rules', () => {
    const { state, all } = folded([checkout(['stripe'], 'coins_1000', 1), paid({ amount: 1 })]);
    expect([state.refused, statusOf(state), all]).toEqual(['invalid_amount', 'refused', []]);
  });

  it('goes to the next provider when a session cannot be made, and closes one that may exist', () => {
    const known = folded([checkout(['stripe', 'paypal']), failed(1, 'stripe', false)]);
    expect(intents(known.all, 'create_session').map(({ provider }) => provider)).toEqual(['stripe', 'paypal']);
    expect(intents(known.all, 'expire_session')).toEqual([]);
    const unknown = folded([checkout(['stripe', 'paypal']), failed(1, 'stripe', true), created(2, 'paypal')]);
    expect(intents(unknown.all, 'expire_session')).toMatchObject([
      { provider: 'stripe', attempt: 1, providerRef: null },
    ]);
    expect(openSession(unknown.state)?.provider).toBe('paypal');
    const nobody = folded([checkout(['stripe']), failed(1, 'stripe', false)]);
    expect(statusOf(nobody.state)).toBe('failed');
  });

  it('gives the second payment back, of two sessions that were both paid', () => {
    const events = [checkout(['stripe', 'paypal']), failed(1, 'stripe', true), created(2, 'paypal')];
    const other = webhook('paid', { provider: 'paypal', attempt: 2, chargeRef: 'CAP1', amount: 100 });
    for (const both of [
      [paid(), other],
      [other, paid()],
    ]) {
      const { all } = folded([...events, ...both, ...both]);
      expect(money(all, 'coin_purchase')).toHaveLength(1);
      expect(intents(all, 'refund_payment')).toMatchObject([{ amount: 100, reason: 'excess' }]);
    }
  });

  it('captures what is approved from one session alone', () => {
    const approved = webhook('approved', { provider: 'paypal', attempt: 1, providerRef: 'cs_1' });
    const { state, all } = folded([
      checkout(['paypal']),
      created(1, 'paypal'),
      approved,
      { ...approved, webhookId: 'evt_again' } as PaymentEvent,
    ]);
    expect(intents(all, 'capture_payment')).toMatchObject([{ intentId: `${paymentId}-c1`, providerRef: 'cs_1' }]);
    expect(statusOf(state)).toBe('processing');
    const late = folded([
      checkout(['paypal']),
      created(1, 'paypal'),
      webhook('paid', { provider: 'paypal', chargeRef: 'CAP1', amount: 100 }),
      approved,
    ]);
    expect(intents(late.all, 'capture_payment')).toEqual([]);
  });

  it('is approved before the answer that made its session is here', () => {
    const approved = webhook('approved', { provider: 'paypal', providerRef: 'cs_1' });
    const { state, all } = folded([checkout(['paypal']), approved, created(1, 'paypal'), created(1, 'paypal')]);
    expect(intents(all, 'capture_payment')).toMatchObject([{ providerRef: 'cs_1' }]);
    expect(intents(all, 'settled')).toMatchObject([{ intentId: `${paymentId}-s1` }]);
    expect(openSession(state)?.redirectUrl).toBe('https://pay.test/1');
  });

  it('is paid although it had expired or failed', () => {
    for (const end of ['expired', 'failed'])
      expect(statusOf(folded([checkout(), created(), webhook(end), paid()]).state)).toBe('paid');
  });

  it('gives back what was paid in another amount', () => {
    const { state, all } = folded([checkout(), created(), paid({ amount: 1 })]);
    expect([money(all, 'coin_purchase'), statusOf(state)]).toEqual([[], 'awaiting_payment']);
    expect(intents(all, 'refund_payment')).toMatchObject([{ amount: 1, reason: 'wrong_amount' }]);
  });

  it('refunds for an operator, once per key, never more than was paid', () => {
    const ask = (key: string, amount: number | null) =>
      event({ kind: 'refund_request', reason: 'requested', idempotencyKey: key, amount });
    const early = folded([checkout(), created(), ask('a', null), paid()]);
    expect([early.state.refundRequests.a?.refused, intents(early.all, 'refund_payment')]).toEqual(['not_paid', []]);
    const done = event({
      kind: 'refund_done',
      intentId: `${paymentId}-r1`,
      provider: 'stripe',
      chargeRef: 'pi_1',
      amount: 40,
      referenceId: 're_1',
    });
    const told = webhook('refunded', { chargeRef: 'pi_1', refundedTotal: 40 });
    for (const outcome of [
      [done, told],
      [told, done],
      [done, done, told, told],
    ]) {
      const { state, all } = folded([
        checkout(),
        created(),
        paid(),
        ask('a', 40),
        ask('a', 40),
        ask('b', 61),
        ...outcome,
      ]);
      expect(intents(all, 'refund_payment')).toMatchObject([{ amount: 40, providerRef: 'pi_1' }]);
      expect(state.refundRequests.b?.refused).toBe('exceeds_remaining');
      expect(money(all, 'refund')).toMatchObject([{ amount: 40, transactionId: paymentId, reason: 'refund' }]);
      expect(statusOf(state)).toBe('partly_refunded');
    }
  });

  it('renews a plan once per invoice, and ends it when its provider does', () => {
    const plan = checkout(['stripe'], 'plan_pro', 2_999);
    const first = paid({ amount: 2_999, chargeRef: 'in_1', moneyRef: 'pi_1', planRef: 'sub_1', periodEnd: 5 });
    const second = webhook('plan_renewed', {
      amount: 2_999,
      chargeRef: 'in_2',
      moneyRef: 'pi_2',
      planRef: 'sub_1',
      periodEnd: 9,
    });
    const ended = webhook('plan_ended', { planRef: 'sub_1' });
    for (const order of [
      [first, second, ended],
      [ended, second, first],
      [second, ended, second, first],
    ]) {
      const { all } = folded([plan, created(), ...order]);
      const bought = money(all, 'plan_purchase');
      expect(bought.map(({ periodEnd }) => periodEnd).sort()).toEqual([5, 9]);
      expect(new Set(bought.map(({ transactionId }) => transactionId)).size).toBe(2);
      expect(bought.map(({ referenceId }) => referenceId)).toEqual([paymentId, paymentId]);
      expect(money(all, 'plan_cancel')).toMatchObject([{ transactionId: paymentId }]);
    }
  });

  it('ends the billing of a plan that was paid in another amount', () => {
    const wrong = paid({ amount: 1, chargeRef: 'in_1', moneyRef: 'pi_1', planRef: 'sub_1' });
    const { all } = folded([checkout(['stripe'], 'plan_pro', 2_999), created(), wrong]);
    expect(intents(all, 'cancel_plan')).toMatchObject([{ providerRef: 'sub_1' }]);
    expect(intents(all, 'refund_payment')).toMatchObject([{ amount: 1 }]);
  });

  it('is disputed once, though it is told twice with two sums, and is whole again once that is won', () => {
    const told = [40, 60].map((amount) => webhook('disputed', { chargeRef: 'pi_1', referenceId: 'of-pi_1', amount }));
    for (const order of [told, [...told].reverse()]) {
      const { all } = folded([checkout(), created(), paid(), ...order]);
      expect(total(money(all, 'refund'), 'amount')).toBe(60);
      const won = webhook('dispute_won', { chargeRef: 'pi_1', referenceId: 'of-pi_1' });
      const after = folded([checkout(), created(), paid(), ...order, won]);
      expect(total(money(after.all, 'coin_purchase'), 'amount') - total(money(after.all, 'refund'), 'amount')).toBe(
        100,
      );
    }
  });

  it('follows a dispute that names the charge alone to its payment', () => {
    const dispute = {
      ...webhook('disputed', { chargeRef: 'pi_1', referenceId: 'dp_1', amount: 100, attempt: null }),
      paymentId: 'ref_stripe_pi_1',
    } as PaymentEvent;
    const links = folded([checkout(), created(), paid()]).all.filter(({ topic }) => topic === 'payments');
    expect(links).toMatchObject([{ key: 'ref_stripe_pi_1', event: { kind: 'link', linkedId: paymentId } }]);
    const link = event(links[0]?.event as Loose);
    for (const order of [
      [dispute, link, dispute],
      [link, dispute, link],
    ]) {
      expect(folded(order).all).toMatchObject([
        { topic: 'payments', key: paymentId, event: { notice: 'disputed', referenceId: 'dp_1', paymentId } },
      ]);
    }
  });
});

describe('every order of webhooks', () => {
  const told = [
    paid(),
    webhook('expired'),
    webhook('refunded', { chargeRef: 'pi_1', refundedTotal: 20 }),
    webhook('refunded', { chargeRef: 'pi_1', refundedTotal: 35 }),
    webhook('refunded', { chargeRef: 'pi_1', referenceId: 're_1', amount: 20 }),
    webhook('disputed', { chargeRef: 'pi_1', referenceId: 'dp_1', amount: 30 }),
    webhook('disputed', { chargeRef: 'pi_1', referenceId: 'dp_2', amount: 25 }),
    webhook('dispute_won', { chargeRef: 'pi_1', referenceId: 'dp_2', amount: 25 }),
    webhook('ignored'),
  ];
  const summary = ({ state, all }: ReturnType<typeof folded>) => ({
    status: statusOf(state),
    charges: state.charges.map(({ bookings: _, ...facts }) => facts),
    sessions: state.sessions,
    webhooks: Object.entries(state.webhooks).sort(),
    intents: all.filter(({ topic }) => topic === 'payment_intents').map(({ event: e }) => e.intentId),
    coins: total(money(all, 'coin_purchase'), 'amount') - total(money(all, 'refund'), 'amount'),
    paid: total(money(all, 'coin_purchase'), 'price') - total(money(all, 'refund'), 'amount'),
    references:
      new Set(money(all, 'refund').map(({ transactionId, referenceId }) => `${transactionId} ${referenceId}`)).size -
      money(all, 'refund').length,
  });

  it('ends in the same state and the same sums', () => {
    const expected = summary(folded([checkout(), created(), ...told]));
    expect(expected).toMatchObject({ coins: 35, paid: 35, references: 0 });
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...told, ...told, ...told], { minLength: told.length * 3 }),
        fc.nat(told.length * 3),
        (order, madeAt) => {
          // Even that the session was made may be told late.
          const events = [checkout(), ...order.slice(0, madeAt), created(), ...order.slice(madeAt)];
          const key = ({ disputes, refunds, ...rest }: { disputes: object; refunds: object }) => ({
            ...rest,
            disputes: Object.entries(disputes).sort(),
            refunds: Object.entries(refunds).sort(),
          });
          const sorted = (one: ReturnType<typeof summary>) => ({ ...one, charges: one.charges.map(key) });
          expect(sorted(summary(folded(events)))).toEqual(sorted(expected));
        },
      ),
      { numRuns: 300 },
    );
  });
});
