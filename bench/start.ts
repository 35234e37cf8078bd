// `npm start` in a copy of this folder without packages or data, then again with them: how long until it is ready, and the memory of every process.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../infra/local/ports.mjs';
import { runningState } from '../infra/local/running.mjs';
import { addressNames, portTable } from '../infra/local/settings.mjs';
import { residentMiB } from './process-cost.ts';
import { type Benchmark, type Result, type Setting, short } from './result.ts';
import { median } from './table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const aims = { firstSeconds: 90, secondSeconds: 40 };
const startMsMax = 400_000;

type Started = { readonly seconds: number; readonly mebibytes: Readonly<Record<string, number>> };

/** What is under version control or would be: no packages, no data. */
function copied(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-start-'));
  const listed = execFileSync('git', ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter(Boolean)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  return folder;
}

/** Ports of its own, none of the addresses that this process may have been given. */
async function environment(): Promise<NodeJS.ProcessEnv> {
  const ports = (await freePorts()) as Record<string, number>;
  const given: readonly string[] = [
    ...addressNames,
    'API_URL',
    'PROCESSORS_URL',
    'STACK_FOLDER',
    'NAMESPACE',
    'INIT_CWD',
  ];
  const kept = Object.entries(process.env).filter(([name]) => !given.includes(name));
  const own = portTable.map(({ name, variable }) => [variable, String(ports[name])] as const);
  return { ...Object.fromEntries(kept), ...Object.fromEntries(own), CASSANDRA_KEYSPACE: 'profithack_g1' };
}

async function ready(child: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not started in time: ${said.slice(-2_000)}`)), startMsMax);
    child.stdout?.on('data', (data) => {
      said += String(data);
      if (/^Started in [\d.]+ s/m.test(said)) resolve(clearTimeout(late));
    });
    child.stderr?.on('data', (data) => {
      said += String(data);
    });
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${said.slice(-2_000)}`)));
  });
}

/** Until everything is ready, demo data included; then stopped again. */
async function started(folder: string): Promise<Started> {
  const env = await environment();
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['infra/local/start.mjs'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await ready(child);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { pids = {} } = (runningState(join(folder, '.stack/start')) ?? {}) as { pids?: Record<string, number> };
    const all = Object.entries({ supervisor: child.pid ?? 0, ...pids });
    return { seconds, mebibytes: Object.fromEntries(all.map(([name, pid]) => [name, residentMiB(pid) ?? Number.NaN])) };
  } finally {
    child.kill('SIGINT');
    await ended;
  }
}

async function run({ quick, say }: Setting): Promise<Result> {
  const rounds = Number(process.env.BENCH_ROUNDS ?? (quick ? 1 : 3));
  const [first, second]: [Started[], Started[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const folder = copied();
    try {
      for (const [which, kept] of Object.entries({ first, second })) {
        const one = await started(folder);
        kept.push(one);
        say(`${which} start: ${one.seconds.toFixed(1)} s`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return report(first, second);
}

function report(first: readonly Started[], second: readonly Started[]): Result {
  const secondsOf = (all: readonly Started[]) => median(all.map(({ seconds }) => seconds));
  const names = [...new Set([...first, ...second].flatMap(({ mebibytes }) => Object.keys(mebibytes)))];
  const of = (all: readonly Started[], name: string) =>
    median(all.map(({ mebibytes }) => mebibytes[name] ?? Number.NaN));
  const sum = (all: readonly Started[]) => names.reduce((total, name) => total + (of(all, name) || 0), 0);
  const unknown = names.filter((name) => !Number.isFinite(of(second, name)));
  const row = (title: string, all: readonly Started[]) => [
    title,
    secondsOf(all).toFixed(1),
    short(sum(all)),
    ...names.map((name) => short(of(all, name))),
  ];
  const aim = (what: string, value: number, most: number) =>
    ({ what, value, unit: 's', bound: 'at most', aim: most }) as const;
  return {
    ratio: null,
    aims: [
      aim('first start, packages in the cache', secondsOf(first), aims.firstSeconds),
      aim('second start', secondsOf(second), aims.secondSeconds),
    ],
    tables: [
      {
        title: `npm start until the demo feed answers; medians of ${first.length}; memory is resident MiB right after`,
        head: ['', 's', 'MiB in all', ...names],
        rows: [row('first start', first), row('second start', second)],
      },
    ],
    charts: [],
    notes: [
      'The first start is in a copy of the folder without packages or data; what npm and Maven download is in their caches.',
    ],
    gaps: unknown.length > 0 ? [`the memory of ${unknown.join(', ')} is not known (a container's)`] : [],
  };
}

export const start: Benchmark = {
  title: 'npm start, and the memory of the whole stack',
  peer: 'its own second start',
  run,
};
