// Typed calls that publish requests which move money, keyed by the account they post to.
import type { PaymentTransaction } from '../schemas/generated.ts';
import type { Acknowledgement, Publisher } from './publish.ts';
import { type InputOf, publishChecked } from './typed.ts';

export const paymentProducer = (publisher: Publisher) => ({
  producePaymentTransactionEvent: (input: InputOf<PaymentTransaction>): Promise<Acknowledgement> =>
    publishChecked(publisher, 'payment_transactions', input),
});
