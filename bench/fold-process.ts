// Our side of the benchmark `fold`: one process that runs history and engagement without rows, and says how fast it was.
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../infra/config.ts';
import { createLog } from '../infra/log.ts';
import { Threads } from '../processors/threads/threads.ts';

const total = Number(process.argv[2]);
const say = (said: object) => process.stdout.write(`${JSON.stringify(said)}\n`);

const config = readConfig();
const folding = new Threads({
  config,
  processors: ['history', 'engagement'],
  hasRows: false,
  threads: config.processors.threads,
  log: createLog('bench', 'error'),
  onFatal: (why) => {
    process.stderr.write(`${why}\n`);
    process.exit(1);
  },
});

/** Offsets committed with their states; every event of the backlog is about a video, so both inputs end at the same number. */
async function committed(): Promise<Readonly<Record<'history' | 'engagement', number>>> {
  const { processors } = await folding.status();
  const sumOf = (name: string) => (processors[name] ?? []).reduce((sum, { offset }) => sum + (offset ?? 0), 0);
  return { history: sumOf('history'), engagement: sumOf('engagement') };
}

await folding.start();
let now = await committed();
while (now.history === 0) {
  await pause(1);
  now = await committed();
}
const [first, startedAt, cpu] = [now.history, performance.now(), process.cpuUsage()];
say({ said: 'first' });
while (now.engagement < total / 2) {
  await pause(5);
  now = await committed();
}
const [half, halfAt] = [now.engagement, performance.now()];
while (now.engagement < total || now.history < total) {
  await pause(5);
  now = await committed();
}
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
await folding.stop();
process.exit(0);
