// Runs one processor over all that its input topic holds, and tells how fast it was.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'cassandra-driver';
import { Registry as MetricsRegistry } from 'prom-client';
import type { Config } from '../infra/config.ts';
import { createKafka, topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { ProcessorMetrics } from '../processors/runtime/metrics.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import { Runner } from '../processors/runtime/runner.ts';

export type FoldRun = {
  readonly config: Config;
  readonly log: Log;
  readonly cassandra: Client | null;
  readonly processor: Processor;
};
export type FoldResult = { readonly events: number; readonly perSecond: number; readonly cpuSeconds: number };

/** Measured from the first commit, so that joining the group and opening connections do not count. */
export async function foldBacklog(run: FoldRun): Promise<FoldResult> {
  const { config, log, cassandra, processor } = run;
  const total = await endOf(config, log, processor);
  const onFatal = (why: string) => {
    throw new Error(why);
  };
  const runner = new Runner({
    config,
    log,
    cassandra,
    processors: [processor],
    metrics: new ProcessorMetrics(new MetricsRegistry()),
    onFatal,
  });
  const folded = () =>
    (runner.status().processors[processor.name] ?? []).reduce((sum, { offset }) => sum + (offset ?? 0), 0);
  await runner.start();
  while (folded() === 0) await pause(1);
  const [first, startedAt, cpu] = [folded(), performance.now(), process.cpuUsage()];
  while (folded() < total) await pause(2);
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(cpu);
  await runner.stop();
  return { events: total, perSecond: (total - first) / seconds, cpuSeconds: (used.user + used.system) / 1e6 };
}

async function endOf(config: Config, log: Log, processor: Processor): Promise<number> {
  const admin = createKafka(config, log).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topicIn(config.namespace, processor.input));
  await admin.disconnect();
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}
