// What follows from all that is known of a payment, once: sessions to make, capture or close, what was bought, what is given back. Pure.
import { adjusted, booked } from './domain-bookings.ts';
import * as intents from './domain-intents.ts';
import { type Charge, type Checkout, type Following, type Payment, refundable, type Session } from './domain-state.ts';

type Step = (payment: Payment, checkout: Checkout) => Payment;

/** Every step looks at the whole state and notes what it has caused: the order in which facts came does not matter. */
const steps: readonly Step[] = [rolesGiven, adjustmentsTold, excessReturned, nextAttempt, captured, closed, plansEnded];

export function withConsequences(payment: Payment): Payment {
  const { checkout } = payment;
  if (!checkout || payment.refused) return payment;
  return steps.reduce((state, step) => step(state, checkout), payment);
}

export const andThen = (payment: Payment, ...following: readonly Following[]): Payment =>
  following.length === 0 ? payment : { ...payment, following: [...payment.following, ...following] };

export const withSession = (payment: Payment, attempt: number, change: (session: Session) => Session): Payment => ({
  ...payment,
  sessions: payment.sessions.map((session) => (session.attempt === attempt ? change(session) : session)),
});

const replaced = (payment: Payment, charge: Charge): Payment => ({
  ...payment,
  charges: payment.charges.map((other) =>
    other.ref === charge.ref && other.provider === charge.provider ? charge : other,
  ),
});

/** The first charge buys the product; another session's is one too many. Renewals wait until it is known whose plan it is. */
function rolesGiven(payment: Payment, checkout: Checkout): Payment {
  const first = payment.charges.find(
    (charge) => charge.role === null && charge.amount !== null && isDecidable(payment, charge),
  );
  return first ? rolesGiven(withRole(payment, checkout, first), checkout) : payment;
}

const isDecidable = ({ winner }: Payment, { isRenewal }: Charge): boolean => !isRenewal || winner !== null;

function withRole(payment: Payment, checkout: Checkout, charge: Charge): Payment {
  const isRight = charge.amount === checkout.amount && charge.currency === checkout.currency;
  if (!isRight) return replaced(linked(payment, charge), { ...charge, role: 'wrong_amount' });
  const isBought = charge.isRenewal ? payment.winner === charge.attempt : payment.winner === null;
  if (!isBought) return replaced(linked(payment, charge), { ...charge, role: 'excess' });
  const { paymentId } = payment;
  const transactionId = charge.isRenewal
    ? `${paymentId}_${charge.ref.replace(/[^A-Za-z0-9_-]/g, '-').slice(-80)}`
    : paymentId;
  const told = booked({ paymentId, checkout }, charge, transactionId);
  const next = { ...replaced(payment, told.charge), winner: payment.winner ?? charge.attempt };
  return andThen(linked(next, charge), ...told.following);
}

/** From now on what the provider tells of this charge finds its payment, although it does not name it. */
function linked(payment: Payment, { provider, ref, moneyRef }: Charge): Payment {
  const keys = [ref, moneyRef].flatMap((name) => (name === null ? [] : (intents.referenceKey(provider, name) ?? [])));
  const link = (key: string): Following => ({
    topic: 'payments',
    key,
    event: { kind: 'link', paymentId: key, linkedId: payment.paymentId, provider },
  });
  return andThen(payment, ...[...new Set(keys)].map(link));
}

function adjustmentsTold(payment: Payment, checkout: Checkout): Payment {
  return payment.charges.reduce((state, charge) => {
    const told = adjusted({ paymentId: state.paymentId, checkout }, charge);
    return told.following.length === 0 && told.charge === charge
      ? state
      : andThen(replaced(state, told.charge), ...told.following);
  }, payment);
}

/** Never charged twice: what was not bought with is given back, asked for once. */
function excessReturned(payment: Payment): Payment {
  return payment.charges.reduce((state, charge) => {
    if (charge.role !== 'excess' && charge.role !== 'wrong_amount') return state;
    const isAsked = Object.values(state.refundAsks).some(({ charge: ref }) => ref === charge.ref);
    const amount = refundable(state, charge);
    return isAsked || amount === 0 ? state : refundAsked(state, charge, { amount, reason: charge.role });
  }, payment);
}

