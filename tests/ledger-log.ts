// The ledger's fold over a log in memory of several partitions: what it publishes to itself is delivered when the test says, in lane order.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { partitionOf } from '../infra/kafka.ts';
import type { Account } from '../processors/ledger/domain.ts';
import type { Decision } from '../processors/ledger/domain-account.ts';
import { emptyPartition, type PartitionMemo, partitionMemo } from '../processors/ledger/domain-outcomes.ts';
import { ledger } from '../processors/ledger/processor.ts';
import { Batch, foldRecord } from '../processors/runtime/fold.ts';
import type { InputRecord } from '../processors/runtime/ports.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import type { PaymentTransaction } from '../schemas/generated.ts';

export type Given = { readonly type: PaymentTransaction['type']; readonly accountId: string } & Readonly<
  Record<string, unknown>
>;

const dayMs = 86_400_000;
const nulls = Object.fromEntries(fieldNames().map((name) => [name, null]));

function fieldNames(): string[] {
  const schema = readFileSync(new URL('../schemas/payment_transactions.avsc', import.meta.url), 'utf8');
  return (JSON.parse(schema) as { fields: { name: string }[] }).fields.map(({ name }) => name);
}

type Kept = {
  readonly records: InputRecord[];
  readonly states: Map<string, Account>;
  readonly memos: Map<string, { value: unknown; until: number | null }>;
  readonly watermarks: Map<string, string>;
};

type OnItsWay = { readonly from: number; readonly to: number; readonly record: Omit<InputRecord, 'offset' | 'time'> };

/** Every position is checked: what is posted adds up to nothing, nobody is overdrawn, the partition's accounts sum to zero. */
export class LedgerLog {
  now = 1_800_000_000_000;
  readonly partitions: Kept[];
  readonly transit: OnItsWay[] = [];
  readonly intents: Record<string, unknown>[] = [];
  readonly entries: Record<string, unknown>[] = [];
  /** Members of the board of timers. */
  readonly timers = new Map<string, number>();
  readonly unlocked = new Map<string, string>();
  /** What pairs are to decide, and what people's histories tell. */
  readonly pairs: Record<string, unknown>[] = [];
  readonly activity: Record<string, unknown>[] = [];
  /** Members of the board of boosts. */
  readonly boosted = new Map<string, number>();
  #events = 0;

  constructor(partitions = 3) {
    this.partitions = Array.from({ length: partitions }, () => ({
      records: [],
      states: new Map(),
      memos: new Map(),
      watermarks: new Map(),
    }));
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  afterDays(days: number): this {
    return this.after(days * dayMs);
  }

  /** Appends an event and folds it. */
  append(given: Given): Decision {
    this.#events += 1;
    const eventId = String(given.eventId ?? `event-${this.#events}`);
    const envelope = { occurredAt: this.now, actorId: 'test', correlationId: 'test', source: 'test', ruleSet: 1 };
    const event = { ...nulls, ...envelope, ...given, eventId };
    const origin = (given.origin as string | undefined) ?? null;
    return this.#fold(
      this.#placeOf(given.accountId),
      this.#recordOf(given.accountId, eventId, origin, event),
    ) as Decision;
  }

