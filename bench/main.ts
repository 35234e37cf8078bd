// `npm run bench [-- NAME… --quick]`: runs one benchmark, several or all, each in a process of its own, and keeps what they measured in the report.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { helpOr } from '../infra/local/help.mjs';
import { createLog } from '../infra/log.ts';
import { connectedConfig } from '../infra/running-stack.ts';
import { benchmarks, everyRun, names } from './list.ts';
import { Report } from './report.ts';
import { machineOf } from './report-machine.ts';
import type { Section } from './report-section.ts';
import { type Benchmark, short, verdict } from './result.ts';
import { table } from './table.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
const quickFlag = '--quick';
/** Variables that make a benchmark measure something else: the report's command has them. */
const variables = [
  'FOLD_EVENTS',
  'FOLD_ROUNDS',
  'PROCESSOR_THREADS',
  'KAFKA_STREAMS',
  'REBUILD_EVENTS',
  'BENCH_ROUNDS',
  'BENCH_EVENTS',
];
const print = (text: string) => process.stdout.write(`${text}\n`);

const usage = `Usage: npm run bench -- [${names.join(' | ')}]… [${quickFlag}]`;
const help = `${usage}
${names.map((name) => `  ${name.padEnd(14)}${benchmarks[name]?.title}; beside it: ${benchmarks[name]?.peer}`).join('\n')}
Without a name all of them but live; ${quickFlag}: short, to see that they work. What is compared, and why it is fair: docs/benchmarks.md.`;

function refuse(wrong: string): never {
  process.stderr.write(`${wrong}\n${usage}\n`);
  process.exit(2);
}

function commandOf(name: string, quick: boolean): string {
  const given = variables.flatMap((variable) => {
    const value = process.env[variable];
    return value === undefined ? [] : [`${variable}=${/^[\w.]+$/.test(value) ? value : `'${value}'`}`];
  });
  return [...given, 'npm run bench --', name, ...(quick ? [quickFlag] : [])].join(' ');
}

async function runOne(name: string, benchmark: Benchmark, quick: boolean): Promise<void> {
  const [config, log] = [connectedConfig(), createLog('bench', 'error')];
  const startedAt = performance.now();
  const say = (text: string) => process.stderr.write(`  ${name}: ${text}\n`);
  const { title, peer, run } = benchmark;
  const result = await run({ config, log, quick, say });
  const section: Section = {
    ...result,
    title,
    peer,
    quick,
    date: new Date().toISOString(),
    command: commandOf(name, quick),
    seconds: (performance.now() - startedAt) / 1_000,
    machine: await machineOf(config, log),
  };
  new Report(folder).merge(name, section, names);
  print(textOf(section));
  print(`${name} ratio ${result.ratio === null ? '–' : short(result.ratio)}`);
}

function textOf({ tables, aims, notes, gaps }: Section): string {
  return [
    ...tables.filter(({ title }) => title).map(({ title, head, rows }) => `\n${title}\n${table(head, rows)}`),
    ...aims.map((aim) => `${aim.what}: ${short(aim.value)} ${aim.unit} (${verdict(aim)})`),
    ...notes,
    ...gaps.map((gap) => `gap: ${gap}`),
  ].join('\n');
}

/** Each in a process of its own, so that none is slowed by what another has left; one that fails leaves its section as it was. */
async function runEach(chosen: readonly string[], quick: boolean): Promise<void> {
  const failed: string[] = [];
  for (const [i, name] of chosen.entries()) {
    print(`\n[${i + 1}/${chosen.length}] ${name}: ${benchmarks[name]?.title}`);
    const args = [...process.execArgv, fileURLToPath(import.meta.url), name, ...(quick ? [quickFlag] : [])];
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
    const code = await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
    if (code !== 0) failed.push(name);
  }
  print(`\nThe report is bench/report.md${failed.length > 0 ? `; failed: ${failed.join(', ')}` : ''}.`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

const given = process.argv.slice(2);
helpOr(given, help);
const quick = given.includes(quickFlag);
const chosen = given.filter((one) => one !== quickFlag);
const unknown = chosen.find((name) => !names.includes(name));
if (unknown !== undefined) refuse(`There is no benchmark ${unknown}.`);
// Benchmarks start the platform's processes by their files.
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const [first] = chosen;
if (first !== undefined && chosen.length === 1) await runOne(first, benchmarks[first] as Benchmark, quick);
else await runEach(chosen.length > 0 ? chosen : everyRun, quick);
process.exit();
