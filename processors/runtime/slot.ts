// One assigned partition: acquires its owner, folds what is fetched, and after a fault waits and acquires again by itself.
import type { Log } from '../../infra/log.ts';
import { NewerThanThisBuild } from './fold.ts';
import { Halted, Lost, Owner, type OwnerLimits, type OwnerPorts, ownerLimits, StandsStill } from './owner.ts';
import type { InputRecord } from './ports.ts';
import type { Processor } from './processor.ts';

/** What the slot needs of the consumer: to stop and start the fetching of its partition. */
export type Fetching = {
  pause(partition: number): void;
  resumeAt(partition: number, offset: number): void;
  /** Offset after the last record of the partition. */
  endOffset(partition: number): Promise<number>;
};

export type SlotStatus = {
  readonly state: 'acquiring' | 'ready' | 'waiting' | 'halted' | 'gone';
  readonly why: string | null;
};

export type SlotMetrics = {
  folded(outcome: { folded: number; passed: number; emitted: number; seconds: number }): void;
  lost(): void;
  stalled(): void;
};

export type SlotOptions = {
  readonly processor: Processor;
  readonly partition: number;
  readonly build: number;
  readonly ports: OwnerPorts;
  readonly fetching: Fetching;
  readonly log: Log;
  readonly metrics: SlotMetrics;
  /** A clock of its own, for a simulation. */
  readonly later?: typeof onTheClock;
  readonly limits?: OwnerLimits;
};

