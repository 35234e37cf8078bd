// What is done for each kind of intent of a payment, and the event that says what became of it; pure but for the provider it is given.
import { type Provider, ProviderRefused, ProviderUnknown, type SessionMade } from '../../infra/providers/provider.ts';
import type { PaymentIntent } from '../../schemas/generated.ts';
import { rulesOf } from '../../schemas/money.ts';
import type { Outcome } from '../effects/outcome-log.ts';
import { intentIds } from './domain-intents.ts';

export type PaymentAct = Extract<
  PaymentIntent,
  { kind: 'create_session' | 'expire_session' | 'capture_payment' | 'refund_payment' | 'cancel_plan' }
>;

type Context = { readonly provider: Provider; readonly mayBeRepeat: boolean };

/** @throws ProviderUnknown where it must be asked again */
export async function act(intent: PaymentAct, context: Context): Promise<Outcome> {
  const event = await outcomeOf(intent, context);
  return { topic: 'payments', event: { paymentId: intent.subjectId, provider: intent.provider, ...event } };
}

type EventFields = Readonly<Record<string, unknown>> & { readonly kind: string };

async function outcomeOf(intent: PaymentAct, { provider, mayBeRepeat }: Context): Promise<EventFields> {
  const attempt = intent.attempt ?? 1;
  switch (intent.kind) {
    case 'create_session':
      return created(intent, provider, attempt);
    case 'expire_session':
      return expired(intent, provider, attempt);
    case 'capture_payment':
      return captured(intent, provider, attempt);
    case 'refund_payment':
      return refunded(intent, provider, mayBeRepeat);
    case 'cancel_plan': {
      const planRef = intent.providerRef ?? '';
      await provider.cancelPlan?.({ intentId: intent.intentId, planRef });
      return { kind: 'plan_cancelled', intentId: intent.intentId, planRef };
    }
    default:
      return intent satisfies never;
  }
}

/** Here nobody waits for an answer that does not come: the buyer goes to the next provider, and what may have been made is closed. */
async function created(intent: PaymentAct, provider: Provider, attempt: number): Promise<EventFields> {
  try {
    const session = await made(intent, provider, attempt);
    // The buyer's browser goes there.
    if (!/^https?:\/\//.test(session.redirectUrl))
      throw new ProviderRefused('unsafe_redirect', 'not an address of the web');
    return { kind: 'session_created', attempt, ...session };
  } catch (error) {
    if (!(error instanceof ProviderRefused) && !(error instanceof ProviderUnknown)) throw error;
    return { kind: 'session_failed', attempt, reason: error.reason, isUnknown: error instanceof ProviderUnknown };
  }
}

function made(intent: PaymentAct, provider: Provider, attempt: number): Promise<SessionMade> {
  const { subjectId: paymentId, userId, product, amount, currency, returnUrl, ruleSet } = intent;
  const sold = rulesOf(ruleSet)?.products[product ?? ''];
  return provider.createSession({
    intentId: intentIds.create(paymentId, attempt),
    paymentId,
    attempt,
    userId: userId ?? '',
    product: product ?? '',
    title: (product ?? '').replace('_', ' '),
    isPlan: sold?.kind === 'plan',
    amount: amount ?? 0,
    currency: currency ?? '',
    returnUrl,
  });
}

/** Said no for good; where our keys are not good it will be asked again with others. */
const isRefused = (error: unknown): error is ProviderRefused => error instanceof ProviderRefused && !error.isOurKeys;

/** Of a session that may exist the name is not known: asked for once more under the same key, the provider tells it. */
async function expired(intent: PaymentAct, provider: Provider, attempt: number): Promise<EventFields> {
  try {
    const providerRef = intent.providerRef ?? (await made(intent, provider, attempt)).providerRef;
    const reason = await provider.expireSession({ intentId: intent.intentId, providerRef });
    return { kind: 'session_expired', attempt, reason };
  } catch (error) {
    // It refuses to make the session: then there is none.
    if (isRefused(error)) return { kind: 'session_expired', attempt, reason: error.reason };
    throw error;
  }
}

async function captured(intent: PaymentAct, provider: Provider, attempt: number): Promise<EventFields> {
  const { intentId, providerRef } = intent;
  try {
    const captured = await provider.capture?.({ intentId, providerRef: providerRef ?? '' });
    if (!captured) return { kind: 'capture_failed', attempt, reason: 'not_a_step_of_its_own' };
    return { kind: 'capture_done', attempt, providerRef, ...captured };
  } catch (error) {
    if (isRefused(error)) return { kind: 'capture_failed', attempt, reason: error.reason };
    throw error;
  }
}

async function refunded(intent: PaymentAct, provider: Provider, mayBeRepeat: boolean): Promise<EventFields> {
  const { intentId, providerRef, amount, currency, reason } = intent;
  const chargeRef = providerRef ?? '';
  const order = {
    intentId,
    chargeRef,
    amount: amount ?? 0,
    currency: currency ?? '',
    reason: reason ?? 'refund',
    mayBeRepeat,
  };
  try {
    return { kind: 'refund_done', intentId, chargeRef, ...(await provider.refund(order)) };
  } catch (error) {
    if (isRefused(error)) return { kind: 'refund_failed', intentId, chargeRef, reason: error.reason };
    throw error;
  }
}
