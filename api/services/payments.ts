// Buying coins, credits and plans: a checkout leads to a provider's page; what was paid is told by the provider, never by the buyer.
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Payment } from '../../processors/payments/domain.ts';
import { openSession, statusOf, sum, takenBack } from '../../processors/payments/domain-state.ts';
import { tokenOfPayment } from '../../projections/payments.ts';
import { currentRuleSet, currentRules } from '../../schemas/money.ts';
import { isOthers } from '../access.ts';
import { hitHeader, idempotencyHeader } from '../names.ts';
import type { Call, Services } from '../ports.ts';
import { type Reason, Refusal } from '../problems.ts';
import { Reply } from '../reply.ts';
import { refusedIfDeleted } from './deleted-account.ts';

export type CreateCheckout = {
  readonly user_id: string;
  readonly product: string;
  readonly provider: string;
  readonly return_url?: string;
};
export type OfPayment = { readonly payment_id: string };

const answerMsMax = 3_000;
const undecided = new Set(['creating']);

export async function createCheckout(services: Services, request: CreateCheckout, call: Call) {
  const deleted = refusedIfDeleted(services, request.user_id);
  if (deleted) return deleted;
  const { payments } = services;
  const paymentId = paymentIdOf(request.user_id, call.idempotencyKey ?? '');
  const eventId = uuidv7();
  const asked = { eventId, fingerprint: fingerprintOf(request) };
  const known = await payments.find(paymentId);
  let token = known ? tokenOfPayment(known) : null;
  // A repeat has its first answer, whatever has been configured since.
  if (!known?.checkout) {
    const routes = routesFor(payments.providers, request.provider);
    if (routes instanceof Refusal) return routes;
    const { return_url: returnUrl = payments.returnUrl } = request;
    const unsafe = unsafeReturn(returnUrl);
    if (unsafe) return unsafe;
    const product = Object.hasOwn(currentRules.products, request.product) && currentRules.products[request.product];
    if (!product) return new Refusal('unknown_product', `there is no ${request.product}`, { field: 'product' });
    const { price: amount, currency } = product;
    const bought = { userId: request.user_id, product: request.product, amount, currency };
    const how = { provider: request.provider, routes, returnUrl };
    const event = { ...asked, ...bought, ...how, kind: 'checkout', paymentId, ruleSet: currentRuleSet } as const;
    ({ token } = await payments.publish({ ...event, actorId: request.user_id }, call.requestId));
  }
  const isDone = (payment: Payment) => payment.checkout !== null && !undecided.has(statusOf(payment));
  const wait = { isDone, msMax: answerMsMax, ended: call.ended?.() };
  return answered(localIn(payments), await payments.until(paymentId, wait), {
    ...asked,
    paymentId,
    token,
  });
}

export async function getPayment({ payments }: Services, { payment_id }: OfPayment, call: Call) {
  const payment = await payments.find(payment_id);
  if (!payment?.checkout || isOthers(call.caller, payment.checkout.userId, 'operator')) return unknownPayment();
  return shown(localIn(payments), payment);
}

/** Pays at the local provider, as a buyer would on the page of a real one. */
export async function completeLocal({ payments }: Services, { payment_id: paymentId }: OfPayment, call: Call) {
  const payment = await payments.find(paymentId);
  const session = payment?.sessions.findLast(({ provider, create }) => provider === 'local' && create === 'done');
  if (!payment?.checkout || !session || !payments.providers.get('local')?.isLocal) return unknownPayment('local');
  if (isOthers(call.caller, payment.checkout.userId)) return unknownPayment('local');
  const { amount, currency } = payment.checkout;
  const { attempt, ref } = session;
  const told = {
    notice: 'paid',
    attempt,
    providerRef: ref ?? '',
    chargeRef: `local-${paymentId}-${attempt}`,
    amount,
    currency,
  } as const;
  const event = {
    kind: 'webhook',
    paymentId,
    provider: 'local',
    webhookId: `local-${paymentId}-${attempt}`,
    ...told,
  } as const;
  const { token } = await payments.publish({ ...event, actorId: payment.checkout.userId }, call.requestId);
  const isDone = ({ winner }: Payment) => winner !== null;
  const after = await payments.until(paymentId, { isDone, msMax: answerMsMax, ended: call.ended?.() });
  if (after && isDone(after)) return new Reply(shown(localIn(payments), after));
  return new Reply({ ...shown(localIn(payments), after ?? payment), token }, { status: 202 });
}

