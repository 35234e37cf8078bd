// Runs seeds of the simulation from the command line: prints progress, what struck where, and how to replay a seed that fails.
import { parseArgs } from 'node:util';
import { addCounts, type Counts, tableOf } from './coverage.ts';
import { type Guard, guardNames, guardsWithout } from './guards.ts';
import { places } from './places.ts';
import type { Report } from './report.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    every: { type: 'string', default: '1' },
    seed: { type: 'string' },
    off: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const off = (values.off ?? null) as Guard | null;
if (off !== null && !guardNames.includes(off)) throw new Error(`no guard ${off}; there are ${guardNames.join(', ')}`);
const from = Number(values.seed ?? values.from);
const seeds = values.seed === undefined ? Number(values.seeds) : 1;
const guards = guardsWithout(off);
const failuresMax = off === null ? 20 : 1;
const say = (text: string) => void process.stderr.write(`${text}\n`);

// Most errors here are answers, not mishaps: where nobody reads it, a stack is only slow.
if (!values.trace) Error.stackTraceLimit = 0;

const counts: Counts = {};
const failures: { seed: number; failure: string }[] = [];
let ran = 0;
const startedAt = performance.now();
for (let seed = from; seed < from + seeds && failures.length < failuresMax; seed += Number(values.every)) {
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
