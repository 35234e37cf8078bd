// What a partition of a control topic says: who claimed it last, and which records every owner skips. Pure.
import type { ProcessorControl } from '../../schemas/generated.ts';

export class ControlSummary {
  /** Offset of the last entry taken; -1 before the first. */
  read = -1;
  /** Offset of the newest claim: the largest fence token there is. */
  latestClaim = -1;
  /** The largest build that has claimed. */
  newestBuild = -1;
  /** Offsets of the input that every owner, replay and rebuild skips. */
  readonly skips = new Set<number>();

  /** Takes the next entry; a dead letter counts if it was written under the newest claim before it. */
  take(offset: number, control: ProcessorControl): void {
    this.read = offset;
    if (control.kind === 'claim') {
      this.latestClaim = offset;
      this.newestBuild = Math.max(this.newestBuild, control.build);
    } else if (control.kind === 'dead_letter' && control.token === this.latestClaim) {
      this.skips.add(control.offset);
    }
  }

  /** Passes over an entry that cannot be read: it says nothing. */
  pass(offset: number): void {
    this.read = offset;
  }
}
