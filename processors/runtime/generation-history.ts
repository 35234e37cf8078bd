// The generations of one slug as a fold of the topic `generations`: which one is live, which is being made, whether live stands still. Pure.
import type { GenerationChange } from '../../schemas/generated.ts';

/** A generation and what it was folded under: only code with the same rules may go on with it. */
export type Generation = {
  readonly generation: number;
  readonly rules: number;
  /** The rules of what it emits. */
  readonly outputs: number;
  readonly build: number;
};

/** Of a processor that does not tell, and of generations that began before it was recorded. */
export const firstOutputs = 1;

/** Live folds nothing while two generations are compared; whoever finds it overdue may end it. */
export type Stop = {
  /** Offset of the record that began it. */
  readonly at: number;
  readonly generation: number;
  /** ms since 1970 */
  readonly until: number;
};

export class GenerationHistory {
  live: Generation | null = null;
  /** What was live before, for a rollback. */
  previous: Generation | null = null;
  /** The one that is being made or brought up to date. */
  shadow: Generation | null = null;
  stop: Stop | null = null;
  /** The largest number ever given away. */
  newest = 0;

  /** Takes the next record of the slug. What comes too late, because another one was faster, changes nothing. */
  take(offset: number, change: GenerationChange): void {
    switch (change.kind) {
      case 'started':
        this.#start(change);
        return;
      case 'cancelled':
        if (this.shadow?.generation === change.generation) this.#clear();
        return;
      case 'stopped':
        this.#stop(offset, change);
        return;
      case 'resumed':
        if (this.stop?.at === change.stop) this.stop = null;
        return;
      case 'swapped':
        this.#swap(change);
        return;
      default:
        change satisfies never;
    }
  }

  /** The first is live at once; later ones are shadows: new ones with the next number, or the previous one again. */
  #start({ generation, rules, build, outputs: told }: Extract<GenerationChange, { kind: 'started' }>): void {
    const outputs = told ?? firstOutputs;
    if (this.live === null) {
      if (generation !== 1) return;
      this.live = { generation, rules, outputs, build };
      this.newest = 1;
      return;
    }
    if (this.shadow) return;
    const isNext = generation === this.newest + 1;
    if (!isNext && this.previous?.generation !== generation) return;
    this.shadow = { generation, rules, outputs, build };
    this.newest = Math.max(this.newest, generation);
  }

  #stop(offset: number, { generation, until, stop }: Extract<GenerationChange, { kind: 'stopped' }>): void {
    if (stop !== null) {
      if (this.stop?.at === stop) this.stop = { ...this.stop, until };
    } else if (this.stop === null && this.shadow?.generation === generation) {
      this.stop = { at: offset, generation, until };
    }
  }

  /** Counts only while the stop stands under which both were compared. */
  #swap({ generation, stop }: Extract<GenerationChange, { kind: 'swapped' }>): void {
    if (this.stop?.at !== stop || this.stop.generation !== generation || !this.shadow) return;
    this.previous = this.live;
    this.live = this.shadow;
    this.#clear();
  }

  #clear(): void {
    this.shadow = null;
    this.stop = null;
  }
}
