// What an operator may ask of the ledger: publishes the record, and waits for the line of the statement that says what became of it.
import { setTimeout as pause } from 'node:timers/promises';
import { paymentProducer } from '../../producers/payments.ts';
import type { Publisher } from '../../producers/publish.ts';
import type { StatementEntry, StatementReader } from '../../projections/statements.ts';
import { currentRuleSet } from '../../schemas/money.ts';

/** The publisher is started. */
export type Desk = { readonly publisher: Publisher; readonly statements: StatementReader };

/** Told to whoever typed it. */
export class NotDecidedYet extends Error {}

const waitMsMax = 15_000;
const askEveryMs = 100;

export type Reversal = {
  readonly accountId: string;
  readonly transactionId: string;
  readonly amount?: number;
  readonly why?: string;
  readonly idempotencyKey: string;
};

export function reverse(desk: Desk, { why, idempotencyKey, ...of }: Reversal): Promise<StatementEntry> {
  const fingerprint = JSON.stringify([of.transactionId, of.amount ?? null]);
  const reason = why === undefined ? {} : { reason: why };
  return decided(desk, { type: 'reversal', ...of, ...reason, idempotencyKey, fingerprint });
}

export type AdRevenue = {
  readonly accountId: string;
  /** US cents. */
  readonly amount: number;
  readonly placement: string;
  readonly provider: string;
  /** By which the network names it: booked once. */
  readonly id: string;
  readonly videoId?: string;
};

export const bookAdRevenue = (desk: Desk, { placement, id, ...of }: AdRevenue): Promise<StatementEntry> =>
  decided(desk, { type: 'ad_revenue', asset: 'USD', product: placement, transactionId: id, ...of });

type Input = Parameters<ReturnType<typeof paymentProducer>['producePaymentTransactionEvent']>[0];

/** @throws NotDecidedYet, after some seconds: it is in the log, and the statement will have it */
async function decided({ publisher, statements }: Desk, input: Input): Promise<StatementEntry> {
  const event = { ...input, actorId: 'operator', source: 'operator', ruleSet: currentRuleSet };
  const { offset } = await paymentProducer(publisher).producePaymentTransactionEvent(event);
  const startedAt = performance.now();
  while (performance.now() - startedAt < waitMsMax) {
    const after = { time: Number.MAX_SAFE_INTEGER, offset: offset + 1 };
    const { entries } = await statements.page({ accountId: input.accountId, limit: 1, after });
    if (entries[0]?.offset === offset) return entries[0];
    await pause(askEveryMs);
  }
  throw new NotDecidedYet(`appended at offset ${offset}, and not decided yet: do the processors run?`);
}
