// Runs seeds of the simulation from the command line: prints progress, what struck where, and how to replay a seed that fails.
import { Command, InvalidArgumentError, Option } from 'commander';
import { addCounts, type Counts, tableOf } from './coverage.ts';
import { type Guard, guardNames, guardsWithout } from './guards.ts';
import { places } from './places.ts';
import type { Report } from './report.ts';
import { simulate } from './simulate.ts';

const whole = (text: string) => {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('a whole number from 1 on is expected.');
  return Number(text);
};
type Options = {
  readonly seeds: number;
  readonly from: number;
  readonly every: number;
  readonly seed?: number;
  readonly off?: Guard;
  readonly trace: boolean;
  readonly json: boolean;
};
const values = new Command('simulation')
  .description(
    'Runs the runner under a seeded scheduler that crashes, delays and reorders, and compares with a plain fold.',
  )
  .option('--seeds <n>', 'how many seeds', whole, 1_000)
  .option('--from <n>', 'the first seed', whole, 1)
  .option('--every <n>', 'only each n-th seed, for several processes side by side', whole, 1)
  .option('--seed <n>', 'this seed alone', whole)
  .addOption(new Option('--off <guard>', 'leaves out a guard, so that seeds must fail').choices(guardNames))
  .option('--trace', 'prints every step', false)
  .option('--json', 'prints the report as JSON', false)
  .parse()
  .opts<Options>();

const off = values.off ?? null;
const from = values.seed ?? values.from;
const seeds = values.seed === undefined ? values.seeds : 1;
const guards = guardsWithout(off);
const failuresMax = off === null ? 20 : 1;
const say = (text: string) => void process.stderr.write(`${text}\n`);

// Most errors here are answers, not mishaps: where nobody reads it, a stack is only slow.
if (!values.trace) Error.stackTraceLimit = 0;

const counts: Counts = {};
const failures: { seed: number; failure: string }[] = [];
let ran = 0;
const startedAt = performance.now();
for (let seed = from; seed < from + seeds && failures.length < failuresMax; seed += values.every) {
  const verdict = await simulate({ seed, guards, trace: values.trace });
  ran += 1;
  addCounts(counts, verdict.counts);
  if (values.trace) for (const line of verdict.trace) console.log(line);
  if (verdict.failure) {
    failures.push({ seed, failure: verdict.failure });
    const replay = `node --import tsx tests/simulation/main.ts --seed ${seed}${off ? ` --off ${off}` : ''} --trace`;
    say(`seed ${seed} failed: ${verdict.failure}\n  replay: ${replay}`);
  }
  if (ran % 1000 === 0) say(`${ran} seeds, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  if (ran % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const seconds = (performance.now() - startedAt) / 1000;
if (values.json) console.log(JSON.stringify({ seeds: ran, failures, counts } satisfies Report));
else console.log(`${tableOf(counts, places)}\n${ran} seeds in ${seconds.toFixed(1)} s, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
