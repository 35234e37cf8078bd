// What one thread runs: some of the processors, on connections and metrics of their own.
import type { Client } from 'cassandra-driver';
import { Registry as MetricsRegistry } from 'prom-client';
import { connectCassandra, createCassandra } from '../../infra/cassandra.ts';
import type { Config } from '../../infra/config.ts';
import type { Log } from '../../infra/log.ts';
import { processorList } from '../list.ts';
import { ProcessorMetrics } from '../runtime/metrics.ts';
import { Runner, type RunnerStatus } from '../runtime/runner.ts';

/** Plain data, which a thread can be told. */
export type ShareOf = {
  readonly config: Config;
  /** By name; there may be none. */
  readonly processors: readonly string[];
  /** False without rows (a benchmark of the fold alone). */
  readonly hasRows: boolean;
};

export class Share {
  readonly metrics = new MetricsRegistry();
  readonly #log: Log;
  readonly #cassandra: Client | null;
  readonly #runner: Runner | null;

  constructor({ config, processors: names, hasRows }: ShareOf, log: Log, onFatal: (why: string) => void) {
    const processors = processorList.filter(({ name }) => names.includes(name));
    const cassandra = hasRows && processors.length > 0 ? createCassandra(config, log) : null;
    const metrics = new ProcessorMetrics(this.metrics);
    this.#log = log;
    this.#cassandra = cassandra;
    this.#runner = processors.length > 0 ? new Runner({ config, log, cassandra, processors, metrics, onFatal }) : null;
  }

  async start(): Promise<void> {
    if (this.#cassandra) await connectCassandra(this.#cassandra, this.#log);
    await this.#runner?.start();
  }

  status(): RunnerStatus {
    return this.#runner?.status() ?? { ready: true, why: [], processors: {} };
  }

  /** After the commits under way. */
  async stop(): Promise<void> {
    await this.#runner?.stop();
    await this.#cassandra?.shutdown();
  }
}
