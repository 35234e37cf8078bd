// What a partition of a control topic says: its claims, and the dead letters that count.
import type { ProcessorControl } from '../../../schemas/generated.ts';
import type { RawRecord } from './record.ts';

export type Control = {
  /** Offsets of all claims: the fence tokens that there have been. */
  readonly claims: ReadonlySet<number>;
  /** Offsets of the input that all skip. */
  readonly skips: ReadonlySet<number>;
  /** Dead letters that a newer claim preceded. */
  readonly superseded: number;
  /** Letters that say again what counts already: written once more after an answer that did not come. */
  readonly again: number;
};

/** A dead letter counts if the newest claim before it is the one that it was written under. */
export function readControl(entries: readonly RawRecord<ProcessorControl>[]): Control {
  const claims = new Set<number>();
  const skips = new Set<number>();
  let [newest, superseded, again] = [-1, 0, 0];
  for (const { offset, content } of entries) {
    if ('unreadable' in content) continue;
    const entry = content.event;
    if (entry.kind === 'claim') {
      claims.add(offset);
      newest = offset;
    }
    if (entry.kind !== 'dead_letter') continue;
    if (entry.token !== newest) superseded += 1;
    else if (skips.has(entry.offset)) again += 1;
    else skips.add(entry.offset);
  }
  return { claims, skips, superseded, again };
}
