// What an operator's refund has come to, once that is known: done, refused, or the same as when its key came first. Pure.
import type { Payment } from '../../processors/payments/domain-state.ts';

export type AskedRefund = {
  readonly paymentId: string;
  readonly key: string;
  readonly amount?: number;
  /** The payment knew the key before it was asked. */
  readonly isRepeated: boolean;
};

export type ToldRefund = { readonly isDone: boolean; readonly text: string };

/** Null while there is no outcome. */
export function refundTold(payment: Payment | null, { paymentId, key, amount, isRepeated }: AskedRefund) {
  const told = (isDone: boolean, text: string): ToldRefund => ({
    isDone,
    text: isRepeated ? `Repeated, nothing more was done; the first answer was: ${text}` : text,
  });
  const request = payment?.refundRequests[key];
  if (request?.refused) return told(false, `Refused: ${request.refused}.`);
  const ask = payment?.refundAsks[request?.intentId ?? ''];
  if (!ask) return null;
  if (isRepeated && amount !== undefined && amount !== ask.amount)
    return { isDone: false, text: `Refused: the key ${key} has come before, for ${ask.amount}.` };
  if (ask.status === 'failed') return told(false, `The provider refused: ${ask.failure}.`);
  return ask.status === 'done' ? told(true, `Refunded ${ask.amount} of ${paymentId}.`) : null;
}
