// Folds one partition of payment_transactions anew, in memory, by the ledger's own rules, and tells what its published entries say otherwise.
import { createHash } from 'node:crypto';
import type { Account } from '../../processors/ledger/domain-account.ts';
import { emptyPartition, type PartitionMemo, partitionMemo } from '../../processors/ledger/domain-outcomes.ts';
import { ledger } from '../../processors/ledger/processor.ts';
import { Batch, type FoldContext, foldRecord } from '../../processors/runtime/fold.ts';
import { laneOf } from '../../processors/runtime/origin.ts';
import type { InputRecord } from '../../processors/runtime/ports.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import type { LedgerEntry } from '../../schemas/generated.ts';

/** What does not agree, and where; the offset is that of the record in payment_transactions, null for what concerns the whole partition. */
export type Finding = { readonly partition: number; readonly offset: number | null; readonly what: string };

/** The head of a chain after all records before an offset. */
export type Head = { readonly partition: number; readonly offset: number; readonly hash: string };

const forgetEvery = 10_000;
/** So many of the latest records' entries are known by their digests: an owner that takes over publishes no more again. */
const digestsMax = 50_000;

const compared = [
  'accountId',
  'outcome',
  'kind',
  'transactionId',
  'originalId',
  'reason',
  'stream',
  'counterpartyId',
  'asset',
  'amount',
  'postings',
  'balances',
  'idempotencyKey',
  'giftType',
  'quantity',
  'product',
  'videoId',
  'battleId',
  'gross',
  'originalAt',
  'previousHash',
  'hash',
] as const;

export class PartitionAudit {
  readonly findings: Finding[] = [];
  /** Whether the chain leads to the head that was kept elsewhere; null where none was. */
  isKeptFound: boolean | null = null;
  readonly #partition: number;
  readonly #batch = new Batch();
  readonly #context: FoldContext;
  #entry: Record<string, unknown> | null = null;
  /** Offset → digest of the first entry that was published for the record. */
  readonly #digests = new Map<number, string>();
  #folded = 0;

