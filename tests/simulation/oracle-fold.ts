// The oracle's own fold of one partition: one record at a time from offset 0, skipping what the control log says is skipped.
import { windowMs } from '../../processors/runtime/id-window.ts';
import type { InputRecord } from '../../processors/runtime/ports.ts';
import type { Emission } from '../../processors/runtime/processor.ts';
import { rowName } from './rows.ts';
import { type Envelope, lastBuild, tableOf } from './tables.ts';
import type { Seat, World } from './world.ts';

type Mark = readonly [offset: number, index: number];

export type Expected = {
  readonly states: Map<string, string>;
  /** Key → every state it has had, with the offset from which on. */
  readonly history: Map<string, { readonly from: number; readonly state: string }[]>;
  readonly fields: Map<string, string>;
  readonly scores: Map<string, number>;
  readonly rows: Map<string, string>;
  /** As if none were ever forgotten. */
  readonly memos: Map<string, string>;
  readonly marks: Map<string, Mark>;
  readonly pending: Map<number, string>;
  /** Origin → what must have been sent for it. */
  readonly emissions: Map<string, { readonly emission: Emission; readonly cause: Envelope }>;
  /** What was folded, in order. */
  readonly folded: InputRecord[];
};

/** Offsets whose dead letter was written under the newest claim before it. */
function skippedIn(world: World, { processor, partition }: Seat): Set<number> {
  const skipped = new Set<number>();
  let claim = -1;
  world.control.of(processor, partition).forEach(({ control }, offset) => {
    if (control.kind === 'claim') claim = offset;
    if (control.kind !== 'dead_letter') return;
    if (control.token === claim || !world.guards.claimsBeforeSkips) skipped.add(control.offset);
  });
  return skipped;
}

export function expectedOf(world: World, seat: Seat): Expected {
  const { input } = tableOf(seat.processor, lastBuild);
  const fold = new OracleFold(seat, skippedIn(world, seat));
  for (const record of world.logs.of(input, seat.partition)) fold.take(record);
  return fold.expected;
}

class OracleFold {
  readonly expected: Expected = {
    states: new Map(),
    history: new Map(),
    fields: new Map(),
    scores: new Map(),
    rows: new Map(),
    memos: new Map(),
    marks: new Map(),
    pending: new Map(),
    emissions: new Map(),
    folded: [],
  };
  readonly #seat: Seat;
  readonly #skipped: ReadonlySet<number>;
  readonly #seen = new Map<string, number>();

  constructor(seat: Seat, skipped: ReadonlySet<number>) {
    this.#seat = seat;
    this.#skipped = skipped;
  }

  take(record: InputRecord): void {
    if (!this.#concerns(record)) return;
    const { marks, pending, folded } = this.expected;
    if (record.origin && !record.redrive) marks.set(...markOf(record.origin));
    if (this.#skipped.has(record.offset)) {
      pending.set(record.offset, record.id);
      return;
    }
    this.#fold(record);
    folded.push(record);
    if (!record.origin) this.#seen.set(`${record.key} ${record.id}`, record.time);
    for (const [offset, id] of pending) if (id === record.id) pending.delete(offset);
  }

  #concerns({ origin, redrive, key, id, time }: InputRecord): boolean {
    if (redrive) {
      const [processor, offset] = redrive.split('/');
      return processor === this.#seat.processor && this.expected.pending.has(Number(offset));
    }
    if (origin) {
      const [lane, [offset, index]] = markOf(origin);
      const [highest, highestIndex] = this.expected.marks.get(lane) ?? [-1, -1];
      return offset > highest || (offset === highest && index > highestIndex);
    }
    const seenAt = this.#seen.get(`${key} ${id}`);
    return !tableOf(this.#seat.processor, lastBuild).firstHop || seenAt === undefined || time - seenAt >= windowMs;
  }

  #fold(record: InputRecord): void {
    const { key, offset, time, value } = record;
    const { processor, partition } = this.#seat;
    const { states, history, emissions, memos } = this.expected;
    const table = tableOf(processor, lastBuild);
    const event = JSON.parse(String(value)) as Envelope;
    const at = { topic: table.input, partition, offset, now: time };
    const before = states.get(key);
    const beside = { record, memo: (name: string) => JSON.parse(memos.get(name) ?? 'null') };
    const after = table.evolve(before === undefined ? table.initialState() : JSON.parse(before), event, at, beside);
    const state = JSON.stringify(table.keeps?.(after) ?? after);
    states.set(key, state);
    const past = history.get(key) ?? [];
    history.set(key, past);
    past.push({ from: offset + 1, state });
    const from = before === undefined ? table.initialState() : JSON.parse(before);
    for (const write of table.writes(after, event, at, from)) this.#write(write);
    table.emits(after, event, at).forEach((emission, index) => {
      emissions.set(`${processor}/${table.input}/${partition}/${offset}/${index}`, { emission, cause: event });
    });
  }

  #write(write: ReturnType<ReturnType<typeof tableOf>['writes']>[number]): void {
    const { fields, scores, rows, memos } = this.expected;
    if (write.kind === 'memo') memos.set(write.key, JSON.stringify(write.value));
    else if (write.kind === 'drop') {
      for (const name of scores.keys()) if (name.startsWith(`${write.board} `)) scores.delete(name);
    } else if (write.kind === 'row') rows.set(rowName(write.table, write.row), JSON.stringify(write.row));
    else if (write.kind === 'score') scores.set(`${write.board} ${write.member}`, write.score ?? 0);
    else if (write.kind === 'increment')
      scores.set(`${write.board} ${write.member}`, (scores.get(`${write.board} ${write.member}`) ?? 0) + write.by);
    else if (write.value === null) fields.delete(`${write.hash} ${write.field}`);
    else fields.set(`${write.hash} ${write.field}`, write.value);
  }
}

/** processor/topic/partition/offset/index → its lane and where it stands there. */
function markOf(origin: string): [string, Mark] {
  const parts = origin.split('/');
  return [parts.slice(0, 3).join('/'), [Number(parts[3]), Number(parts[4])]];
}
