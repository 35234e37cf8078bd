// A control topic in memory, and what each process has read of it.
import { ControlSummary } from '../../processors/runtime/control-summary.ts';
import type { DeadLetter } from '../../processors/runtime/ports.ts';
import type { ProcessorControl } from '../../schemas/generated.ts';
import type { Guards } from './guards.ts';

export type Entry = { readonly control: ProcessorControl; readonly letter?: DeadLetter };

export class ControlTopic {
  readonly #partitions = new Map<string, Entry[]>();

  of(processor: string, partition: number): Entry[] {
    const name = `${processor}:${partition}`;
    let entries = this.#partitions.get(name);
    if (!entries) {
      entries = [];
      this.#partitions.set(name, entries);
    }
    return entries;
  }

  /** @returns the entry's offset */
  append(processor: string, partition: number, entry: Entry): number {
    return this.of(processor, partition).push(entry) - 1;
  }
}

/** One process's reading of the control topics. */
export class ControlReader {
  readonly #topic: ControlTopic;
  readonly #guards: Guards;
  readonly #summaries = new Map<string, ControlSummary>();

  constructor(topic: ControlTopic, guards: Guards) {
    this.#topic = topic;
    this.#guards = guards;
  }

  summaryOf(processor: string, partition: number): ControlSummary {
    const name = `${processor}:${partition}`;
    let summary = this.#summaries.get(name);
    if (!summary) {
      summary = new ControlSummary();
      this.#summaries.set(name, summary);
    }
    return summary;
  }

  /** Reads on until an offset, included. */
  readTo(processor: string, partition: number, offset: number): ControlSummary {
    const entries = this.#topic.of(processor, partition);
    const summary = this.summaryOf(processor, partition);
    for (let next = summary.read + 1; next <= offset; next++) {
      const { control } = entries[next] as Entry;
      summary.take(next, control);
      if (!this.#guards.claimsBeforeSkips && control.kind === 'dead_letter') summary.skips.add(control.offset);
    }
    return summary;
  }
}

export const claimOf = (build: number): Entry => ({ control: { kind: 'claim', build } });

export const shadowClaimOf = (build: number, generation: number): Entry => ({
  control: { kind: 'shadow_claim', build, generation },
});

export function letterOf(token: number, build: number, letter: DeadLetter): Entry {
  const { offset, id: recordId } = letter.record;
  const blank = { key: null, value: null, headers: null } as const;
  return { letter, control: { ...blank, kind: 'dead_letter', offset, token, build, cause: letter.cause, recordId } };
}
