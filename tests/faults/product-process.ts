// One process of the product: started like `npm start` does, started again when it dies, and its memory looked at.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Child } from '../../infra/local/child.mjs';
import { root } from '../../infra/local/settings.mjs';

export type ProcessSpec = {
  readonly name: string;
  /** Below the root, as in `api/main.ts`. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where it says how it is. */
  readonly healthUrl: string;
};

export type HealthAnswer = { readonly status: number; readonly body: string };

const run = promisify(execFile);
/** The API itself waits a second for each dependency. */
const healthMsMax = 3_000;
const restartAfterMs = 500;
const lastLinesRead = 30;
const nodeFlags = ['--max-semi-space-size=64', '--import', 'tsx'];

export class ProductProcess {
  readonly spec: ProcessSpec;
  /** Ends that nobody asked for, with the last words. */
  readonly deaths: string[] = [];
  rssMbMax = 0;
  readonly #folder: string;
  #child: Child;
  #isWanted = true;
  #isBeingKilled = false;

  constructor(folder: string, spec: ProcessSpec) {
    this.#folder = folder;
    this.spec = spec;
    this.#child = this.#spawn();
  }

  /** Status 0 if nothing answers. */
  async health(): Promise<HealthAnswer> {
    try {
      const response = await fetch(this.spec.healthUrl, { signal: AbortSignal.timeout(healthMsMax) });
      return { status: response.status, body: await response.text() };
    } catch {
      return { status: 0, body: '' };
    }
  }

  /** SIGKILL; it is started again like by any supervisor. */
  async kill(): Promise<void> {
    this.#isBeingKilled = true;
    this.#child.kill();
    await this.#child.exited;
  }

  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** SIGTERM, for good. @returns ms until it had ended */
  async stop(msMax: number): Promise<number> {
    this.#isWanted = false;
    const sinceMs = performance.now();
    this.#signal('SIGTERM');
    await Promise.race([this.#child.exited, pause(msMax, undefined, { ref: false })]);
    const ms = performance.now() - sinceMs;
    this.end();
    await this.#child.exited;
    return ms;
  }

  end(): void {
    this.#isWanted = false;
    this.#child.kill();
  }

  async measureMemory(): Promise<void> {
    if (this.#child.ended || this.#child.pid === undefined) return;
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(this.#child.pid)]).catch(() => ({ stdout: '0' }));
    this.rssMbMax = Math.max(this.rssMbMax, Number(stdout.trim()) / 1_024);
  }

  #spawn(append = false): Child {
    const { name, file, env } = this.spec;
    const args = [...nodeFlags, join(root, file)];
    const child = new Child(
      this.#folder,
      { name, command: process.execPath, args, env, stopRank: 1, graceMs: 0 },
      append,
    );
    child.exited.then((end: { reason: string }) => this.#ended(child, end.reason));
    return child;
  }

  async #ended(child: Child, reason: string): Promise<void> {
    if (!this.#isWanted) return;
    if (!this.#isBeingKilled) this.deaths.push(`${this.spec.name}: ${reason}: ${whyEnded(child)}`);
    this.#isBeingKilled = false;
    await pause(restartAfterMs);
    if (this.#isWanted) this.#child = this.#spawn(true);
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#child.pid !== undefined && !this.#child.ended) process.kill(this.#child.pid, name);
  }
}

/** Of its last lines the one that names an error. */
function whyEnded(child: Child): string {
  const lines = child.lastLines(lastLinesRead);
  return lines.findLast((line: string) => /Error|"level":[56]0/.test(line)) ?? lines.at(-1) ?? 'without a word';
}
