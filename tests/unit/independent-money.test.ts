// The ledger as the platform folds it and as the independent fold does: the same entries, accounts, memos and what follows, whatever is asked.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ledger } from '../../processors/ledger/processor.ts';
import { statements } from '../../processors/statements/processor.ts';
import { seeded } from '../../producers/simulate/random.ts';
import type { LedgerEntry, PaymentTransaction } from '../../schemas/generated.ts';
import { sameMemos, withoutZeros } from '../faults/compare-memos.ts';
import { ledgerReading } from '../faults/independent-fold/ledger.ts';
import { booksIn } from '../faults/independent-fold/money.ts';
import { sumsOf } from '../faults/independent-fold/money-sums.ts';
import { idOf } from '../faults/independent-fold/origin.ts';
import { Kept } from '../faults/independent-fold/record.ts';
import { statementsReading } from '../faults/independent-fold/statements.ts';
import { Payments } from '../faults/load-payments.ts';

const names = [
  'counterpartyId asset amount idempotencyKey transactionId giftType quantity product provider videoId battleId tier',
  'counterpartyKnown fingerprint direction matchId mode timeZone currency price periodEnd reason referenceId stream gross kind expiresAfterMs timerId due personal origin',
].flatMap((line) => line.split(' '));
const absent = Object.fromEntries(names.map((name) => [name, null]));
type Fields = Readonly<Record<string, unknown>>;

/** The statements of what one partition decided, as the platform makes them; beside them the independent fold's. */
class Lines {
  readonly states = new Map<string, unknown>();
  readonly rows = new Map<string, Fields>();
  readonly boards = new Map<string, Map<string, number>>();
  readonly kept = new Kept();
  memo: unknown = null;
  #offset = 0;

  take(event: LedgerEntry, now: number): void {
    const offset = this.#offset++;
    const key = event.accountId;
    const at = { topic: 'ledger_entries', partition: 0, offset, now } as const;
    const record = { offset, time: now, key, id: event.eventId, value: null };
    const before = (this.states.get(key) ?? statements.initialState()) as ReturnType<typeof statements.initialState>;
    const state = statements.evolve(before, event, at, { record, memo: () => this.memo });
    this.states.set(key, JSON.parse(JSON.stringify(statements.keeps?.(state))));
    for (const write of statements.writes(state, event, at, before)) {
      if (write.kind === 'memo') this.memo = JSON.parse(JSON.stringify(write.value));
      if (write.kind === 'drop') this.boards.delete(write.board);
      if (write.kind === 'increment') {
        const board = this.boards.get(write.board) ?? new Map<string, number>();
        this.boards.set(write.board, board.set(write.member, (board.get(write.member) ?? 0) + write.by));
      }
      if (write.kind !== 'row') continue;
      const { table, row } = write;
      const cells = Object.entries(row).filter(([, cell]) => cell !== null && cell !== undefined);
      const plain = Object.fromEntries(
        cells.map(([name, cell]) => [name, cell instanceof Date ? cell.getTime() : cell]),
      );
      const name = [...table.partitionKey, ...table.clustering].map((column) => plain[column]).join(' ');
      this.rows.set(`${table.name} ${name}`, plain);
    }
    statementsReading.take(this.kept, event, { key, partition: 0, offset, now });
  }

  compare(): void {
    expect(Object.fromEntries(this.states)).toEqual(Object.fromEntries(this.kept.states));
    const rows = [...this.kept.rows].flatMap(([table, all]) => [...all].map(([key, row]) => [`${table} ${key}`, row]));
    expect(Object.fromEntries(this.rows)).toEqual(Object.fromEntries(rows));
    expect(this.boards).toEqual(this.kept.boards);
    expect(this.memo).toEqual(statementsReading.memos?.(this.kept).get('counting')?.value ?? null);
  }
}

