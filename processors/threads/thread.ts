// A thread besides the first, as the first sees it: what to ask it, and that its end is the end of the process.
import { Worker } from 'node:worker_threads';
import type { RunnerStatus } from '../runtime/runner.ts';
import type { Metrics } from './metrics.ts';
import type { ShareOf } from './share.ts';

/** What a thread begins with. */
export type Told = { readonly share: ShareOf; readonly logName: string };

type Answers = { start: undefined; status: RunnerStatus; metrics: Metrics; stop: undefined };
type Question = keyof Answers;
export type Asked = { readonly id: number; readonly question: Question };
export type Said = { readonly id: number; readonly answer: unknown } | { readonly fatal: string };

/** Longer than a commit may take. */
const stopMsMax = 20_000;

/** Has not answered in time: it is busy, or stuck. */
export class Unanswered extends Error {}

/** A thread does not load TypeScript by itself, other than its process. */
const entry = `import('${import.meta.resolve('tsx/esm/api')}').then(({ register }) => {
  register();
  return import('${new URL('./entry.ts', import.meta.url)}');
});`;

export class Thread {
  readonly #worker: Worker;
  readonly #name: string;
  readonly #asked = new Map<number, (answer: never) => void>();
  #questions = 0;
  #isStopped = false;

  /** @param onFatal called with whatever it cannot go on after: nobody here folds its processors then */
  constructor(told: Told, onFatal: (why: string) => void) {
    this.#name = `thread of ${told.share.processors.join(', ')}`;
    this.#worker = new Worker(entry, { eval: true, workerData: told });
    this.#worker.on('message', (said: Said) => {
      if ('fatal' in said) onFatal(said.fatal);
      else this.#take(said.id, said.answer as never);
    });
    // Whatever it throws, and that its memory is full.
    this.#worker.on('error', (error) => onFatal(`${this.#name}: ${error.stack ?? error.message}`));
    this.#worker.on('exit', (code) => {
      if (!this.#isStopped) onFatal(`${this.#name} ended with code ${code}`);
    });
  }

  /** @throws Unanswered after so many ms, if they are given; else it waits until the process ends */
  ask<Q extends Question>(question: Q, withinMs?: number): Promise<Answers[Q]> {
    return new Promise((resolve, reject) => {
      const id = this.#questions++;
      const late = () => {
        this.#asked.delete(id);
        reject(new Unanswered(`${this.#name} has not answered for ${withinMs} ms`));
      };
      const timer = withinMs === undefined ? undefined : setTimeout(late, withinMs);
      this.#asked.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#worker.postMessage({ id, question } satisfies Asked);
    });
  }

  /** After the commits under way; one that is stuck ends without, as by kill -9. */
  async stop(): Promise<void> {
    await this.ask('stop', stopMsMax).catch((error) => {
      if (!(error instanceof Unanswered)) throw error;
    });
    this.#isStopped = true;
    await this.#worker.terminate();
  }

  #take(id: number, answer: never): void {
    this.#asked.get(id)?.(answer);
    this.#asked.delete(id);
  }
}
