// Typed calls that publish what happens to a payment at its providers; a webhook travels as it came, encrypted under the buyer's key.
import { v7 as uuidv7 } from 'uuid';
import type { PersonKeys } from '../infra/person-keys.ts';
import type { PaymentEvent } from '../schemas/generated.ts';
import { checkEvent, type Loose } from '../schemas/validate.ts';
import { InvalidEvent } from './invalid-event.ts';
import { encrypted } from './personal.ts';
import type { Acknowledgement, Publisher } from './publish.ts';
import type { InputOf } from './typed.ts';

/** `body` and `headers` are a webhook's, as texts. */
export type PaymentLifeInput = InputOf<PaymentEvent> & { readonly body?: string; readonly headers?: string };

const personalNames = ['body', 'headers'] as const;

export type PaymentLifeProducer = ReturnType<typeof paymentLifeProducer>;

/** @param personKeys needed only by webhooks */
export const paymentLifeProducer = (publisher: Publisher, personKeys?: PersonKeys) => ({
  /**
   * @param personId whose key the personal details are encrypted under
   * @throws InvalidEvent for the first wrong field, PublishUnavailable if Kafka does not answer
   */
  producePaymentEvent: async (input: PaymentLifeInput, personId: string): Promise<Acknowledgement> => {
    const since = performance.now();
    const { body, headers, ...plain } = input as Loose;
    const checked = checkEvent('payments', plain, { now: publisher.now() });
    if (!checked.ok) throw new InvalidEvent(checked.problem);
    const event = { ...checked.event, eventId: String(checked.event.eventId ?? uuidv7()) };
    if (body === undefined || !personKeys) return publisher.publish('payments', event, since);
    const whole = { ...event, body, headers };
    return publisher.publish('payments', await encrypted(whole, { personId, names: personalNames }, personKeys), since);
  },
});
