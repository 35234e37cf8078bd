// Spreads processors over the threads of this process, so that they use several cores, and lets them start, stop, tell and fail as one.
import type { Registry } from 'prom-client';
import type { Log } from '../../infra/log.ts';
import type { RunnerStatus } from '../runtime/runner.ts';
import { metricsText } from './metrics.ts';
import { Share, type ShareOf } from './share.ts';
import { Thread, Unanswered } from './thread.ts';

export type ThreadsOptions = ShareOf & {
  /** So many at most, the first one among them; no thread has nothing to do. */
  readonly threads: number;
  readonly log: Log;
  readonly onFatal: (why: string) => void;
};

/** Whoever asks for the status or the metrics does not wait for longer than so. */
const answeredWithinMs = 2_000;

/** Neighbours of the list, which hand events on to each other, are for different threads. */
export function sharesOf(names: readonly string[], threads: number): string[][] {
  const shares = Array.from({ length: Math.max(1, Math.min(threads, names.length)) }, (): string[] => []);
  for (const [i, name] of names.entries()) shares[i % shares.length]?.push(name);
  return shares;
}

export class Threads {
  /** Of the thread that this runs in. */
  readonly #first: Share;
  readonly #others: readonly Thread[];

  constructor({ config, processors, hasRows, threads, log, onFatal }: ThreadsOptions) {
    const [own = [], ...others] = sharesOf(processors, threads);
    this.#first = new Share({ config, processors: own, hasRows }, log, onFatal);
    const logName = String(log.bindings().name);
    this.#others = others.map((names) => {
      const share = { config, processors: names, hasRows };
      return new Thread({ share, logName }, onFatal);
    });
  }

  /** What the first thread tells, and may be told of the process. */
  get registry(): Registry {
    return this.#first.metrics;
  }

  async start(): Promise<void> {
    await Promise.all([this.#first.start(), ...this.#others.map((thread) => thread.ask('start'))]);
  }

  /** After the commits under way in each. */
  async stop(): Promise<void> {
    await Promise.all([this.#first.stop(), ...this.#others.map((thread) => thread.stop())]);
  }

  async status(): Promise<RunnerStatus> {
    const all = [this.#first.status(), ...(await Promise.all(this.#others.map(statusOf)))];
    return {
      ready: all.every(({ ready }) => ready),
      why: all.flatMap(({ why }) => why),
      processors: Object.assign({}, ...all.map(({ processors }) => processors)),
    };
  }

  /** @throws Unanswered: without one thread's, counts would seem to fall */
  async metrics(): Promise<string> {
    const others = await Promise.all(this.#others.map((thread) => thread.ask('metrics', answeredWithinMs)));
    return metricsText(this.registry, others);
  }
}

async function statusOf(thread: Thread): Promise<RunnerStatus> {
  try {
    return await thread.ask('status', answeredWithinMs);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    return { ready: false, why: [error.message], processors: {} };
  }
}
