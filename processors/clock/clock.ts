// Each second appends the timers that are due, of every processor that has some, to its input: time enters the log here alone.
import type { Log } from '../../infra/log.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import type { Processor } from '../runtime/processor.ts';
import { Appended, type Timer } from './due-timers.ts';

export type Place = { readonly processor: Processor; readonly partition: number };
/** Dated by when it was due, so that a clock that runs ahead dates nothing later than that. */
export type Fired = {
  readonly key: string;
  readonly partition: number;
  readonly due: number;
  readonly event: object;
};

export type ClockPorts = {
  /** The earliest timers of a partition that are due by then, at most so many. */
  due(place: Place, by: number, limit: number): Promise<readonly Timer[]>;
  /** Gives events their envelope and appends them. */
  append(topic: TopicName, fired: readonly Fired[]): Promise<void>;
  /** ms since 1970; asked for once a tick */
  readonly now: () => number | Promise<number>;
};

export type ClockOptions = {
  /** Those without timers are passed over. */
  readonly processors: readonly Processor[];
  readonly ports: ClockPorts;
  readonly log: Log;
  readonly everyMs?: number;
  readonly againAfterMs?: number;
};

const everyMs = 1_000;
/** An appended timer is folded, and gone from the board, well before; if not, it is appended again. */
const againAfterMs = 5_000;
const perPartitionMax = 500;

export class Clock {
  readonly #options: ClockOptions;
  readonly #appended: Appended;
  #timer: NodeJS.Timeout | null = null;
  #ticking: Promise<void> = Promise.resolve();
  #stopped = false;
  #isFailing = false;

  constructor(options: ClockOptions) {
    this.#options = options;
    this.#appended = new Appended(options.againAfterMs ?? againAfterMs);
  }

  start(): void {
    this.#ticking = this.#tickOrWarn().finally(() => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.start(), this.#options.everyMs ?? everyMs);
    });
  }

  /** Ends with the append under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#ticking;
  }

  /** Appends what is due now. @returns how many @throws a dependency's error; what it broke off comes with a later tick */
  async tick(): Promise<number> {
    const { processors, ports } = this.#options;
    const now = await ports.now();
    this.#appended.sweep(now);
    const counts = await Promise.all(processors.filter(({ timers }) => timers).map((of) => this.#fire(of, now)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #fire(processor: Processor, now: number): Promise<number> {
    const { ports } = this.#options;
    const partitions = Array.from({ length: topics[processor.input].partitions }, (_, partition) => partition);
    const fired = (await Promise.all(partitions.map((partition) => this.#due({ processor, partition }, now)))).flat();
    if (fired.length > 0) await ports.append(processor.input, fired);
    return fired.length;
  }

  async #due({ processor, partition }: Place, now: number): Promise<Fired[]> {
    const { ports } = this.#options;
    const timers = await ports.due({ processor, partition }, now, perPartitionMax);
    return this.#appended.take(`${processor.name} ${partition}`, timers, now).flatMap(({ key, timerId, due }) => {
      const event = processor.timers?.event(key, timerId, due);
      return event ? [{ key, partition, due, event }] : [];
    });
  }

  async #tickOrWarn(): Promise<void> {
    try {
      await this.tick();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#options.log.warn(`the clock waits for a dependency: ${(error as Error).message}`);
      this.#isFailing = true;
    }
  }
}
