// Whether a processor may fold now, and into which generation: not while live stands still, nor under other rules than its own.
import type { Log } from '../../infra/log.ts';
import type { GenerationChange } from '../../schemas/generated.ts';
import type { GenerationHistory } from './generation-history.ts';
import { firstGeneration } from './keys.ts';
import { StandsStill } from './owner.ts';
import type { Gate } from './ports.ts';
import type { Processor } from './processor.ts';
import { onTheClock } from './slot.ts';

/** The generations as the gate sees them. */
export type GenerationsView = {
  of(slug: string): GenerationHistory;
  onChange(listener: (slug: string) => void): void;
  /** Resolves when all that was decided before this call is known. */
  refresh(): Promise<void>;
  append(change: GenerationChange): Promise<number>;
};

/** Why a partition is not folded here now: `waiting` passes by itself, `standby` is until a swap. */
export type NotNow = { readonly state: 'waiting' | 'standby'; readonly why: string };

/** Live stands still for no longer than this after the last sign of whoever stopped it. */
export const leaseMs = 15_000;
/** So long after a stop is overdue it is ended by whoever stands still. */
const graceMs = 500;

/** The generation to fold into, or why none now. */
export function placeOf({ rules }: Processor, { live, stop }: GenerationHistory): number | NotNow {
  if (live && live.rules !== rules)
    return { state: 'standby', why: `generation ${live.generation} is folded under rules ${live.rules}, not ${rules}` };
  if (stop) return { state: 'waiting', why: 'stands still while two generations are compared' };
  return live?.generation ?? firstGeneration;
}

/** Asked after a claim: a stop or a swap that the claim came after must be seen. */
export function gateOf(processor: Processor, generations: GenerationsView, generation: number): Gate {
  return {
    pass: async () => {
      await generations.refresh();
      const place = placeOf(processor, generations.of(processor.name));
      if (place === generation) return;
      throw new StandsStill(typeof place === 'number' ? `generation ${place} is live, not ${generation}` : place.why);
    },
  };
}

/** What the gate knows of time. */
export type Times = { now(): number; readonly later: typeof onTheClock };

const realTime: Times = { now: () => Date.now(), later: onTheClock };

export class LiveGate {
  readonly #processor: Processor;
  readonly #generations: GenerationsView;
  readonly #log: Log;
  readonly #times: Times;
  #callOff: (() => void) | null = null;
  #changed: (() => void) | null = null;

  constructor(processor: Processor, generations: GenerationsView, log: Log, times: Times = realTime) {
    this.#processor = processor;
    this.#generations = generations;
    this.#log = log;
    this.#times = times;
    generations.onChange((slug) => {
      if (slug !== processor.name) return;
      this.#watch();
      this.#changed?.();
    });
    this.#watch();
  }

  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  stop(): void {
    this.#callOff?.();
  }

  /** The generation to fold into, or why none now. */
  place(): number | NotNow {
    return placeOf(this.#processor, this.#generations.of(this.#processor.name));
  }

  of(generation: number): Gate {
    return gateOf(this.#processor, this.#generations, generation);
  }

  /** Ends a stop whose author was killed. A swap under it no longer counts from then on. */
  #watch(): void {
    this.stop();
    const { stop } = this.#generations.of(this.#processor.name);
    if (!stop) return;
    const slug = this.#processor.name;
    const end = async () => {
      if (this.#generations.of(slug).stop?.at !== stop.at) return;
      this.#log.warn({ slug, stop: stop.at }, 'a comparison was left unfinished: live goes on');
      await this.#generations.append({ kind: 'resumed', slug, stop: stop.at, by: 'processors' });
    };
    const left = stop.until - this.#times.now();
    // Counted from when it was heard of: the clock of another machine may be wrong.
    const wait = (left > 0 ? Math.min(left, leaseMs) : leaseMs) + graceMs;
    this.#callOff = this.#times.later(wait, () => void end().catch(() => this.#watch()));
  }
}
