// The door for requests that move money: published once, then answered with what the payer's account has decided.
import { v7 as uuidv7 } from 'uuid';
import type { RequestMemo } from '../processors/ledger/domain-outcomes.ts';
import { requestMemo } from '../processors/ledger/domain-outcomes.ts';
import type { PaymentInput, PaymentProducer } from '../producers/payments.ts';
import type { RequestPlace } from '../projections/outcome-waiters.ts';
import type { Metrics } from './metrics.ts';
import { idempotencyHeader } from './names.ts';
import { Refusal } from './problems.ts';
import { refusalFor } from './unavailable.ts';

export type MoneyEvent = PaymentInput & { readonly accountId: string; readonly idempotencyKey: string };

export type MoneyAnswer =
  | { readonly memo: RequestMemo; readonly isRepeat: boolean }
  | { readonly memo: null; readonly token: string };

export type Ended = () => AbortSignal;

export type MoneyDoor = {
  /** @param ended whoever asked does not wait any more: the request is carried out all the same */
  request(event: MoneyEvent, correlationId: string, ended?: Ended): Promise<MoneyAnswer | Refusal>;
};

export type MoneyDoorParts = {
  /** Null until it is connected. */
  readonly producer: () => Pick<PaymentProducer, 'producePaymentTransactionEvent'> | null;
  readonly outcomes: {
    readonly isFull: boolean;
    outcome(place: RequestPlace, ended?: AbortSignal): Promise<RequestMemo | 'pending'>;
  };
  readonly metrics: Pick<Metrics, 'moneySeconds'>;
};

export function moneyDoor({ producer, outcomes, metrics }: MoneyDoorParts): MoneyDoor {
  return {
    request: async (event, correlationId, ended) => {
      if (outcomes.isFull) return new Refusal('overloaded', 'too many requests wait for their outcome already');
      const connected = producer();
      if (!connected) return new Refusal('unavailable', 'still connecting to kafka: nothing was requested');
      const stopPublishing = metrics.moneySeconds.startTimer({ hop: 'acknowledged' });
      const published = await connected
        .producePaymentTransactionEvent({ ...event, eventId: uuidv7(), correlationId })
        .catch(unknownFate);
      if (published instanceof Refusal) return published;
      stopPublishing();
      const stopDeciding = metrics.moneySeconds.startTimer({ hop: 'decided' });
      const { partition, offset, token } = published;
      const key = requestMemo(event.accountId, event.idempotencyKey);
      const memo = await outcomes.outcome({ key, partition, offset }, ended?.());
      if (memo === 'pending') return { memo: null, token };
      stopDeciding();
      return { memo, isRepeat: memo.outcome.offset !== offset };
    },
  };
}

/** Whether it was taken is not known; a repeat with the same key finds out, and never pays twice. */
export function unknownFate(error: unknown): Refusal {
  const refusal = refusalFor(error);
  if (refusal.reason !== 'unavailable') throw error;
  const detail = `kafka does not answer: it is unknown whether the request was taken; repeat it with the same ${idempotencyHeader}`;
  return new Refusal('unavailable', detail);
}
