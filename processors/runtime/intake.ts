// What was fetched of one partition and waits to be folded, so that fetching goes on meanwhile and no partition waits for another's commit.
import type { InputRecord } from './ports.ts';
import { recordsPerCommit, type Slot } from './slot.ts';
import type { Turns } from './turns.ts';

/** With so much waiting, besides what is being folded, nothing more is fetched. */
const bytesMax = 2 * 1_048_576;

export type Folding = Pick<Slot, 'fold' | 'status'>;

export class Intake {
  readonly #slot: Folding;
  readonly #goesOn: () => boolean;
  readonly #turns: Turns;
  #waiting: (readonly InputRecord[])[] = [];
  #records = 0;
  #bytes = 0;
  #draining: Promise<void> | null = null;
  #wake: (() => void)[] = [];

  /** @param goesOn asked after each commit; once it says no, what waits is dropped */
  constructor(slot: Folding, goesOn: () => boolean, turns: Turns) {
    this.#slot = slot;
    this.#turns = turns;
    this.#goesOn = goesOn;
  }

  get isFull(): boolean {
    return this.#records >= recordsPerCommit || this.#bytes >= bytesMax;
  }

  /** Takes a fetched batch; whether it continues what was folded before is for the slot to say. */
  add(records: readonly InputRecord[]): void {
    if (records.length === 0) return;
    this.#waiting.push(records);
    this.#records += records.length;
    for (const { value } of records) this.#bytes += value?.length ?? 0;
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = null;
    });
  }

  /** Resolves with the next commit, or when what waits is dropped. */
  progress(): Promise<void> {
    if (!this.#draining) return Promise.resolve();
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** Resolves once nothing is being folded. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    const between = async () => {
      this.#tell();
      return this.#goesOn();
    };
    while (this.#waiting.length > 0) {
      const turn = this.#turns.take();
      const over = typeof turn === 'function' ? turn : await turn;
      const done = await this.#slot.fold(this.#next(), between).finally(over);
      // Fetching begins anew from where the slot will be; what was fetched after the fault would leave a gap.
      if (done === null || this.#slot.status.state !== 'ready' || !this.#goesOn()) this.#drop();
    }
    this.#tell();
  }

  /** The batch that came first, with those that continue it without a gap while they make one commit. */
  #next(): readonly InputRecord[] {
    const first = this.#waiting[0] as readonly InputRecord[];
    let [count, length] = [1, first.length];
    for (let last = first.at(-1); count < this.#waiting.length; count++) {
      const next = this.#waiting[count] as readonly InputRecord[];
      if (next[0]?.offset !== Number(last?.offset) + 1 || length + next.length > recordsPerCommit) break;
      length += next.length;
      last = next.at(-1);
    }
    const records = count === 1 ? first : this.#waiting.slice(0, count).flat();
    this.#waiting = this.#waiting.slice(count);
    this.#records -= records.length;
    for (const { value } of records) this.#bytes -= value?.length ?? 0;
    return records;
  }

  #drop(): void {
    this.#waiting = [];
    this.#records = 0;
    this.#bytes = 0;
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
