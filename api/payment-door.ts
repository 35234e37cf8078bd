// The door for payments: publishes checkouts, and webhooks whose signature is the provider's; finds payments and waits for them.
import type { Providers } from '../infra/providers/list.ts';
import type { Provider, WebhookHeaders, WebhookNotice } from '../infra/providers/provider.ts';
import { isReferenceKey, referenceKey } from '../processors/payments/domain-intents.ts';
import { InvalidEvent } from '../producers/invalid-event.ts';
import type { PaymentLifeInput, PaymentLifeProducer } from '../producers/payment-life.ts';
import type { Acknowledgement } from '../producers/publish.ts';
import type { PaymentReader } from '../projections/payments.ts';
import { Unavailable } from './unavailable.ts';

export type RawWebhook = { readonly body: Buffer; readonly headers: WebhookHeaders; readonly now: number };

export type PaymentDoor = {
  readonly providers: ReadonlyMap<string, Pick<Provider, 'name' | 'isLocal' | 'isDestination'>>;
  /** Where buyers return to if they do not say. */
  readonly returnUrl: string;
  readonly find: PaymentReader['find'];
  readonly until: PaymentReader['until'];
  publish(event: PaymentLifeInput, correlationId: string): Promise<Acknowledgement>;
  /** Kept in the log before anything is done about it. @returns whether the signature was the provider's */
  webhook(provider: string, raw: RawWebhook, correlationId: string): Promise<boolean>;
};

export type PaymentDoorParts = {
  readonly returnUrl: string;
  readonly providers: Providers;
  readonly reader: Pick<PaymentReader, 'find' | 'until'>;
  /** Null until it is connected. */
  readonly producer: () => PaymentLifeProducer | null;
};

/** What of a webhook's headers is worth keeping: its signature's parts. */
const keptHeaders = /^(stripe-signature|paypal-.+|content-type|user-agent)$/;

export function paymentDoor({ providers, reader, producer, returnUrl }: PaymentDoorParts): PaymentDoor {
  const connected = () => {
    const found = producer();
    if (!found) throw new Unavailable('kafka', 'still connecting to kafka');
    return found;
  };
  return {
    providers,
    returnUrl,
    find: (paymentId) => reader.find(paymentId),
    until: (paymentId, wait) => reader.until(paymentId, wait),
    publish: (event, correlationId) => connected().producePaymentEvent({ ...event, correlationId }, ''),
    webhook: async (name, { body, headers, now }, correlationId) => {
      const notice = await (providers.get(name) as Provider).verifyAndParseWebhook(body, headers, now);
      if (!notice) return false;
      const event = eventOf(name, notice, correlationId);
      // Who the buyer is may not be known yet: then the payment stands for the person.
      const personId = (await buyerOf(reader, event.paymentId)) ?? event.paymentId;
      const kept = Object.fromEntries(Object.entries(headers).filter(([header]) => keptHeaders.test(header)));
      const raw = { body: body.toString('utf8'), headers: JSON.stringify(kept) };
      await published(connected(), { ...event, ...raw }, personId);
      return true;
    },
  };
}

/** What is told under a provider's name of a charge is its buyer's, too. */
async function buyerOf(reader: PaymentDoorParts['reader'], key: string): Promise<string | null> {
  const named = await reader.find(key);
  const payment = isReferenceKey(key) && named?.linkedId ? await reader.find(named.linkedId) : named;
  return payment?.checkout?.userId ?? null;
}

type WebhookEvent = PaymentLifeInput & { readonly kind: 'webhook' };

/** Under its payment, or where it names none, under the provider's own name of what it is about. */
function eventOf(provider: string, notice: WebhookNotice, correlationId: string): WebhookEvent {
  const { paymentId, webhookId: givenId, ...told } = notice;
  const webhookId = givenId.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 128);
  const about = told.chargeRef ?? told.moneyRef ?? webhookId;
  const key = paymentId ?? referenceKey(provider, about) ?? `ref_${provider}_${webhookId}`.slice(0, 128);
  const amount = told.amount && told.amount >= 1 ? told.amount : null;
  return { ...told, amount, kind: 'webhook', paymentId: key, provider, webhookId, actorId: provider, correlationId };
}

/** What its provider has signed is kept, even where a field of it is not as expected. */
async function published(producer: PaymentLifeProducer, event: WebhookEvent, personId: string): Promise<void> {
  try {
    await producer.producePaymentEvent(event, personId);
  } catch (error) {
    if (!(error instanceof InvalidEvent)) throw error;
    const { kind, paymentId, provider, webhookId, actorId, correlationId, body, headers } = event;
    const bare = { kind, paymentId, provider, webhookId, actorId, correlationId, body, headers };
    await producer.producePaymentEvent({ ...bare, notice: 'ignored' } as WebhookEvent, personId);
  }
}
