// Typed calls that publish requests which move money, keyed by the account they post to; where a payout goes travels encrypted.
import { v7 as uuidv7 } from 'uuid';
import type { PersonKeys } from '../infra/person-keys.ts';
import type { PaymentTransaction } from '../schemas/generated.ts';
import { checkEvent, type Loose } from '../schemas/validate.ts';
import { InvalidEvent } from './invalid-event.ts';
import { encrypted } from './personal.ts';
import type { Acknowledgement, Publisher } from './publish.ts';
import type { InputOf } from './typed.ts';

/** `destination` is a payout's: an account at its provider, of the creator alone to know. */
export type PaymentInput = InputOf<PaymentTransaction> & { readonly destination?: string };

const personalNames = ['destination'] as const;

export type PaymentProducer = ReturnType<typeof paymentProducer>;

/** @param personKeys needed only by payouts */
export const paymentProducer = (publisher: Publisher, personKeys?: PersonKeys) => ({
  /** @throws InvalidEvent for the first wrong field, PublishUnavailable if Kafka does not answer */
  producePaymentTransactionEvent: async (input: PaymentInput): Promise<Acknowledgement> => {
    const since = performance.now();
    const checked = checkEvent('payment_transactions', input as Loose, { now: publisher.now() });
    if (!checked.ok) throw new InvalidEvent(checked.problem);
    const event = { ...checked.event, eventId: String(checked.event.eventId ?? uuidv7()) };
    const secret = { personId: String(checked.event.accountId), names: personalNames };
    if (!personKeys && 'destination' in checked.event) throw new Error('a destination needs the keys of persons');
    const published = personKeys ? await encrypted(event, secret, personKeys) : event;
    return publisher.publish('payment_transactions', published, since);
  },
});
