// payments → what was bought and taken back (payment_transactions), what providers are to be asked for (payment_intents), the state of each payment.
import type { PaymentEvent } from '../../schemas/generated.ts';
import { rulesOf } from '../../schemas/money.ts';
import type { Processor } from '../runtime/processor.ts';
import { evolve, initialState, type Payment } from './domain.ts';

/** What a newer build has written is waited for, prices that this one does not know among it. */
function tagOf(event: PaymentEvent): string {
  if (event.kind === 'checkout' && rulesOf(event.ruleSet) === null) return 'unknown';
  return event.kind === 'webhook' && event.notice === 'unknown' ? 'unknown' : event.kind;
}

export const payments: Processor<Payment, PaymentEvent> = {
  name: 'payments',
  input: 'payments',
  control: 'payments_control',
  rules: 1,
  emitsTo: ['payment_transactions', 'payment_intents', 'payments'],
  firstHop: true,
  pushesStates: false,
  initialState,
  evolve,
  keeps: ({ following: _following, ...kept }) => kept,
  writes: () => [],
  emits: ({ following }) => following,
  tagOf,
};
