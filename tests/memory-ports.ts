// The runner's ports in memory, for unit tests: they keep the same promises as the real stores, and can be told to fail.

import { windowOf } from '../processors/runtime/id-window.ts';
import { isFolded, parseOrigin } from '../processors/runtime/origin.ts';
import type { OwnerPorts } from '../processors/runtime/owner.ts';
import type {
  Changes,
  Claim,
  DeadLetter,
  Fence,
  Found,
  IdWindow,
  InputRecord,
  Outgoing,
  Position,
  Row,
  Wanted,
} from '../processors/runtime/ports.ts';
import type { TopicName } from '../schemas/topics.ts';

type Kept = {
  token: number;
  offset: number;
  last: Position['last'];
  states: Map<string, string>;
  ids: Map<string, { next: number; slots: Map<number, string> }>;
  fields: Map<string, string>;
  scores: Map<string, number>;
  memos: Map<string, string>;
  memoTimes: Map<string, number>;
  watermarks: Map<string, string>;
  produced: Map<string, number>;
  skips: Map<number, string>;
};

export type Sent = { topic: TopicName; partition: number; outgoing: Outgoing };

/** Everything of one partition of one processor, and the means to make it fail. */
export class MemoryWorld {
  readonly kept: Kept = {
    token: -1,
    offset: 0,
    last: null,
    states: new Map(),
    ids: new Map(),
    fields: new Map(),
    scores: new Map(),
    memos: new Map(),
    memoTimes: new Map(),
    watermarks: new Map(),
    produced: new Map(),
    skips: new Map(),
  };
  readonly rows = new Map<string, { row: Row['row']; timestamp: number }>();
  readonly sent: Sent[] = [];
  readonly control: ({ kind: 'claim'; build: number } | { kind: 'dead_letter'; token: number; letter: DeadLetter })[] =
    [];
  readonly pushed: { from: number; to: number }[] = [];
  /** Thrown once by the named step. */
  readonly failures = new Map<'read' | 'rows' | 'send' | 'commit' | 'commit-after', Error>();
  /** Runs right before the named step. */
  readonly before = new Map<'commit' | 'deadLetter', () => void>();

  ports(decode: (value: Buffer | null) => unknown): OwnerPorts {
    return {
      states: {
        acquire: async (_partition, token) => this.#acquire(token),
        resume: async (_partition, token) => (this.kept.token === token ? this.#position() : 'lost'),
        read: async (_partition, fence, wanted) => this.#read(fence, wanted),
        commit: async (_partition, fence, changes, told) => {
          const answer = this.#commit(fence, changes);
          if (answer === 'ok' && told) this.pushed.push({ from: fence.offset, to: changes.next });
          return answer;
        },
      },
      rows: { write: async (rows) => this.#write(rows) },
      derived: {
        encode: (_topic, event) => Buffer.from(JSON.stringify(event)),
        send: async (batches) => this.#send(batches),
        holdsOutput: async (_topics, lane, { offset }) => this.#holds(lane, offset),
      },
      control: {
        newestBuild: () => Math.max(-1, ...this.control.map((entry) => (entry.kind === 'claim' ? entry.build : -1))),
        claim: async (_partition, build) => this.claim(build),
        deadLetter: async (_partition, token, _build, letter) => this.#deadLetter(token, letter),
      },
      decoder: { decode, prepare: async () => {} },
    };
  }

  /** As after FLUSHALL: nothing is kept, and nobody holds the partition. */
  loseStates(): void {
    Object.assign(this.kept, { token: -1, offset: 0, last: null });
    const { states, ids, fields, scores, memos, memoTimes, watermarks, produced, skips } = this.kept;
    for (const kept of [states, ids, fields, scores, memos, memoTimes, watermarks, produced, skips]) kept.clear();
  }

  /** Derived events as a consumer folds them: repeated origins dropped. */
  effective(): Sent[] {
    const marks = new Map<string, string>();
    return this.sent.filter(({ partition, outgoing }) => {
      const origin = parseOrigin(outgoing.origin);
      const name = `${partition} ${origin?.lane}`;
      if (!origin || isFolded(origin, marks.get(name))) return false;
      marks.set(name, `${origin.offset}/${origin.index}`);
      return true;
    });
  }

  claim(build: number): Claim {
    const token = this.control.push({ kind: 'claim', build }) - 1;
    const builds = this.control.map((entry) => (entry.kind === 'claim' ? entry.build : 0));
    return { token, newestBuild: Math.max(...builds), skips: this.#skips() };
  }

  #skips(): Set<number> {
    const skips = new Set<number>();
    let claim = -1;
    this.control.forEach((entry, offset) => {
      if (entry.kind === 'claim') claim = offset;
      else if (entry.token === claim) skips.add(entry.letter.record.offset);
    });
    return skips;
  }

  #deadLetter(token: number, letter: DeadLetter): 'counts' | 'superseded' {
    this.before.get('deadLetter')?.();
    this.control.push({ kind: 'dead_letter', token, letter });
    return this.control.findLastIndex(({ kind }) => kind === 'claim') === token ? 'counts' : 'superseded';
  }

  #acquire(token: number): Position | 'refused' {
    if (this.kept.token >= token) return 'refused';
    this.kept.token = token;
    return this.#position();
  }