type Local = (provider: string | null) => boolean;
const localIn =
  ({ providers }: Services['payments']): Local =>
  (provider) =>
    provider === 'local' || (provider === null && providers.has('local'));

/** One that the caller names is the only one that is tried. */
function routesFor(providers: Services['payments']['providers'], asked: string): readonly string[] | Refusal {
  if (providers.size === 0)
    return new Refusal('provider_unavailable', 'no payment provider is configured here: nothing can be bought');
  if (asked === 'auto') return [...providers.keys()].slice(0, 5);
  if (providers.has(asked)) return [asked];
  const detail = `provider must be auto or one of ${[...providers.keys()].join(', ')}`;
  return new Refusal('invalid_field', detail, { field: 'provider' });
}

/** Buyers are sent there: a page on the web, without a name or password in its address. */
function unsafeReturn(address: string): Refusal | null {
  const parsed = URL.canParse(address) ? new URL(address) : null;
  const isWeb = parsed !== null && (parsed.protocol === 'https:' || parsed.protocol === 'http:');
  if (isWeb && !parsed.username && !parsed.password && /^[!-~]+$/.test(address) && !address.includes('\\')) return null;
  const detail = 'return_url must be an absolute http or https address without a user name or password';
  return new Refusal('invalid_field', detail, { field: 'return_url' });
}

/** The same request has the same payment: its state is the memory of the idempotency key. */
export const paymentIdOf = (userId: string, idempotencyKey: string): string =>
  `pay_${createHash('sha256').update(`${userId}\n${idempotencyKey}`).digest('hex').slice(0, 32)}`;

function fingerprintOf(request: CreateCheckout): string {
  const fields = Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 32);
}

type Asked = {
  readonly eventId: string;
  readonly fingerprint: string;
  readonly paymentId: string;
  /** Of what was published or found before the wait. */
  readonly token: string | null;
};

function answered(
  isLocal: Local,
  payment: Payment | null,
  { eventId, fingerprint, paymentId, token }: Asked,
): Reply | Refusal {
  if (!payment?.checkout) return pending(paymentId, token);
  if (payment.checkout.fingerprint !== fingerprint) {
    const detail = `this ${idempotencyHeader} was used for another checkout; a new one needs a new key`;
    return new Refusal('idempotency_key_reused', detail, { field: idempotencyHeader });
  }
  const headers = payment.checkout.eventId === eventId ? undefined : { [hitHeader]: 'true' };
  const status = statusOf(payment);
  if (payment.refused)
    return new Refusal(payment.refused as Reason, 'the product is not sold like this', { ...(headers && { headers }) });
  if (status === 'failed') {
    const reasons = payment.sessions.map(({ provider, reason }) => `${provider}: ${reason}`).join(', ');
    const detail = `no provider could begin a payment (${reasons}); nothing was charged, a new try needs a new ${idempotencyHeader}`;
    return new Refusal('provider_unavailable', detail.slice(0, 500), { ...(headers && { headers }) });
  }
  if (undecided.has(status)) return pending(paymentId, tokenOfPayment(payment));
  return new Reply(shown(isLocal, payment), headers && { headers });
}

function pending(paymentId: string, token: string | null): Reply {
  const address = `/api/payments/${paymentId}${token === null ? '' : `?token=${token}`}`;
  const body = { payment_id: paymentId, status: 'creating', redirect_url: null, status_url: address, token };
  return new Reply(body, { status: 202, headers: { location: address } });
}

function shown(isLocal: Local, payment: Payment) {
  const { checkout, paymentId, sessions, winner, charges } = payment;
  const session = sessions.find(({ attempt }) => attempt === winner) ?? openSession(payment);
  const booked = charges.filter(({ role }) => role === 'booked');
  return {
    payment_id: paymentId,
    user_id: checkout?.userId,
    product: checkout?.product,
    amount: checkout?.amount,
    currency: checkout?.currency,
    status: statusOf(payment),
    provider: session?.provider ?? null,
    ...(isLocal(session?.provider ?? null) && { local: true }),
    redirect_url: winner === null ? (session?.redirectUrl ?? null) : null,
    paid: sum(booked.map(({ amount }) => amount ?? 0)),
    refunded: sum(booked.map(takenBack)),
    attempts: sessions.map(({ provider, create, reason }) => ({ provider, made: create === 'done', reason })),
    created_at: new Date(checkout?.at ?? 0).toISOString(),
    token: tokenOfPayment(payment),
  };
}

const unknownPayment = (provider = '') =>
  new Refusal('not_found', `there is no such ${provider} payment`.replace('  ', ' '), { field: 'payment_id' });
