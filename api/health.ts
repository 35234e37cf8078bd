// Asks every dependency whether it answers, each within a second, and sums up; asked often, it answers from the last round.
import { setTimeout as pause } from 'node:timers/promises';

export type Checked = { readonly version?: string; readonly degraded?: string };
export type Check = () => Promise<Checked>;

export type DependencyHealth = {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly latency_ms: number;
  readonly version: string | null;
  /** Why it is not ok. */
  readonly reason: string | null;
};

export type HealthReport = {
  readonly status: DependencyHealth['status'];
  readonly dependencies: Readonly<Record<string, DependencyHealth>>;
};

const checkMsMax = 1_000;
const reusedMs = 500;

export class Health {
  readonly #checks: Readonly<Record<string, Check>>;
  #last: { readonly at: number; readonly report: Promise<HealthReport> } | null = null;

  constructor(checks: Readonly<Record<string, Check>>) {
    this.#checks = checks;
  }

  report(): Promise<HealthReport> {
    if (!this.#last || Date.now() - this.#last.at > reusedMs) this.#last = { at: Date.now(), report: this.#ask() };
    return this.#last.report;
  }

  async #ask(): Promise<HealthReport> {
    const asked = Object.entries(this.#checks).map(async ([name, check]) => [name, await outcomeOf(check)] as const);
    const dependencies = Object.fromEntries(await Promise.all(asked));
    const statuses = Object.values(dependencies).map(({ status }) => status);
    const status = statuses.includes('down') ? 'down' : statuses.includes('degraded') ? 'degraded' : 'ok';
    return { status, dependencies };
  }
}

async function outcomeOf(check: Check): Promise<DependencyHealth> {
  const began = performance.now();
  const latency = () => Math.round(performance.now() - began);
  try {
    const { version, degraded } = await withinTime(check);
    return {
      status: degraded ? 'degraded' : 'ok',
      latency_ms: latency(),
      version: version ?? null,
      reason: degraded ?? null,
    };
  } catch (error) {
    return { status: 'down', latency_ms: latency(), version: null, reason: reasonOf(error as Error) };
  }
}

/** The first line: some clients put a whole trace into their message. */
function reasonOf(error: Error): string {
  return (error.message.split('\n')[0] ?? '').slice(0, 200);
}

async function withinTime(check: Check): Promise<Checked> {
  const settled = new AbortController();
  const tooLate = pause(checkMsMax, undefined, { signal: settled.signal }).then(() => {
    throw new Error(`no answer within ${checkMsMax} ms`);
  });
  try {
    return await Promise.race([check(), tooLate]);
  } finally {
    tooLate.catch(() => undefined);
    settled.abort();
  }
}