  constructor(partition: number, decode: (value: Buffer | null) => unknown) {
    this.#partition = partition;
    this.#context = {
      processor: ledger as unknown as Processor,
      partition,
      lane: laneOf(ledger.name, ledger.input, partition),
      committed: {
        state: () => undefined,
        ids: () => undefined,
        memo: () => null,
        watermarks: new Map(),
        skips: new Map(),
      },
      decode,
      encode: (topic, event) => {
        if (topic === 'ledger_entries') this.#entry = event as Record<string, unknown>;
        return Buffer.alloc(0);
      },
      skipped: new Set(),
    };
  }

  get head(): PartitionMemo {
    return (this.#batch.memos.get(partitionMemo)?.value as PartitionMemo | undefined) ?? emptyPartition;
  }

  /** Folds a record. @returns whether an entry must have been published for it (not for what had been folded already) */
  fold(record: InputRecord): boolean {
    this.#entry = null;
    foldRecord(this.#context, this.#batch, record);
    const batch = this.#batch;
    batch.emitted.length = 0;
    batch.scores.clear();
    batch.fields.clear();
    this.#folded += 1;
    if (this.#folded % forgetEvery === 0) this.#forget(record.time);
    return this.#entry !== null;
  }

  /** Compares the published entry with the one that the last record makes; the chain goes on from the published one. */
  compare(offset: number, published: LedgerEntry | null): void {
    const made = this.#entry;
    if (!published) {
      this.find(offset, 'has no entry in ledger_entries');
      return;
    }
    this.#digests.set(offset, digestOf(published));
    if (this.#digests.size > digestsMax) this.#digests.delete(this.#digests.keys().next().value as number);
    const differing = compared.filter((name) => (made?.[name] ?? null) !== (published[name] ?? null));
    if (differing.length === 0) return;
    this.find(offset, whatDiffers(made, published, differing));
    this.goOnFrom(published.hash);
  }

  /** What is published once more for a record is the same as the first time: an owner that took over made it of the same log. */
  compareAgain(offset: number, published: LedgerEntry): void {
    const first = this.#digests.get(offset);
    if (first === undefined)
      this.find(offset, 'has an entry in ledger_entries that nothing asked for, or that comes much too late');
    else if (first !== digestOf(published))
      this.find(offset, 'has a second entry in ledger_entries, which differs from the first');
  }

  /** So that what is altered once is told once. */
  goOnFrom(hash: string): void {
    this.#batch.memos.set(partitionMemo, { value: { ...this.head, hash }, until: null });
  }

  find(offset: number | null, what: string): void {
    this.findings.push({ partition: this.#partition, offset, what });
  }

  expect({ offset, hash }: Head): void {
    this.isKeptFound = this.head.hash === hash;
    if (!this.isKeptFound)
      this.find(offset, `the chain before it ends in ${short(this.head.hash)}, but ${short(hash)} was kept elsewhere`);
  }

  /** A kept head that stands behind the last record. */
  miss({ offset }: Head): void {
    this.isKeptFound = false;
    this.find(offset, 'was kept elsewhere, but is not reached: the log is shorter than it was');
  }

  /** Against what is committed in Redis at the same offset, byte for byte; and that all sums are zero. */
  close(live: { readonly states: Readonly<Record<string, string>>; readonly head: string | null }): void {
    for (const [key, state] of this.#batch.states) {
      const made = JSON.stringify(ledger.keeps?.(state as Account));
      const kept = live.states[key];
      if (made !== kept) this.find(null, `${key}: ${stateDifference(made, kept)}`);
    }
    for (const key in live.states)
      if (!this.#batch.states.has(key)) this.find(null, `${key}: has a state in Redis, but no record`);
    const head = this.head.entries === 0 ? null : JSON.stringify(this.head);
    if (head !== live.head) this.find(null, `its head and accounts are ${live.head} in Redis, but recomputed ${head}`);
    for (const [asset, sum] of this.sums()) if (sum !== 0n) this.find(null, `all accounts add up to ${sum} ${asset}`);
  }

  /** Of all accounts, by asset. */
  sums(): Map<string, bigint> {
    const sums = new Map<string, bigint>();
    const add = (balances: Readonly<Record<string, string>>) => {
      for (const [account, balance] of Object.entries(balances)) {
        const asset = account.slice(account.lastIndexOf(':') + 1);
        sums.set(asset, (sums.get(asset) ?? 0n) + BigInt(balance));
      }
    };
    for (const state of this.#batch.states.values()) add((state as Account).balances);
    add(this.head.accounts);
    return sums;
  }

  get accounts(): number {
    return this.#batch.states.size;
  }

  /** As a commit would. */
  #forget(time: number): void {
    for (const [key, { until }] of this.#batch.memos)
      if (until !== null && until <= time) this.#batch.memos.delete(key);
  }
}

const digestOf = (entry: LedgerEntry): string =>
  createHash('sha256')
    .update(JSON.stringify(compared.map((name) => entry[name] ?? null)))
    .digest('base64');

const short = (hash: string): string => `${hash.slice(0, 16)}…`;

function whatDiffers(
  made: Record<string, unknown> | null,
  published: LedgerEntry,
  differing: readonly (typeof compared)[number][],
): string {
  const isBytesOnly = differing.length === 1 && differing[0] === 'hash';
  const values = differing
    .map((name) => `${name} is ${published[name]}, recomputed ${made?.[name] ?? null}`)
    .join('; ');
  return isBytesOnly ? `the record's bytes, key, id or time are not what its link was made of (${values})` : values;
}

function stateDifference(made: string, kept: string | undefined): string {
  if (kept === undefined) return 'has no state in Redis';
  const [ours, theirs] = [JSON.parse(made), JSON.parse(kept)] as Record<string, unknown>[];
  const names = Object.keys({ ...ours, ...theirs }).filter(
    (name) => JSON.stringify(ours?.[name]) !== JSON.stringify(theirs?.[name]),
  );
  const told = names.map(
    (name) => `${name} ${JSON.stringify(theirs?.[name])}, recomputed ${JSON.stringify(ours?.[name])}`,
  );
  return `in Redis ${told.join('; ') || 'in another order'}`;
}
