// One owner of one input partition: folds batches over its cache and commits each once, or learns that it owns no more.

import { Unreadable, WriterUnknown } from '../../infra/avro.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { changesOf, outgoingOf } from './commit.ts';
import { Batch, foldRecord, NotLoaded, neverSkips, Poison } from './fold.ts';
import { laneOf } from './origin.ts';
import type {
  Changes,
  Claim,
  ControlLog,
  Decoder,
  DerivedLog,
  Gate,
  IdWindow,
  InputRecord,
  Loaded,
  Position,
  RowStore,
  StateStore,
} from './ports.ts';
import type { Processor } from './processor.ts';

/** Someone else owns the partition, or may: everything cached is void. */
export class Lost extends Error {}

/** The generation stands still for a comparison, or another one is live. */
export class StandsStill extends Error {}

/** The partition must not go on without an operator. */
export class Halted extends Error {}

export type OwnerPorts = {
  readonly states: StateStore;
  readonly rows: RowStore | null;
  readonly derived: DerivedLog;
  readonly control: ControlLog;
  readonly decoder: Decoder<unknown>;
  /** Absent where there is but one generation. */
  readonly gate?: Gate;
};

export type OwnerLimits = {
  readonly cachedKeysMax: number;
  readonly deadLettersInARowMax: number;
  /** A cache that outlives the owner. For the simulation alone, which shows that this breaks the promise. */
  readonly sharedCache?: Map<string, Cached>;
};
export const ownerLimits: OwnerLimits = { cachedKeysMax: 50_000, deadLettersInARowMax: 20 };

export type Cached = { state: unknown; ids: IdWindow | undefined };

export type FoldOutcome = { readonly folded: number; readonly passed: number; readonly emitted: number };

type Place = { readonly partition: number; readonly build: number };

function standBackIfOlder(processor: Processor, { partition, build }: Place, newestBuild: number): void {
  if (newestBuild <= build) return;
  throw new Halted(`build ${build} stands back: build ${newestBuild} has claimed ${processor.name} ${partition}`);
}

export class Owner {
  readonly #processor: Processor;
  readonly #partition: number;
  readonly #ports: OwnerPorts;
  readonly #limits: OwnerLimits;
  readonly #lane: string;
  readonly #build: number;
  readonly #cache: Map<string, Cached>;
  /** Null: known not to be there. */
  readonly #memos = new Map<string, unknown>();
  /** What was decoded to learn of memos is not decoded again. */
  readonly #decoded = new WeakMap<Buffer, unknown>();
  readonly #skipped: Set<number>;
  readonly #token: number;
  readonly #watermarks: Map<string, string>;
  readonly #skips: Map<number, string>;
  #offset: number;
  #last: Position['last'];
  #deadLettersInARow = 0;

