// The fold of pairs over a log in memory: what the ledger would send comes with its origin, and what follows is kept to be looked at.
import { readFileSync } from 'node:fs';
import type { Decision, KeptPair, Pair } from '../processors/pairs/domain-pair.ts';
import { pairs } from '../processors/pairs/processor.ts';
import { Batch, foldRecord } from '../processors/runtime/fold.ts';
import type { InputRecord } from '../processors/runtime/ports.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import type { DatingPair } from '../schemas/generated.ts';
import { pairIdOf } from '../schemas/ids.ts';

export type Given = { readonly type: DatingPair['type'] } & Readonly<Record<string, unknown>>;
export type Followed = { readonly topic: string; readonly key: string } & Readonly<Record<string, unknown>>;

const schema = readFileSync(new URL('../schemas/dating_pairs.avsc', import.meta.url), 'utf8');
const nulls = Object.fromEntries(
  (JSON.parse(schema) as { fields: { name: string }[] }).fields.map(({ name }) => [name, null]),
);

export class PairsLog {
  now = 1_800_000_000_000;
  readonly states = new Map<string, KeptPair>();
  readonly memos = new Map<string, { value: unknown; until: number | null }>();
  readonly timers = new Map<string, number>();
  readonly followed: Followed[] = [];
  readonly records: InputRecord[] = [];
  readonly #watermarks = new Map<string, string>();
  #ledgerOffset = 0;

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  /** Appends an event and folds it. @returns null for what is passed over */
  append(given: Given): Decision | null {
    const isLedgers = given.type === 'swipe' || given.type === 'unlock';
    const origin = isLedgers ? `ledger/payment_transactions/0/${this.#ledgerOffset++}/0` : null;
    return this.fold(this.eventOf({ origin, ...given }));
  }

  eventOf(given: Given): DatingPair {
    const eventId = `event-${this.records.length}`;
    const { userId, targetUserId } = given;
    const pairId = pairIdOf(String(userId ?? 'ann'), String(targetUserId ?? 'bob'));
    const envelope = { occurredAt: this.now, actorId: 'test', correlationId: 'test', source: 'test', ruleSet: 1 };
    return { ...nulls, ...envelope, eventId, pairId, ...given } as unknown as DatingPair;
  }

  fold(event: DatingPair, key: string = event.pairId): Decision | null {
    const value = Buffer.from(JSON.stringify(event));
    const { eventId: id, origin } = event;
    const record = { offset: this.records.length, time: this.now, key, id, origin, redrive: null, value };
    this.records.push(record);
    const batch = new Batch();
    const context = {
      processor: pairs as unknown as Processor,
      partition: 0,
      lane: 'pairs/dating_pairs/0',
      committed: {
        state: (name: string) => this.states.get(name),
        ids: () => undefined,
        memo: (name: string) => this.memos.get(name)?.value ?? null,
        watermarks: this.#watermarks,
        skips: new Map(),
      },
      decode: (bytes: Buffer | null) => JSON.parse(String(bytes)),
      encode: (_: string, made: unknown) => Buffer.from(JSON.stringify(made)),
      skipped: new Set<number>(),
    };
    foldRecord(context, batch, record);
    this.#commit(batch);
    return (batch.states.get(key) as Pair | undefined)?.decided ?? null;
  }

  pair(a = 'ann', b = 'bob'): KeptPair | undefined {
    return this.states.get(pairIdOf(a, b));
  }

  /** What has followed since this was last asked, in short: who, what. */
  followedNow(): string[] {
    return this.followed.splice(0).map(({ key, type, action, transactionId, status }) => {
      const about = type ? transactionId : status;
      return [key, type ?? action, about].filter((word) => word !== undefined && word !== null).join(' ');
    });
  }

  #commit(batch: Batch): void {
    for (const [key, state] of batch.states)
      this.states.set(key, JSON.parse(JSON.stringify(pairs.keeps?.(state as Pair))));
    for (const [key, memo] of batch.memos) this.memos.set(key, JSON.parse(JSON.stringify(memo)));
    for (const [lane, mark] of batch.watermarks) this.#watermarks.set(lane, mark);
    for (const [member, due] of batch.scores.get('timers') ?? [])
      if (due === null) this.timers.delete(member);
      else this.timers.set(member, due);
    for (const { topic, outgoing } of batch.emitted)
      this.followed.push({ topic, key: outgoing.key, ...JSON.parse(String(outgoing.value)) });
  }
}

let requests = 0;
const between = (userId: string, targetUserId: string) => ({ userId, targetUserId });

/** Short forms of what the ledger sends on, and of what people ask for. */
export const swipes = (userId: string, other: string, direction = 'RIGHT', more: object = {}): Given => ({
  type: 'swipe',
  ...between(userId, other),
  direction,
  transactionId: `swipe-${requests++}`,
  ...more,
});

export const unlocks = (userId: string, other: string, matchId: string, mode = 'both', more: object = {}): Given => ({
  type: 'unlock',
  ...between(userId, other),
  matchId,
  mode,
  transactionId: `unlock-${requests++}`,
  ...more,
});

export const asks = (
  type: 'undo' | 'block' | 'unblock' | 'report',
  userId: string,
  other: string,
  more: object = {},
): Given => ({
  type,
  ...between(userId, other),
  idempotencyKey: `key-${requests++}`,
  fingerprint: 'f',
  ...(type === 'report' && { reason: 'spam' }),
  ...more,
});

export const fires = (userId: string, other: string, due: number, timerId = 'unlock'): Given => ({
  type: 'timer_fired',
  pairId: pairIdOf(userId, other),
  timerId,
  due,
});
