// What an operator may ask of the ledger: publishes the record, and waits for the line of the statement that says what became of it.
import { setTimeout as pause } from 'node:timers/promises';
import { paymentProducer } from '../../producers/payments.ts';
import type { Publisher } from '../../producers/publish.ts';
import type { StatementCursor, StatementEntry, StatementReader } from '../../projections/statements.ts';
import type { WalletReader } from '../../projections/wallets.ts';
import { currentRuleSet } from '../../schemas/money.ts';

/** The publisher is started. */
export type Desk = {
  readonly publisher: Publisher;
  readonly statements: StatementReader;
  readonly wallets: Pick<WalletReader, 'request'>;
};

/** What was decided; of a repeated request, when it was asked for first. */
export type Answer = { readonly entry: StatementEntry; readonly isRepeated: boolean };

/** Told to whoever typed it. */
export class NotDecidedYet extends Error {}

const waitMsMax = 15_000;
const askEveryMs = 100;
const pageSize = 100;
/** Lines of a statement in which an earlier booking is looked for. */
const pagesMax = 100;

export type Reversal = {
  readonly accountId: string;
  readonly transactionId: string;
  readonly amount?: number;
  readonly why?: string;
  readonly idempotencyKey: string;
};

export async function reverse(desk: Desk, { why, idempotencyKey, ...of }: Reversal): Promise<Answer> {
  const fingerprint = JSON.stringify([of.transactionId, of.amount ?? null]);
  const reason = why === undefined ? {} : { reason: why };
  const entry = await decided(desk, { type: 'reversal', ...of, ...reason, idempotencyKey, fingerprint });
  if (entry.outcome !== 'repeated') return { entry, isRepeated: false };
  const first = (await desk.wallets.request(of.accountId, idempotencyKey))?.outcome;
  return { entry: (first && (await lineOf(desk, of.accountId, first.offset))) ?? entry, isRepeated: true };
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

export async function bookAdRevenue(desk: Desk, { placement, id, ...of }: AdRevenue): Promise<Answer> {
  const input = { type: 'ad_revenue', asset: 'USD', product: placement, transactionId: id, ...of } as const;
  const entry = await decided(desk, input);
  if (entry.reason !== 'already_booked') return { entry, isRepeated: false };
  const first = await bookedBefore(desk, of.accountId, entry);
  const isSame =
    first?.amount === String(of.amount) && first.product === placement && first.videoId === (of.videoId ?? null);
  return first && isSame ? { entry: first, isRepeated: true } : { entry, isRepeated: false };
}

/** The id is known for longer than a request's key, so that the statement is what remembers. */
async function bookedBefore(
  { statements }: Desk,
  accountId: string,
  again: StatementEntry,
): Promise<StatementEntry | null> {
  let after: StatementCursor | null = again;
  for (let pages = 0; after && pages < pagesMax; pages++) {
    const { entries, next } = await statements.page({ accountId, limit: pageSize, after });
    const booked = entries.find(
      ({ kind, outcome, transactionId }) =>
        kind === 'ad_revenue' && outcome === 'accepted' && transactionId === again.transactionId,
    );
    if (booked) return booked;
    after = next;
  }
  return null;
}

type Input = Parameters<ReturnType<typeof paymentProducer>['producePaymentTransactionEvent']>[0];

/** @throws NotDecidedYet, after some seconds: it is in the log, and the statement will have it */
async function decided(desk: Desk, input: Input): Promise<StatementEntry> {
  const event = { ...input, actorId: 'operator', source: 'operator', ruleSet: currentRuleSet };
  const { offset } = await paymentProducer(desk.publisher).producePaymentTransactionEvent(event);
  const startedAt = performance.now();
  while (performance.now() - startedAt < waitMsMax) {
    const line = await lineOf(desk, input.accountId, offset);
    if (line) return line;
    await pause(askEveryMs);
  }
  throw new NotDecidedYet(`appended at offset ${offset}, and not decided yet: do the processors run?`);
}

/** Null while the statement does not have it. */
async function lineOf({ statements }: Desk, accountId: string, offset: number): Promise<StatementEntry | null> {
  const after = { time: Number.MAX_SAFE_INTEGER, offset: offset + 1 };
  const { entries } = await statements.page({ accountId, limit: 1, after });
  return entries[0]?.offset === offset ? entries[0] : null;
}
