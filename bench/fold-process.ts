// Our side of the benchmark `fold`: one process that runs history and engagement without rows, and says how fast it was.
import { setTimeout as pause } from 'node:timers/promises';
import { Registry as MetricsRegistry } from 'prom-client';
import { readConfig } from '../infra/config.ts';
import { createLog } from '../infra/log.ts';
import { engagement } from '../processors/engagement/processor.ts';
import { history } from '../processors/history/processor.ts';
import { ProcessorMetrics } from '../processors/runtime/metrics.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import { Runner } from '../processors/runtime/runner.ts';

const total = Number(process.argv[2]);
const say = (said: object) => process.stdout.write(`${JSON.stringify(said)}\n`);

const runner = new Runner({
  config: readConfig(),
  log: createLog('bench', 'error'),
  cassandra: null,
  processors: [history, engagement] as unknown as Processor[],
  metrics: new ProcessorMetrics(new MetricsRegistry()),
  onFatal: (why) => {
    process.stderr.write(`${why}\n`);
    process.exit(1);
  },
});

/** Offsets committed with their states; every event of the backlog is about a video, so both inputs end at the same number. */
const committed = (name: string) =>
  (runner.status().processors[name] ?? []).reduce((sum, { offset }) => sum + (offset ?? 0), 0);

await runner.start();
while (committed('history') === 0) await pause(1);
const [first, startedAt, cpu] = [committed('history'), performance.now(), process.cpuUsage()];
say({ said: 'first' });
while (committed('engagement') < total / 2) await pause(5);
const [half, halfAt] = [committed('engagement'), performance.now()];
while (committed('engagement') < total || committed('history') < total) await pause(5);
const endedAt = performance.now();
const { user, system } = process.cpuUsage(cpu);
say({
  said: 'done',
  // What the first commit held was folded before the time began.
  perSecond: ((total - first) * 1_000) / (endedAt - startedAt),
  secondHalf: ((total - half) * 1_000) / (endedAt - halfAt),
  cpuSeconds: (user + system) / 1e6,
});
await new Promise((resolve) => process.stdin.once('data', resolve).once('end', resolve));
await runner.stop();
process.exit(0);