  #recordOf(key: string, id: string, origin: string | null, event: unknown): Omit<InputRecord, 'offset' | 'time'> {
    return { key, id, origin, redrive: null, value: Buffer.from(JSON.stringify(event)) };
  }

  /** Delivers the first record of one of the lanes between partitions; again: once more, as a producer in doubt would. */
  deliver(lane = 0, again = false): Decision | null {
    const lanes = [...new Set(this.transit.map(({ from, to }) => `${from}>${to}`))];
    const chosen = lanes[lane % lanes.length];
    const index = this.transit.findIndex(({ from, to }) => `${from}>${to}` === chosen);
    const next = this.transit[index];
    if (!next) return null;
    this.transit.splice(index, 1);
    const decision = this.#fold(next.to, next.record);
    if (again) expect(this.#fold(next.to, next.record)).toBeNull();
    return decision;
  }

  deliverAll(): this {
    while (this.transit.length > 0) this.deliver();
    return this;
  }

  account(accountId: string): Account | undefined {
    return this.partitions[this.#placeOf(accountId)]?.states.get(accountId);
  }

  balance(accountId: string, account: string): bigint {
    return BigInt(this.account(accountId)?.balances[account] ?? 0);
  }

  head(partition: number): PartitionMemo {
    return (this.partitions[partition]?.memos.get(partitionMemo)?.value ?? emptyPartition) as PartitionMemo;
  }

  headOf(accountId: string): PartitionMemo {
    return this.head(this.#placeOf(accountId));
  }

  /** Sum over all partitions of an account that is no person's. */
  shared(account: string): bigint {
    return this.partitions.reduce((sum, _, at) => sum + BigInt(this.head(at).accounts[account] ?? 0), 0n);
  }

  #placeOf(key: string): number {
    return partitionOf(key, this.partitions.length);
  }

  #fold(partition: number, given: Omit<InputRecord, 'offset' | 'time'>): Decision | null {
    const kept = this.partitions[partition] as Kept;
    const record = { ...given, offset: kept.records.length, time: this.now };
    kept.records.push(record);
    const batch = new Batch();
    const context = {
      processor: ledger as unknown as Processor,
      partition,
      lane: `ledger/payment_transactions/${partition}`,
      committed: {
        state: (key: string) => kept.states.get(key),
        ids: () => undefined,
        memo: (key: string) => kept.memos.get(key)?.value ?? null,
        watermarks: kept.watermarks,
        skips: new Map(),
      },
      decode: (value: Buffer | null) => JSON.parse(String(value)),
      encode: (_: string, event: unknown) => Buffer.from(JSON.stringify(event)),
      skipped: new Set<number>(),
    };
    foldRecord(context, batch, record);
    this.#commit(partition, kept, batch);
    const decision = (batch.states.get(record.key) as Account | undefined)?.decided ?? null;
    this.#check(partition, kept, record.key, decision);
    return decision;
  }

  #commit(partition: number, kept: Kept, batch: Batch): void {
    for (const [key, state] of batch.states)
      kept.states.set(key, JSON.parse(JSON.stringify(ledger.keeps?.(state as Account))));
    for (const [key, memo] of batch.memos)
      if (memo.value === null) kept.memos.delete(key);
      else kept.memos.set(key, JSON.parse(JSON.stringify(memo)));
    for (const [lane, mark] of batch.watermarks) kept.watermarks.set(lane, mark);
    for (const [member, due] of batch.scores.get('timers') ?? [])
      if (due === null) this.timers.delete(member);
      else this.timers.set(member, due);
    for (const [member, until] of batch.scores.get('boosted') ?? []) this.boosted.set(member, until as number);
    for (const [hash, fields] of batch.fields)
      for (const [item, id] of fields)
        if (id === null) this.unlocked.delete(`${hash} ${item}`);
        else this.unlocked.set(`${hash} ${item}`, id);
    for (const { topic, outgoing } of batch.emitted) {
      const event = JSON.parse(String(outgoing.value));
      if (topic === 'ledger_entries') this.entries.push({ ...event, partition });
      else if (topic === 'payment_intents') this.intents.push(event);
      else if (topic === 'dating_pairs') this.pairs.push(event);
      else if (topic === 'user_activity') this.activity.push(event);
      else this.#send(partition, outgoing, event);
    }
  }

  #send(from: number, { key, id, origin }: { key: string; id: string; origin: string }, event: object): void {
    this.transit.push({
      from,
      to: this.#placeOf(key),
      record: this.#recordOf(key, id, origin, { ...nulls, ...event }),
    });
  }

  #check(partition: number, { states }: Kept, key: string, decision: Decision | null): void {
    const sums = new Map<string, bigint>();
    for (const [, asset, amount] of decision?.postings ?? []) sums.set(asset, (sums.get(asset) ?? 0n) + BigInt(amount));
    for (const [asset, sum] of sums) if (sum !== 0n) throw new Error(`postings of ${asset} add up to ${sum}`);
    for (const [account, balance] of Object.entries(states.get(key)?.balances ?? {})) {
      const isDebt = account.includes('debt:');
      if (isDebt ? BigInt(balance) > 0n : BigInt(balance) < 0n) throw new Error(`${account} of ${key} is ${balance}`);
    }
    const totals = new Map<string, bigint>();
    const add = (account: string, balance: string) => {
      const asset = account.slice(account.lastIndexOf(':') + 1);
      totals.set(asset, (totals.get(asset) ?? 0n) + BigInt(balance));
    };
    for (const { balances } of states.values()) for (const name in balances) add(name, balances[name] as string);
    for (const [name, balance] of Object.entries(this.head(partition).accounts)) add(name, balance);
    for (const [asset, sum] of totals) if (sum !== 0n) throw new Error(`partition ${partition} has ${sum} ${asset}`);
  }
}

/** Short forms of the records that tests append. */
export const buys = (accountId: string, amount: number, more: object = {}): Given => ({
  type: 'coin_purchase',
  accountId,
  asset: 'COIN',
  amount,
  provider: 'local',
  currency: 'USD',
  price: amount,
  ...more,
});

let keys = 0;
const request = () => ({ idempotencyKey: `key-${keys++}`, fingerprint: 'f' });

export const tips = (accountId: string, counterpartyId: string, amount: number, more: object = {}): Given => ({
  type: 'tip',
  accountId,
  counterpartyId,
  asset: 'COIN',
  amount,
  ...request(),
  ...more,
});

export const reverses = (accountId: string, transactionId: string, amount?: number, more: object = {}): Given => ({
  type: 'reversal',
  accountId,
  transactionId,
  amount: amount ?? null,
  ...request(),
  ...more,
});

export const subscribes = (accountId: string, counterpartyId: string, tier: number, more: object = {}): Given => ({
  type: 'subscription',
  accountId,
  counterpartyId,
  tier,
  asset: 'CREDIT',
  amount: { 1: 50, 2: 150, 3: 300 }[tier] ?? 1,
  ...request(),
  ...more,
});

export const asks = (type: Given['type'], accountId: string, more: object = {}): Given => ({
  type,
  accountId,
  ...request(),
  ...more,
});

export const says = (type: Given['type'], accountId: string, more: object = {}): Given => ({
  type,
  accountId,
  ...more,
});