  private constructor(
    processor: Processor,
    at: { partition: number; build: number },
    held: { ports: OwnerPorts; claim: Claim; position: Position; limits: OwnerLimits },
  ) {
    this.#processor = processor;
    this.#partition = at.partition;
    this.#build = at.build;
    this.#ports = held.ports;
    this.#limits = held.limits;
    this.#cache = held.limits.sharedCache ?? new Map();
    this.#lane = laneOf(processor.name, processor.input, at.partition);
    this.#token = held.claim.token;
    this.#skipped = held.claim.skips;
    this.#offset = held.position.offset;
    this.#last = held.position.last;
    this.#watermarks = new Map(held.position.watermarks);
    this.#skips = new Map(held.position.skips);
    while (this.#skipped.has(this.#offset - 1 - this.#deadLettersInARow)) this.#deadLettersInARow += 1;
  }

  /** Claims the partition and takes its state. @throws Lost if a newer claim holds it, Halted for a build that must stand back, StandsStill. */
  static async acquire(
    processor: Processor,
    at: Place,
    ports: OwnerPorts,
    limits: OwnerLimits = ownerLimits,
  ): Promise<Owner> {
    standBackIfOlder(processor, at, ports.control.newestBuild(at.partition));
    const claim = await ports.control.claim(at.partition, at.build);
    standBackIfOlder(processor, at, claim.newestBuild);
    await ports.gate?.pass();
    const position = await ports.states.acquire(at.partition, claim.token, at.build);
    if (position === 'refused') throw new Lost('a newer claim holds the partition');
    return new Owner(processor, at, { ports, claim, position, limits });
  }

  /** Begins anew after a dependency's error, with nothing cached, under the claim that it has. @throws Lost if that is superseded. */
  async resume(): Promise<Owner> {
    const at = { partition: this.#partition, build: this.#build };
    const position = await this.#ports.states.resume(this.#partition, this.#token);
    if (position === 'lost') throw new Lost('a newer claim holds the partition');
    const claim = { token: this.#token, newestBuild: this.#build, skips: this.#skipped };
    return new Owner(this.#processor, at, { ports: this.#ports, claim, position, limits: this.#limits });
  }

  /** Offset of the next record to fold. */
  get offset(): number {
    return this.#offset;
  }

  /** Id and append time of the record before it: what the log must still hold. */
  get last(): Position['last'] {
    return this.#last;
  }

  /** Whether the state store still has the partition as this owner left it. */
  async stillHolds(): Promise<boolean> {
    return (await this.#ports.states.read(this.#partition, this.#fence(), { keys: [], withIds: false })) !== 'lost';
  }

  /** Folds the records and commits them once; poison is dead-lettered on the way. @throws Lost, Halted, or a dependency's error: then nothing of this owner may be used again. */
  async fold(records: readonly InputRecord[]): Promise<FoldOutcome> {
    const total = { folded: 0, passed: 0, emitted: 0 };
    let rest = records;
    while (rest.length > 0) {
      await this.#load(rest);
      const { batch, taken, poison } = await this.#foldUpTo(rest);
      if (taken > 0) {
        await this.#commit(batch);
        total.folded += batch.folded;
        total.passed += batch.passed;
        total.emitted += batch.emitted.length;
      }
      if (batch.folded > 0) this.#deadLettersInARow = 0;
      if (poison) await this.#deadLetter(poison);
      rest = rest.slice(taken);
    }
    return total;
  }

  async #load(records: readonly InputRecord[]): Promise<void> {
    const missing = new Set<string>();
    for (const record of records) if (!this.#cache.has(record.key)) missing.add(record.key);
    await this.#read([...missing], this.#memosOf(records));
  }

  async #read(keys: readonly string[], memos: readonly string[]): Promise<void> {
    if (keys.length === 0 && memos.length === 0) return;
    const wanted = { keys, withIds: this.#processor.firstHop, memos };
    const found = await this.#ports.states.read(this.#partition, this.#fence(), wanted);
    if (found === 'lost') throw new Lost('token or offset changed');
    keys.forEach((key, i) => {
      const { state, ids } = found.states[i] as Loaded;
      this.#cache.set(key, { state: state === null ? undefined : JSON.parse(state), ids: ids ?? undefined });
    });
    memos.forEach((key, i) => {
      const memo = found.memos[i] ?? null;
      this.#memos.set(key, memo === null ? null : JSON.parse(memo));
    });
  }

  /** The memos of records that are not here; what cannot be decoded now is left to the fold, which asks again. */
  #memosOf(records: readonly InputRecord[]): string[] {
    const { memos } = this.#processor;
    if (!memos) return [];
    const missing = new Set<string>();
    for (const { value } of records) {
      try {
        const event = this.#ports.decoder.decode(value);
        if (value) this.#decoded.set(value, event);
        for (const key of memos(event)) if (!this.#memos.has(key)) missing.add(key);
      } catch {
        // The fold meets the same and knows what to do.
      }
    }
    return [...missing];
  }

  /** Folds until the end or the first poison; a writer's schema that is not here yet is fetched. */
  async #foldUpTo(records: readonly InputRecord[]): Promise<{ batch: Batch; taken: number; poison: Poison | null }> {
    const batch = new Batch();
    const context = {
      processor: this.#processor,
      partition: this.#partition,
      lane: this.#lane,
      committed: {
        state: (key: string) => this.#cache.get(key)?.state,
        ids: (key: string) => this.#cache.get(key)?.ids,
        memo: (key: string) => this.#memos.get(key),
        watermarks: this.#watermarks,
        skips: this.#skips,
      },
      decode: (value: Buffer | null) => (value && this.#decoded.get(value)) ?? this.#ports.decoder.decode(value),
      encode: (topic: TopicName, event: unknown) => this.#ports.derived.encode(topic, event),
      skipped: this.#skipped,
      keepsRows: this.#ports.rows !== null,
    };
    for (let taken = 0; taken < records.length; ) {
      const record = records[taken] as InputRecord;
      try {
        foldRecord(context, batch, record);
        taken += 1;
      } catch (error) {
        if (error instanceof NotLoaded) await this.#read([], error.memos);
        else if (error instanceof WriterUnknown) await this.#ports.decoder.prepare(record.value as Buffer);
        else if (error instanceof Unreadable) return { batch, taken, poison: new Poison(record, error) };
        else if (error instanceof Poison) return { batch, taken, poison: error };
        else if (taken > 0) return { batch, taken, poison: null };
        else throw error;
      }
    }
    return { batch, taken: records.length, poison: null };
  }

  /** Rows and derived events first, both repeatable; then states and offset in one step. */
  async #commit(batch: Batch): Promise<void> {
    const { derived, rows: rowStore, states } = this.#ports;
    const done = await Promise.allSettled([rowStore?.write([...batch.rows.values()]), derived.send(outgoingOf(batch))]);
    const [rows, sent] = done;
    if (rows.status === 'rejected') throw rows.reason;
    if (sent.status === 'rejected') throw sent.reason;
    const { changes, windows } = changesOf(batch, sent.value, this.#processor);
    const told = { states: this.#processor.pushesStates, memosOf: this.#processor.pushesMemosOf };
    const answer = await states.commit(this.#partition, this.#fence(), changes, told);
    if (answer !== 'ok') throw new Lost('token or offset changed');
    this.#adopt(batch, changes, windows);
  }

  #adopt(batch: Batch, changes: Changes, windows: ReadonlyMap<string, IdWindow>): void {
    for (const [key, state] of batch.states) this.#cached(key).state = state;
    for (const [key, window] of windows) this.#cached(key).ids = window;
    for (const [lane, mark] of changes.watermarks) this.#watermarks.set(lane, mark);
    for (const [offset, id] of changes.skips) {
      if (id === null) this.#skips.delete(offset);
      else this.#skips.set(offset, id);
    }
    this.#offset = changes.next;
    this.#last = changes.last;
    for (const [key, { value }] of batch.memos) this.#memos.set(key, value);
    for (const key of this.#memos.keys()) {
      if (this.#memos.size <= this.#limits.cachedKeysMax) break;
      this.#memos.delete(key);
    }
    for (const key of this.#cache.keys()) {
      if (this.#cache.size <= this.#limits.cachedKeysMax) break;
      this.#cache.delete(key);
    }
  }

  #cached(key: string): Cached {
    let cached = this.#cache.get(key);
    if (!cached) {
      cached = { state: undefined, ids: undefined };
      this.#cache.set(key, cached);
    }
    return cached;
  }

  /** Makes the skip of a record part of the log, unless another build has already folded it. */
  async #deadLetter(poison: Poison): Promise<void> {
    const { record } = poison;
    if (neverSkips(this.#processor.input)) throw new Halted(`payment_transactions skips nothing: ${poison.message}`);
    this.#deadLettersInARow += 1;
    if (this.#deadLettersInARow > this.#limits.deadLettersInARowMax) {
      throw new Halted(`more than ${this.#limits.deadLettersInARowMax} dead letters in a row, last: ${poison.message}`);
    }
    const targets = this.#processor.emitsTo;
    if (await this.#ports.derived.holdsOutput(targets, this.#lane, record)) {
      throw new Halted(`offset ${record.offset} was folded by another build: ${poison.message}`);
    }
    const letter = { record, cause: poison.message };
    const verdict = await this.#ports.control.deadLetter(this.#partition, this.#token, this.#build, letter);
    if (verdict === 'superseded') throw new Lost('a newer claim precedes the dead letter');
    this.#skipped.add(record.offset);
  }

  #fence() {
    return { token: this.#token, offset: this.#offset };
  }
}
