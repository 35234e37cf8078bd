// All that may happen next in a simulation; whatever waits for an answer waits here until it is picked.
import type { Random } from './random.ts';

/** What a slot or an outside actor asks of the world, one kind of effect each. */
export type Effect =
  | 'claim'
  | 'claim read'
  | 'acquire'
  | 'resume'
  | 'end'
  | 'batch'
  | 'read'
  | 'schema'
  | 'rows'
  | 'send'
  | 'commit'
  | 'offset'
  | 'outputs'
  | 'letter'
  | 'letter read'
  | 'wait'
  | 'generations'
  | 'step'
  | 'position'
  | 'limit'
  | 'outside';

/** A server process, as far as the scheduler cares: one that is down or stalled does nothing. */
export type Runs = { readonly up: boolean; readonly stalledUntil: number };

/** A sequence of effects, of one slot or of one actor. */
export type Line = { readonly name: string; readonly process: Runs | null; last: Effect | 'fault' | 'start' };

/** Something that may happen. */
export type Step = {
  readonly line: Line;
  readonly effect: Effect;
  readonly notBefore: number;
  /** Happens, and whoever waits for it goes on. */
  happen(): void;
  /** Only what takes effect outside can be lost on the way: `apply` does it, wholly or in part, and answers nobody. */
  readonly remote?: { apply(whole: boolean): void; fail(error: Error): void };
};

/** Lets everything run that does not wait for the scheduler: a tick comes after all microtasks. */
export const settle = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

export class Scheduler {
  readonly #random: Random;
  readonly #pending = new Set<Step>();
  /** Writes whose answer was given up and which may still arrive. */
  readonly late: { by: Line; apply(): void }[] = [];
  readonly sources: (() => Iterable<Step>)[] = [];
  now = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** An effect on the outside: resolves when it has been picked and answered, which may be never. */
  effect<T>(line: Line, effect: Effect, act: (whole: boolean) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const apply = (whole: boolean): T => {
        line.last = effect;
        return act(whole);
      };
      const happen = () => {
        try {
          resolve(apply(true));
        } catch (error) {
          reject(error);
        }
      };
      const remote = { apply: (whole: boolean) => void ignoreRefusal(() => apply(whole)), fail: reject };
      this.#pending.add({ line, effect, notBefore: 0, happen, remote });
    });
  }

  /** Runs something not before some steps have passed; answers how to call it off. */
  later(line: Line, effect: Effect, steps: number, run: () => void): () => void {
    const step = { line, effect, notBefore: this.now + steps, happen: run };
    this.#pending.add(step);
    return () => this.#pending.delete(step);
  }

  pause(line: Line, steps: number): Promise<void> {
    return new Promise((resolve) => this.later(line, 'wait', steps, resolve));
  }

  pendingOf(line: Line): Step[] {
    return [...this.#pending].filter((step) => step.line === line);
  }

  /** All that a process waits for is taken from it. */
  takeAll(process: Runs): Step[] {
    const taken = [...this.#pending].filter(({ line }) => line.process === process);
    for (const step of taken) this.#pending.delete(step);
    return taken;
  }

  take(step: Step): void {
    this.#pending.delete(step);
  }

  /** What happens next; null if nothing is left. Time leaps if all that is left is for later. */
  next(): Step | null {
    this.now += 1;
    const waiting: Step[] = [...this.#pending];
    for (const source of this.sources) waiting.push(...source());
    const able = waiting.filter((step) => this.#readyAt(step) <= this.now);
    const lateOnes = this.late.length > 0 ? [this.#lateStep()] : [];
    if (able.length + lateOnes.length > 0) return this.#random.pick([...able, ...lateOnes]);
    const soonest = Math.min(...waiting.map((step) => this.#readyAt(step)));
    if (!Number.isFinite(soonest)) return null;
    this.now = soonest;
    return this.#random.pick(waiting.filter((step) => this.#readyAt(step) <= this.now));
  }

  #readyAt({ notBefore, line: { process } }: Step): number {
    return Math.max(notBefore, process?.stalledUntil ?? 0);
  }

  #lateStep(): Step {
    const at = this.#random.below(this.late.length);
    const line = this.late[at]?.by as Line;
    return { line: { ...line, process: null }, effect: 'outside', notBefore: 0, happen: () => this.landLate(at) };
  }

  landLate(at: number): void {
    const [write] = this.late.splice(at, 1);
    if (write) ignoreRefusal(write.apply);
  }
}

/** What is refused to somebody who no longer listens is nobody's concern. */
function ignoreRefusal(act: () => unknown): void {
  try {
    act();
  } catch {}
}