  #position(): Position {
    const { offset, last, watermarks, produced, skips } = this.kept;
    return { offset, last, watermarks: new Map(watermarks), produced: new Map(produced), skips: new Map(skips) };
  }

  #read({ token, offset }: Fence, { keys, withIds, memos = [] }: Wanted): Found | 'lost' {
    this.#fail('read');
    const { kept } = this;
    if (token !== kept.token || offset !== kept.offset) return 'lost';
    return {
      states: keys.map((key) => ({ state: kept.states.get(key) ?? null, ids: withIds ? this.#window(key) : null })),
      memos: memos.map((key) => kept.memos.get(key) ?? null),
    };
  }

  #window(key: string): IdWindow {
    const { next, slots } = this.kept.ids.get(key) ?? { next: 0, slots: new Map<number, string>() };
    return windowOf(next, slots);
  }

  #write(rows: readonly Row[]): void {
    this.#fail('rows');
    for (const { table, row, offset } of rows) {
      const key = [...table.partitionKey, ...table.clustering].map((column) => String(row[column])).join(' ');
      const timestamp = 2 * offset + 2;
      if ((this.rows.get(key)?.timestamp ?? -1) <= timestamp) this.rows.set(key, { row, timestamp });
    }
  }

  #send(batches: Parameters<OwnerPorts['derived']['send']>[0]): Map<string, number> {
    const produced = new Map<string, number>();
    for (const [topic, partitions] of batches) {
      for (const [partition, list] of partitions) {
        for (const outgoing of list) this.sent.push({ topic, partition, outgoing });
        produced.set(`${topic}:${partition}`, this.sent.length - 1);
      }
    }
    this.#fail('send');
    return produced;
  }

  #holds(lane: string, offset: number): boolean {
    return this.sent.some(({ outgoing }) => {
      const origin = parseOrigin(outgoing.origin);
      return origin?.lane === lane && origin.offset >= offset;
    });
  }

  #commit({ token, offset }: Fence, changes: Changes): 'ok' | 'lost' {
    this.before.get('commit')?.();
    this.#fail('commit');
    const { kept } = this;
    if (token !== kept.token || offset !== kept.offset) return 'lost';
    kept.offset = changes.next;
    kept.last = changes.last;
    for (const [key, state] of changes.states) kept.states.set(key, state);
    for (const [hash, fields] of changes.fields)
      for (const [field, value] of fields) setOrDelete(kept.fields, `${hash} ${field}`, value);
    for (const board of changes.drops)
      for (const name of kept.scores.keys()) if (name.startsWith(`${board} `)) kept.scores.delete(name);
    for (const [key, { value, until }] of changes.memos) {
      setOrDelete(kept.memos, key, value);
      setOrDelete(kept.memoTimes, key, value === null ? null : until);
    }
    if (changes.memos.size > 0) this.#forget(changes.last.time);
    for (const [board, scores] of changes.scores)
      for (const [member, score] of scores) setOrDelete(kept.scores, `${board} ${member}`, score);
    for (const [board, sums] of changes.increments)
      for (const [member, sum] of sums) {
        const name = `${board} ${member}`;
        kept.scores.set(name, (kept.scores.get(name) ?? 0) + sum);
      }
    for (const [lane, mark] of changes.watermarks) kept.watermarks.set(lane, mark);
    for (const [target, at] of changes.produced) kept.produced.set(target, at);
    for (const [at, id] of changes.skips) setOrDelete(kept.skips, at, id);
    for (const [key, { next, slots }] of changes.ids) {
      const ring = kept.ids.get(key) ?? { next: 0, slots: new Map() };
      for (const [slot, value] of slots) setOrDelete(ring.slots, slot, value);
      kept.ids.set(key, { next, slots: ring.slots });
    }
    this.#fail('commit-after');
    return 'ok';
  }

  #forget(time: number): void {
    for (const [key, until] of this.kept.memoTimes) {
      if (until > time) continue;
      this.kept.memos.delete(key);
      this.kept.memoTimes.delete(key);
    }
  }

  #fail(step: 'read' | 'rows' | 'send' | 'commit' | 'commit-after'): void {
    const error = this.failures.get(step);
    if (!error) return;
    this.failures.delete(step);
    throw error;
  }
}

function setOrDelete<K, V>(map: Map<K, V>, key: K, value: V | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}

/** An input record whose value is the event as JSON. */
export function record(
  offset: number,
  event: { eventId: string; [field: string]: unknown },
  more: Partial<InputRecord> = {},
): InputRecord {
  const key = String(event.userId ?? event.videoId ?? '');
  return {
    offset,
    time: 1_000_000 + offset,
    key,
    id: event.eventId,
    origin: null,
    redrive: null,
    value: Buffer.from(JSON.stringify(event)),
    ...more,
  };
}

export const decodeJson = (value: Buffer | null): unknown => JSON.parse(value?.toString() ?? 'null');
