// Events posted in batches to the API, with nobody folding them; beside kafkajs producing the same batches of Avro from a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../infra/local/ports.mjs';
import { activity, dropBacklog } from './backlog.ts';
import { environmentOf, ownConfig, provisioned, run as runProcess, stopped } from './gift-platform.ts';
import { HttpClient } from './http-client.ts';
import type { BareRate, BareRun } from './ingest-bare.ts';
import { type Closed, closedLoop, inTurn } from './load.ts';
import { cpuSecondsOf } from './process-cost.ts';
import { type Benchmark, type Result, type Setting, short } from './result.ts';
import { median } from './table.ts';

const batch = 100;
const callers = 16;
const aim = 0.6;
const bodiesMade = 200;
const bareProcess = fileURLToPath(new URL('ingest-bare.ts', import.meta.url));

type Rate = { readonly perSecond: number; readonly cpuMicros: number };

const bodies = (): string[] => {
  const sizes = { events: batch * bodiesMade, users: 10_000, videos: 5_000, seed: 1 };
  const events = [...activity(sizes, Date.now())].map((event) => {
    const { userId, action, videoId } = event as { userId: string; action: string; videoId: string };
    const watched = event.action === 'view' ? { watchDurationMs: event.watchDurationMs } : {};
    return { userId, action, videoId, ...watched };
  });
  return Array.from({ length: bodiesMade }, (_, n) => JSON.stringify(events.slice(n * batch, (n + 1) * batch)));
};

const cpuSecondsUsedBy = ({ pid }: ChildProcess): number => cpuSecondsOf(pid ?? null) ?? Number.NaN;

async function throughApi(port: number, api: ChildProcess, given: readonly string[], loop: Closed): Promise<Rate> {
  const client = new HttpClient(port, callers);
  const before = cpuSecondsUsedBy(api);
  let sent = 0;
  const perSecond = await closedLoop(loop, async (i) => {
    const { status, body } = await client.post('/api/events', {}, given[i % given.length] as string);
    const accepted = body.match(/"accepted":true/g)?.length ?? 0;
    if (accepted !== batch) throw new Error(`${batch - accepted} events were refused: ${status} ${body.slice(0, 300)}`);
    sent += accepted;
    return accepted;
  });
  client.close();
  return { perSecond, cpuMicros: ((cpuSecondsUsedBy(api) - before) * 1e6) / sent };
}

async function bare(env: NodeJS.ProcessEnv, of: BareRun): Promise<Rate> {
  const options = ['--max-semi-space-size=64', '--import', 'tsx', bareProcess, JSON.stringify(of)];
  const child = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (data) => {
    said += String(data);
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`kafkajs alone ended with ${code}`);
  return JSON.parse(said) as BareRate;
}

async function untilAccepted(port: number, body: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (let last = ''; ; ) {
    if (performance.now() > deadline) throw new Error(`the API took no events within a minute: ${last}`);
    const client = new HttpClient(port, 1);
    const answer = await client.post('/api/events', {}, body).catch((error: Error) => ({ body: error.message }));
    client.close();
    last = answer.body.slice(0, 300);
    if (last.includes('"accepted":true')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function run({ config, log, quick, say }: Setting): Promise<Result> {
  const [rounds, seconds, warmUpSeconds] = quick ? [3, 4, 2] : [5, 8, 3];
  const own = ownConfig(config, 'ingest');
  await provisioned(own, log);
  const ports = (await freePorts()) as Record<string, number>;
  const [port, env] = [ports.api as number, environmentOf(own, ports)];
  const api = runProcess('api/main.ts', env);
  try {
    const given = bodies();
    await untilAccepted(port, given[0] as string);
    const loop = { callers, seconds, warmUpSeconds };
    await throughApi(port, api, given, { ...loop, seconds: warmUpSeconds });
    say(`the API takes events; ${rounds} rounds of ${seconds} s each`);
    const alone = (encodes: boolean, idempotent: boolean) => () => bare(env, { ...loop, batch, encodes, idempotent });
    const sides = {
      api: () => throughApi(port, api, given, loop),
      encoding: alone(true, false),
      idempotent: alone(true, true),
      encoded: alone(false, false),
    };
    return report(await inTurn<Rate>(rounds, sides));
  } finally {
    await stopped(api);
    await dropBacklog({ config: own, events: [] }, log);
  }
}

const titles: Readonly<Record<string, string>> = {
  api: 'the API over HTTP',
  encoding: 'kafkajs, Avro made meanwhile',
  idempotent: "the same with our publisher's settings (idempotent, one send at a time)",
  encoded: 'kafkajs, Avro made before',
};

function report(all: Readonly<Record<string, Rate[]>>): Result {
  const rate = (name: string) => median((all[name] ?? []).map(({ perSecond }) => perSecond));
  const rows = Object.entries(all).map(([name, rates]) => {
    const perSecond = rates.map((one) => one.perSecond);
    const figures = [median(perSecond), Math.min(...perSecond), Math.max(...perSecond)].map(short);
    const through = `${(rate('api') / rate(name)).toFixed(2)} ×`;
    return [titles[name] ?? name, ...figures, short(median(rates.map(({ cpuMicros }) => cpuMicros))), through];
  });
  const best = Math.max(rate('encoding'), rate('idempotent'));
  return {
    ratio: rate('api') / best,
    aims: [
      {
        what: 'events/s over HTTP through those of kafkajs alone',
        value: rate('api') / best,
        unit: '×',
        bound: 'at least',
        aim,
      },
    ],
    tables: [
      {
        title: `events/s in batches of ${batch}, ${callers} at once; ${all.api?.length} rounds`,
        head: ['', 'median', 'min', 'max', 'CPU µs an event', 'the API through it'],
        rows,
      },
    ],
    charts: [
      {
        kind: 'bars',
        title: `Events a second in batches of ${batch}`,
        unit: 'events/s',
        labels: Object.keys(all).map((name) =>
          name === 'idempotent' ? 'kafkajs, idempotent' : (titles[name] ?? name),
        ),
        series: [{ name: 'median', values: Object.keys(all).map(rate) }],
      },
    ],
    notes: [
      'Nobody folds meanwhile, on either side. The API parses JSON, checks and identifies each event, and answers with its place in the log; the client of its HTTP runs on the other core. The ratio is to kafkajs with the faster of both settings that make Avro meanwhile; all sides use the same faster record encoder (`npm run bench -- encode`).',
    ],
    gaps: [],
  };
}

export const ingest: Benchmark = {
  title: `Events over HTTP in batches of ${batch}`,
  peer: 'kafkajs producing the same batches of Avro',
  run,
};
