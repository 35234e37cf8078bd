// A rebuild of one million events of `history`, rows included, with a swap, while others write and read: how fast, and what they notice.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../infra/config.ts';
import { freePorts } from '../infra/local/ports.mjs';
import type { Log } from '../infra/log.ts';
import { provision } from '../infra/provision.ts';
import { type Backlog, dropBacklog, fillBacklog } from './backlog.ts';
import { percentile, table } from './table.ts';

const size = { events: 1_000_000, users: 10_000, videos: 5_000, seed: 1 };
const perSecond = 50;
const quietSeconds = 30;
const catchUpMsMax = 600_000;

type Times = { acknowledged: number[]; visible: number[]; video: number[]; failed: string[] };
type Lag = { readonly name: string; readonly lag: number };
const noTimes = (): Times => ({ acknowledged: [], visible: [], video: [], failed: [] });

export async function rebuild(config: Config, log: Log): Promise<void> {
  const name = `bench${process.pid}`;
  const ports = (await freePorts()) as Record<string, number>;
  const url = `http://127.0.0.1:${ports.api}`;
  const own: Config = { ...config, namespace: `${name}_`, cassandra: { ...config.cassandra, keyspace: name } };
  const env = environmentOf(own, ports);
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
    report({ before, during, seconds: (performance.now() - started) / 1_000, said });
  } finally {
    for (const child of children) await stopped(child);
    await dropBacklog(backlog, log);
  }
}

function environmentOf(own: Config, ports: Record<string, number>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    KAFKA_BROKERS: own.kafka.brokers.join(','),
    SCHEMA_REGISTRY_URL: own.registry.url,
    CASSANDRA_CONTACT_POINTS: own.cassandra.contactPoints.join(','),
    REDIS_URL: own.redis.url,
    NAMESPACE: own.namespace,
    CASSANDRA_KEYSPACE: own.cassandra.keyspace,
    PORT: String(ports.api),
    PROCESSORS_PORT: String(ports.processors),
    LOG_LEVEL: 'error',
  };
}

function run(main: string, args: readonly string[], env: NodeJS.ProcessEnv, onText?: (text: string) => void) {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    env,
    stdio: ['ignore', onText ? 'pipe' : 'ignore', 'inherit'],
  });
  child.stdout?.on('data', (text) => onText?.(String(text)));
  return child;
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
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

/** Posts and reads at a fixed arrival rate for as long as the work lasts; times count from when a request was due. */
async function underLoad(url: string, work: () => Promise<unknown>): Promise<Times> {
  const times = noTimes();
  let isOver = false;
  const over = work().then(() => {
    isOver = true;
  });
  const open = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let i = 0; !isOver; i++) {
    const due = startedAt + (i * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    const one = once(url, i, due, times).finally(() => open.delete(one));
    open.add(one);
  }
  await Promise.all(open);
  await over;
  return times;
}

async function once(url: string, i: number, due: number, times: Times): Promise<void> {
  const userId = `user${i % 500}`;
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await fetch(url + path, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${path.split('?')[0]}: ${text.slice(0, 200)}`);
    return text;
  };
  try {
    const body = JSON.stringify({ userId, videoId: `video${i % 60}`, watchDurationMs: 1_000 });
    const headers = { 'content-type': 'application/json' };
    const { token } = JSON.parse(await ask('/api/demo/track-view', { method: 'POST', headers, body }));
    times.acknowledged.push(performance.now() - due);
    await ask(`/api/users/${userId}/history?limit=5&token=${encodeURIComponent(token)}`);
    times.visible.push(performance.now() - due);
    const askedAt = performance.now();
    await ask(`/api/videos/video${i % 60}`);
    times.video.push(performance.now() - askedAt);
  } catch (error) {
    times.failed.push(error instanceof Error ? error.message : String(error));
  }
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