export function refundAsked(payment: Payment, charge: Charge, ask: { amount: number; reason: string }): Payment {
  const intentId = intents.intentIds.refund(payment.paymentId, Object.keys(payment.refundAsks).length + 1);
  const asked = { charge: charge.ref, ...ask, status: 'asked', failure: null } as const;
  const next = { ...payment, refundAsks: { ...payment.refundAsks, [intentId]: asked } };
  return andThen(next, intents.refundPayment(payment, charge, { intentId, ...ask }));
}

/** The first attempt, and another one at the next provider after one that could not be made. */
function nextAttempt(payment: Payment, checkout: Checkout): Payment {
  const last = payment.sessions.at(-1);
  const provider = checkout.routes[payment.sessions.length];
  if (provider === undefined || payment.winner !== null || (last && last.create !== 'failed')) return payment;
  const session: Session = {
    attempt: payment.sessions.length + 1,
    provider,
    ref: null,
    redirectUrl: null,
    create: 'asked',
    expire: null,
    capture: null,
    reason: null,
    isUnknown: false,
    isApproved: false,
    isClosed: false,
    isDeclined: false,
  };
  const next = { ...payment, sessions: [...payment.sessions, session] };
  return andThen(next, intents.createSession(next, checkout, session));
}

/** What a buyer has approved is taken, but from one session alone. */
function captured(payment: Payment, checkout: Checkout): Payment {
  if (payment.winner !== null || payment.sessions.some(({ capture }) => capture === 'asked' || capture === 'done'))
    return payment;
  const session = payment.sessions.find(
    ({ isApproved, capture, ref }) => isApproved && capture === null && ref !== null,
  );
  if (!session) return payment;
  const next = withSession(payment, session.attempt, (open) => ({ ...open, capture: 'asked' }));
  return andThen(next, intents.capturePayment(payment, checkout, session));
}

/** A session that may exist beside the one that is used is closed, before anyone pays there. */
function closed(payment: Payment, checkout: Checkout): Payment {
  return payment.sessions.reduce((state, session) => {
    const mayExist = session.create === 'done' || session.isUnknown;
    const isOld =
      session.attempt < state.sessions.length || (state.winner !== null && state.winner !== session.attempt);
    const isUsed = session.isClosed || session.attempt === state.winner || session.capture === 'asked';
    if (!mayExist || !isOld || isUsed || session.expire !== null) return state;
    const next = withSession(state, session.attempt, (open) => ({ ...open, expire: 'asked' }));
    return andThen(next, intents.expireSession(state, checkout, session));
  }, payment);
}

/** A plan that its provider has ended is not renewed here; one that was paid too much is ended there. */
function plansEnded(payment: Payment, { userId, ruleSet }: Checkout): Payment {
  const surplus = payment.charges.filter(
    ({ role, isRenewal, planRef }) =>
      planRef !== null && (role === 'excess' || (role === 'wrong_amount' && !isRenewal)),
  );
  const state = surplus.reduce((next, { attempt, planRef }) => planCancelAsked(next, attempt, planRef), payment);
  if (state.isPlanEndTold || state.winner === null || !state.endedPlans.includes(state.winner)) return state;
  const { paymentId: transactionId } = payment;
  const what = { accountId: userId, transactionId, idempotencyKey: `${transactionId}-ended`, ruleSet };
  const event = { type: 'plan_cancel', ...what };
  return andThen({ ...state, isPlanEndTold: true }, { topic: 'payment_transactions', key: userId, event });
}

/** Asks the provider, once, to charge for a plan no more. */
export function planCancelAsked(payment: Payment, attempt: number | null, planRef: string | null): Payment {
  const session = payment.sessions.find((one) => one.attempt === attempt);
  if (!session || planRef === null) return payment;
  const intentId = intents.intentIds.cancelPlan(payment.paymentId, session.attempt);
  if (payment.planCancels[intentId]) return payment;
  const next: Payment = { ...payment, planCancels: { ...payment.planCancels, [intentId]: 'asked' } };
  return andThen(next, intents.cancelPlan(payment, session, planRef));
}