/** The platform's own functions over one partition, with credits and debits coming back to it; beside it the independent fold. */
class Both {
  readonly states = new Map<string, unknown>();
  readonly memos = new Map<string, { value: unknown; until: number | null }>();
  readonly scores = new Map<string, number>();
  readonly boosted = new Map<string, number>();
  readonly swiped = new Map<string, Map<string, string>>();
  /** What pairs are told. */
  readonly pairs: Fields[] = [];
  readonly kept = new Kept();
  readonly outcomes = new Map<string, number>();
  readonly lines = new Lines();
  #offset = 0;
  #now = 1_790_000_000_000;

  /** @returns what followed into the same topic */
  fold(given: Fields, afterMs: number): Fields[] {
    const offset = this.#offset++;
    this.#now += afterMs;
    const event = {
      ruleSet: 0,
      actorId: 'someone',
      correlationId: 'run',
      source: 'test',
      occurredAt: 0,
      ...absent,
      ...given,
    } as unknown as PaymentTransaction;
    const record = {
      offset,
      time: this.#now,
      key: event.accountId,
      id: event.eventId,
      value: Buffer.from(`value ${offset}`),
    };
    const at = { topic: 'payment_transactions', partition: 0, offset, now: this.#now } as const;
    const named = new Set(ledger.memos?.(event));
    const memo = (key: string) => {
      if (!named.has(key)) throw new Error(`${key} was not asked for`);
      return this.memos.get(key)?.value ?? null;
    };
    const before = (this.states.get(event.accountId) ?? ledger.initialState()) as ReturnType<
      typeof ledger.initialState
    >;
    const state = ledger.evolve(before, event, at, { record, memo });
    this.states.set(event.accountId, JSON.parse(JSON.stringify(ledger.keeps?.(state))));
    for (const write of ledger.writes(state, event, at, before)) {
      if (write.kind === 'memo' && write.value === null) this.memos.delete(write.key);
      else if (write.kind === 'memo')
        this.memos.set(write.key, JSON.parse(JSON.stringify({ value: write.value, until: write.until })));
      if (write.kind === 'field' && write.hash.startsWith('swiped:')) this.#keepSwiped(write);
      if (write.kind === 'score' && write.board === 'boosted') this.boosted.set(write.member, write.score as number);
      else if (write.kind === 'score' && write.score === null) this.scores.delete(write.member);
      else if (write.kind === 'score') this.scores.set(write.member, write.score as number);
    }
    const emitted = ledger.emits(state, event, at);
    for (const { topic, event: told } of emitted) if (topic === 'dating_pairs') this.pairs.push(told);
    const digest = createHash('sha256').update(record.value).digest('hex');
    const place = {
      key: event.accountId,
      partition: 0,
      offset,
      now: this.#now,
      record: { time: this.#now, id: event.eventId, digest },
    };
    ledgerReading.take(this.kept, event, place);
    const must = ledgerReading.derive(event, place, this.kept);
    expect(
      emitted.map(({ topic, key }) => `${topic} ${key}`),
      JSON.stringify(event),
    ).toEqual(must.map(({ topic, key }) => `${topic} ${key}`));
    for (const [i, { event: found }] of emitted.entries())
      expect(
        must[i]?.isSame?.(found),
        `${JSON.stringify(given)} → ${JSON.stringify(found)} ${this.kept.complaints.at(-1)} ${JSON.stringify(must[i]?.event)}`,
      ).toBe(true);
    expect(this.kept.complaints).toEqual([]);
    const { outcome, reason } = (emitted[0]?.event ?? {}) as { outcome?: string; reason?: string | null };
    const name = `${event.type} ${outcome} ${reason ?? ''}`.trim();
    this.outcomes.set(name, (this.outcomes.get(name) ?? 0) + 1);
    const lane = `ledger/payment_transactions/0/${offset}`;
    const [entry] = emitted;
    const eventId = idOf({ lane: 'ledger/payment_transactions/0', offset, index: 0 }, this.#now);
    if (entry) this.lines.take({ ...entry.event, eventId, origin: `${lane}/0` } as unknown as LedgerEntry, this.#now);
    return emitted.flatMap(({ topic, event: made }, i) =>
      topic === 'payment_transactions' ? [{ ...made, eventId: `${offset}-${i}`, origin: `${lane}/${i}` }] : [],
    );
  }

  #keepSwiped({ hash, field, value }: { hash: string; field: string; value: string | null }): void {
    const fields = this.swiped.get(hash) ?? new Map<string, string>();
    if (value === null) fields.delete(field);
    else fields.set(field, value);
    if (fields.size === 0) this.swiped.delete(hash);
    else this.swiped.set(hash, fields);
  }

  /** What a pair may say of a swipe or an unlock, right or wrong, once or twice. */
  verdict(random: ReturnType<typeof seeded>): Fields {
    const { type, userId, targetUserId, transactionId } = random.pick(this.pairs.slice(-12)) ?? {};
    const about = { accountId: userId, eventId: `v${this.#offset}`, origin: `pairs/dating_pairs/0/${this.#offset}/0` };
    if (type === 'swipe') {
      const reason = random.pick([null, 'blocked']);
      return { ...about, type: 'swipe_undone', counterpartyId: targetUserId, transactionId, reason };
    }
    const hold = `${transactionId}:${random.pick(['COIN', 'CREDIT'])}`;
    const origin = random.next() < 0.9 ? about.origin : null;
    return { ...about, origin, type: random.pick(['hold_capture', 'hold_release']), transactionId: hold };
  }

  /** Timers that are due. */
  due(): Fields[] {
    const due = [...this.scores].filter(([, at]) => at <= this.#now).slice(0, 3);
    return due.map(([member, at], i) => {
      const [accountId, timerId] = member.split(' ');
      return { type: 'timer_fired', accountId, timerId, due: at, eventId: `t${this.#offset}-${i}` };
    });
  }
}

function compared(seed: number, length: number): Both {
  const random = seeded(seed);
  const [both, payments] = [new Both(), new Payments()];
  const waiting: Fields[] = [];
  for (let n = 0; n < length; n++) {
    const afterMs = random.next() < 0.03 ? random.whole(random.pick([6, 40, 300]) * 86_400_000) : random.whole(2_000);
    waiting.push(...both.fold({ ...payments.next(random, `e${n}`), eventId: `e${n}` }, afterMs));
    if (random.next() < 0.2 && both.pairs.length > 0) waiting.push(both.verdict(random));
    if (random.next() < 0.3) waiting.push(...both.due());
    while (waiting.length > 0 && random.next() < 0.6)
      waiting.push(...both.fold(waiting.splice(random.whole(waiting.length), 1)[0] as Fields, 1));
    if (n % 50 === 0)
      for (const [asset, sum] of sumsOf(booksIn(both.kept))) expect(`${asset} ${sum}`).toBe(`${asset} 0`);
  }
  expect(Object.fromEntries([...both.states].map(([key, state]) => [key, withoutZeros(state)]))).toEqual(
    Object.fromEntries(both.kept.states),
  );
  expect(both.scores).toEqual(both.kept.boards.get('timers'));
  expect(both.boosted).toEqual(both.kept.boards.get('boosted'));
  const swiped = [...both.kept.hashes].filter(([hash, fields]) => hash.startsWith('swiped:') && fields.size > 0);
  expect(both.swiped).toEqual(new Map(swiped));
  const memos = new Map([...both.memos].map(([key, { value }]) => [key, value as Fields]));
  expect(sameMemos(memos, ledgerReading.memos?.(both.kept) ?? new Map(), 0)).toEqual([]);
  both.lines.compare();
  return both;
}

describe('the ledger and the independent fold', () => {
  it('agree', () => {
    const outcomes = new Map<string, number>();
    for (let seed = 1; seed <= Number(process.env.MONEY_SEEDS ?? 8); seed++)
      for (const [name, times] of compared(seed, 600).outcomes) outcomes.set(name, (outcomes.get(name) ?? 0) + times);
    if (process.env.SHOW_OUTCOMES)
      console.log(
        [...outcomes]
          .sort()
          .map(([name, times]) => `${name} ${times}`)
          .join('\n'),
      );
  });
});