/** Runs something after so many ms; answers how to call it off. */
export function onTheClock(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

/** Waiting between attempts, in ms: doubled from the first to the largest. */
const backoffMs = { first: 100, max: 5_000 };
const haltedRetryMs = 30_000;
/** More make fewer and fuller writes; a script takes some thousand keys at most. */
export const recordsPerCommit = 4_000;

export class Slot {
  readonly #options: SlotOptions;
  #owner: Owner | null = null;
  /** The owner whose work a dependency's error broke off: its claim still stands. */
  #interrupted: Owner | null = null;
  #status: SlotStatus = { state: 'acquiring', why: null };
  /** Why it could not fold the last time: a partition that is held again is not well before it has. */
  #trouble: string | null = null;
  #attempts = 0;
  #callOff: (() => void) | null = null;
  #checked = false;
  #folding = false;
  #checking = false;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  get status(): SlotStatus {
    return this.#status;
  }

  /** What is told of it: as `status`, but waiting until a fault is known to be over. */
  get told(): SlotStatus {
    const isInDoubt = this.#status.state === 'ready' && this.#trouble !== null;
    return isInDoubt ? { state: 'waiting', why: this.#trouble } : this.#status;
  }

  get offset(): number | null {
    return this.#owner?.offset ?? null;
  }

  /** Stops fetching and acquires; to be called once per assignment. */
  start(): void {
    this.#options.fetching.pause(this.#options.partition);
    void this.#acquire();
  }

  /** The partition is assigned anew, or nobody's here: this slot does nothing more. */
  end(): void {
    this.#status = { state: 'gone', why: null };
    this.#callOff?.();
    this.#owner = null;
  }

  /**
   * Folds fetched records from the owner's offset on, a commit at a time; `between` runs after each and may end the work.
   * @returns the offset after the last one folded, or null if nothing may be taken as done.
   */
  async fold(records: readonly InputRecord[], between: () => Promise<boolean>): Promise<number | null> {
    let done: number | null = null;
    this.#folding = true;
    try {
      let rest = this.#expected(records);
      // The record that was folded last has been fetched to be compared; unless it counts as done, it is fetched for ever.
      if (rest.length === 0 && this.#status.state === 'ready') {
        this.#trouble = null;
        return this.#owner?.offset ?? null;
      }
      while (rest.length > 0 && this.#owner && this.#status.state === 'ready') {
        const chunk = rest.slice(0, recordsPerCommit);
        const startedAt = process.hrtime.bigint();
        const outcome = await this.#owner.fold(chunk);
        this.#options.metrics.folded({ ...outcome, seconds: Number(process.hrtime.bigint() - startedAt) / 1e9 });
        done = this.#owner?.offset ?? null;
        this.#attempts = 0;
        this.#trouble = null;
        rest = rest.slice(chunk.length);
        if (!(await between())) return done;
      }
    } catch (error) {
      this.#recover(error);
    } finally {
      this.#folding = false;
    }
    return done;
  }

  /** Between records: a state store that has lost the partition, or gone back, would else be noticed with the next one only. */
  async check(): Promise<void> {
    const owner = this.#owner;
    if (!owner || this.#folding || this.#checking || this.#status.state !== 'ready') return;
    const { offset } = owner;
    this.#checking = true;
    try {
      if (await owner.stillHolds()) return;
    } catch {
      // It is away: whoever folds next waits for it, or the next check looks again.
      return;
    } finally {
      this.#checking = false;
    }
    const isAsAsked = this.#owner === owner && owner.offset === offset && !this.#folding;
    if (isAsAsked) this.#recover(new Lost('the state store has lost the partition, or another has it'));
  }

  /** What is fetched from the owner's offset on; the record before it must be the one that was folded last. */
  #expected(records: readonly InputRecord[]): readonly InputRecord[] {
    const owner = this.#owner;
    const first = records[0];
    if (!owner || !first || this.#status.state !== 'ready') return [];
    if (!this.#checked && owner.last) {
      const before = records.find(({ offset }) => offset === owner.offset - 1);
      if (!before) throw new Lost(`fetched from ${first.offset}, expected ${owner.offset - 1}`);
      if (before.id !== owner.last.id || before.time !== owner.last.time) {
        throw new Halted(
          `the log holds another record at ${before.offset} than was folded: it was truncated or made anew`,
        );
      }
    }
    this.#checked = true;
    if (first.offset > owner.offset) throw new Lost(`fetched from ${first.offset}, expected ${owner.offset}`);
    return first.offset === owner.offset ? records : records.filter(({ offset }) => offset >= owner.offset);
  }

  async #acquire(): Promise<void> {
    const { processor, partition, build, ports, fetching, log, limits } = this.#options;
    try {
      const owner = this.#interrupted
        ? await this.#interrupted.resume()
        : await Owner.acquire(processor, { partition, build }, ports, limits ?? ownerLimits);
      const end = await fetching.endOffset(partition);
      if (end < owner.offset)
        throw new Halted(`the log ends at ${end}, but ${owner.offset} records were folded: it was truncated`);
      if (this.#status.state === 'gone') return;
      this.#owner = owner;
      this.#interrupted = null;
      this.#checked = owner.last === null;
      this.#status = { state: 'ready', why: null };
      fetching.resumeAt(partition, owner.last ? owner.offset - 1 : owner.offset);
      log.debug({ processor: processor.name, partition, offset: owner.offset }, 'partition acquired');
    } catch (error) {
      this.#recover(error);
    }
  }

  /** Drops everything held, stops fetching, and acquires again after a while. */
  #recover(error: unknown): void {
    if (this.#status.state === 'gone') return;
    const { processor, partition, fetching, log, metrics, later } = this.#options;
    const why = error instanceof Error ? error.message : String(error);
    const expected = error instanceof Lost || error instanceof StandsStill || error instanceof NewerThanThisBuild;
    this.#interrupted = error instanceof Lost || error instanceof Halted ? null : (this.#owner ?? this.#interrupted);
    // Only where there was something to fold: an empty partition would never be well again.
    if (this.#owner && !expected) this.#trouble = why;
    this.#owner = null;
    fetching.pause(partition);
    const halted = error instanceof Halted;
    const wait = halted ? haltedRetryMs : Math.min(backoffMs.max, backoffMs.first * 2 ** this.#attempts++);
    this.#status = { state: halted ? 'halted' : 'waiting', why };
    const at = { processor: processor.name, partition, waitMs: wait, why };
    if (error instanceof Lost) metrics.lost();
    else metrics.stalled();
    if (halted) log.error(at, 'partition halted');
    else if (expected) log.info(at, 'partition waits');
    else log.warn(at, 'partition waits for a dependency');
    this.#callOff = (later ?? onTheClock)(wait, () => void this.#acquire());
  }
}
