// A rebuild of one million events of `history`, rows included, with a swap, while others write and read: how fast, what they notice, and how long Kafka Streams takes.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../infra/config.ts';
import { freePorts } from '../infra/local/ports.mjs';
import type { Log } from '../infra/log.ts';
import { provision } from '../infra/provision.ts';
import { type Backlog, dropBacklog, environmentOf, fillBacklog } from './backlog.ts';
import { ownConfig, stopped } from './gift-platform.ts';
import { built } from './peers/kafka-streams/built.ts';
import { perSecond, type Times, underLoad } from './rebuild-load.ts';
import { type PeerTimes, rebuildPeer } from './rebuild-peer.ts';
import { percentile, table } from './table.ts';

const size = { events: Number(process.env.REBUILD_EVENTS ?? 1_000_000), users: 10_000, videos: 5_000, seed: 1 };
const quietSeconds = 30;
const catchUpMsMax = 600_000;

type Lag = { readonly name: string; readonly lag: number };

export async function rebuild(config: Config, log: Log): Promise<void> {
  const ports = (await freePorts()) as Record<string, number>;
  const url = `http://127.0.0.1:${ports.api}`;
  const own = ownConfig(config, 'rebuild');
  const env = { ...environmentOf(own), PORT: String(ports.api), PROCESSORS_PORT: String(ports.processors) };
  await provision(own, log);
  const children: ChildProcess[] = [];
  let backlog: Backlog = { config: own, events: [] };
  try {
    backlog = await fillBacklog(own, log, size);
    process.stdout.write(`${size.events.toLocaleString('en')} events published\n`);
    children.push(run('processors/main.ts', [], env), run('api/main.ts', [], env));
    const folding = await untilFolded(url);
    process.stdout.write(`folded by live, first to last, in ${folding.toFixed(0)} s\n`);
    const before = await underLoad(url, () => pause(quietSeconds * 1_000));
    const started = performance.now();
    let said = '';
    const during = await underLoad(url, async () => {
      const child = run('operations/rebuild/main.ts', ['history', '--swap'], env, (text) => {
        said += text;
      });
      await new Promise((done) => child.once('exit', done));
    });
    const seconds = (performance.now() - started) / 1_000;
    report({ before, during, seconds, said });
    const peer = await built();
    if (typeof peer === 'string') process.stdout.write(`${peer}\nrebuild ratio none\n`);
    else compare(seconds, await rebuildPeer(own, log, { peer, url, events: size.events }));
  } finally {
    for (const child of children) await stopped(child);
    await dropBacklog(backlog, log);
  }
}

function run(main: string, args: readonly string[], env: NodeJS.ProcessEnv, onText?: (text: string) => void) {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    env,
    stdio: ['ignore', onText ? 'pipe' : 'ignore', 'inherit'],
  });
  child.stdout?.on('data', (text) => onText?.(String(text)));
  return child;
}

/** Seconds from the first folded event until nothing is left. */
async function untilFolded(url: string): Promise<number> {
  const deadline = performance.now() + catchUpMsMax;
  let startedAt: number | null = null;
  while (performance.now() < deadline) {
    const answer = await fetch(`${url}/api/demo/architecture`).catch(() => null);
    const { processors } = (answer?.ok ? await answer.json() : { processors: [] }) as { processors: Lag[] };
    const history = processors.find(({ name }) => name === 'history');
    if (history && history.lag < size.events) startedAt ??= performance.now();
    if (startedAt && processors.every(({ lag }) => lag === 0)) return (performance.now() - startedAt) / 1_000;
    await pause(200);
  }
  throw new Error(`the backlog was not folded within ${catchUpMsMax} ms`);
}

function report(of: { before: Times; during: Times; seconds: number; said: string }): void {
  const { before, during, seconds, said } = of;
  process.stdout.write(said);
  const row = (name: string, pick: (times: Times) => number[]) => [
    name,
    ...[before, during].flatMap((times) => [0.5, 0.99].map((share) => percentile(pick(times), share).toFixed(0))),
  ];
  const rows = [
    row('POST acknowledged', ({ acknowledged }) => acknowledged),
    row('visible in the history', ({ visible }) => visible),
    row('figures of a video read', ({ video }) => video),
  ];
  const head = [`ms at ${perSecond} of each a second`, 'P50 quiet', 'P99 quiet', 'P50 rebuilding', 'P99 rebuilding'];
  process.stdout.write(table(head, rows));
  const asked = during.acknowledged.length + during.failed.length;
  process.stdout.write(`${during.failed.length} of ${asked} failed while rebuilding, ${before.failed.length} before\n`);
  for (const failure of [...before.failed, ...during.failed].slice(0, 5)) process.stdout.write(`  ${failure}\n`);
  process.stdout.write(
    `rebuilt ${size.events.toLocaleString('en')} events with their rows, compared and swapped in ${seconds.toFixed(0)} s: ${Math.round(size.events / seconds).toLocaleString('en')} events/s\n`,
  );
}

function compare(ours: number, { restored, restoring, reprocessing }: PeerTimes): void {
  const line = (name: string, seconds: number) => [name, seconds.toFixed(1), (seconds / ours).toFixed(2)];
  process.stdout.write(
    table(
      [`history of ${size.events.toLocaleString('en')} events, live load on`, 'seconds', 'times ours'],
      [
        line('ours: states and rows folded anew, compared, swapped', ours),
        line('Kafka Streams: states folded anew from the input', reprocessing),
        line(`Kafka Streams: states copied from ${restored.toLocaleString('en')} changelog records`, restoring),
      ],
    ),
  );
  process.stdout.write(
    `reprocess ratio ${(reprocessing / ours).toFixed(2)}\nrebuild ratio ${(restoring / ours).toFixed(2)}\n`,
  );
}
