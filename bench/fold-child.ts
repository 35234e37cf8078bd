// A child process that folds and says how it went, a JSON object a line: ours and the peer alike.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cpuSecondsOf, memoryPeakMiB } from './process-cost.ts';

export type Said = { readonly said: string; readonly [name: string]: unknown };

/** Of a run over a backlog; `secondHalf` when everything is warm. */
export type Folded = { readonly perSecond: number; readonly secondHalf: number; readonly cpuSeconds: number };

/** What else worked for it: Redis on our side, the broker on both. Null where it cannot be told. */
export type FoldCost = Folded & {
  readonly memoryMiB: number | null;
  readonly othersCpuSeconds: Readonly<Record<string, number | null>>;
};

const saidWithinMs = 600_000;

export class FoldChild {
  readonly #child: ChildProcess;
  readonly #said: Said[] = [];
  #wake: () => void = () => {};
  #ended: string | null = null;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.once('error', (error) => this.#end(error.message));
    this.#child.once('exit', (code, signal) => this.#end(`exit code ${code ?? signal}`));
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      this.#said.push(JSON.parse(line) as Said);
      this.#wake();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next thing it says, which must be that. @throws when it ends, says something else, or nothing for ten minutes */
  async says(what: string): Promise<Said> {
    const deadline = performance.now() + saidWithinMs;
    while (this.#said.length === 0) {
      if (this.#ended !== null) throw new Error(`ended without saying "${what}": ${this.#ended}`);
      if (performance.now() > deadline) throw new Error(`did not say "${what}" in time`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const said = this.#said.shift() as Said;
    if (said.said !== what) throw new Error(`said "${said.said}" instead of "${what}"`);
    return said;
  }

  async ask(question: string): Promise<Said> {
    this.#child.stdin?.write(`${question}\n`);
    return this.says(question.split(' ')[0] as string);
  }

  /** From the first event to the commit of the last, and what that cost; `others` are processes that worked for it. */
  async folds(others: Readonly<Record<string, number | null>>): Promise<FoldCost> {
    await this.says('first');
    const before = Object.entries(others).map(([name, pid]) => [name, pid, cpuSecondsOf(pid)] as const);
    const { perSecond, secondHalf, cpuSeconds } = (await this.says('done')) as unknown as Folded;
    const spent = before.map(([name, pid, cpu]) => [name, cpu === null ? null : (cpuSecondsOf(pid) ?? 0) - cpu]);
    const othersCpuSeconds = Object.fromEntries(spent) as Record<string, number | null>;
    return { perSecond, secondHalf, cpuSeconds, othersCpuSeconds, memoryMiB: memoryPeakMiB(this.pid) };
  }

  /** Lets it end by itself. */
  async stop(): Promise<void> {
    this.#child.stdin?.end('stop\n');
    if (this.#ended !== null) return;
    await new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
  }

  #end(why: string): void {
    this.#ended ??= why;
    this.#wake();
  }
}
