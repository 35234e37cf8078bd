// `npm run rebuild -- SLUG`: folds a projection anew beside the live one, compares both, and swaps if asked to.
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { connectCassandra, createCassandra } from '../../infra/cassandra.ts';
import { createLog } from '../../infra/log.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { processors, type Slug } from '../../processors/list.ts';
import { Connections } from '../../processors/runtime/connections.ts';
import type { Generation } from '../../processors/runtime/generation-history.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { NotStanding } from '../../processors/runtime/standstill.ts';
import { printable } from '../dlq/value-text.ts';
import { fail } from '../fail.ts';
import { followBar } from './bar.ts';
import { type Differences, shownMax } from './differences.ts';
import { Rebuild, Refused } from './rebuild.ts';

type Options = {
  readonly swap?: true;
  readonly acceptDifferences?: true;
  readonly rollback?: true;
  readonly cancel?: true;
  readonly status?: true;
  readonly rate?: number;
  readonly by: string;
};

/** Servers that run answer long before. */
const startMsMax = 20_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

function wholeRate(text: string): number {
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 1) return rate;
  return fail(`--rate must be a whole number of records a second, 1 or more, not "${text}"`, 2);
}

const program = new Command('rebuild')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .argument('<slug>', `one of ${Object.keys(processors).join(', ')}`)
  .option('--swap', 'make the new generation the live one if no row differs')
  .option('--accept-differences', 'with --swap: although rows differ, as after a change of rules')
  .option('--rollback', 'make the generation live again that was live before the last swap')
  .option('--cancel', 'drop the generation that is being made')
  .option('--status', 'show the generations')
  .option('--rate <records>', 'fold at most so many records a second', wholeRate)
  .option('--by <name>', 'who does it, for the record', userInfo().username)
  .parse();
const slug = program.args[0] ?? '';
const options = program.opts<Options>();
if (!Object.hasOwn(processors, slug))
  fail(`there is no projection "${slug}": one of ${Object.keys(processors).join(', ')}`, 2);
if ([options.swap, options.rollback, options.cancel, options.status].filter(Boolean).length > 1)
  fail('--swap, --rollback, --cancel and --status exclude each other', 2);

if (options.acceptDifferences && !options.swap) fail('--accept-differences belongs to --swap', 2);

const processor = processors[slug as Slug] as unknown as Processor;
const config = connectedConfig();
const log = createLog('rebuild', process.env.LOG_LEVEL ?? 'silent');
const onFatal = (why: string) => fail(why);
const cassandra = createCassandra(config, log);
const on = new Connections({ config, log, cassandra, processors: [processor], onFatal, name: 'rebuild' });
const interrupted = new AbortController();
const silence = setTimeout(
  () => fail(`Kafka, Redis or Cassandra has not answered within ${startMsMax} ms`, 1),
  startMsMax,
);
await Promise.all([connectCassandra(cassandra, log), on.start()]);
clearTimeout(silence);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
const rebuild = new Rebuild({ config, log, on, cassandra, processor, by: options.by, onFatal });
let code = 0;
try {
  code = await run();
} catch (error) {
  code = 1;
  if (interrupted.signal.aborted) process.stderr.write('stopped; the same command goes on from there\n');
  else if (error instanceof Refused || error instanceof NotStanding) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
}
await Promise.race([
  Promise.allSettled([on.stop(), cassandra.shutdown()]),
  new Promise((done) => setTimeout(done, 2_000)),
]);
process.exit(code);

async function run(): Promise<number> {
  if (options.status) return status();
  if (options.cancel) {
    const { generation } = await rebuild.cancel();
    say(`generation ${generation} of ${slug} is dropped; live is generation ${rebuild.history.live?.generation}`);
    return 0;
  }
  return options.rollback ? rollBack() : forward();
}

function status(): number {
  const { live, previous, shadow, stop } = rebuild.history;
  const shown = (name: string, of: Generation | null) =>
    say(`${name.padEnd(10)} ${of ? `generation ${of.generation}, rules ${of.rules}, build ${of.build}` : 'none'}`);
  shown('live', live);
  shown('previous', previous);
  shown('in making', shadow);
  if (stop) say(`live stands still for a comparison, until ${new Date(stop.until).toISOString()} at the latest`);
  return 0;
}

async function forward(): Promise<number> {
  if (options.swap) rebuild.refuseOtherOutputs();
  const made = await rebuild.begin();
  say(`${slug}: generation ${made.generation} is folded beside live generation ${rebuild.history.live?.generation}`);
  const { differences, swapped, pausedMs } = await followed(made, async (shadow) => {
    const comparison = rebuild.comparison(made, shadow, interrupted.signal);
    await comparison.ahead();
    return rebuild.standing(made, shadow, interrupted.signal, async (at) => {
      const found = await comparison.settle(at.offsets);
      const wanted = options.swap === true && (found.count === 0 || options.acceptDifferences === true);
      interrupted.signal.throwIfAborted();
      if (wanted) await at.swap(processor.rules, config.build, found.count);
      return { differences: found, swapped: wanted };
    });
  });
  show(differences);
  say(`live stood still for ${pausedMs} ms; reads and writes went on`);
  if (swapped)
    say(`generation ${made.generation} of ${slug} is live; back with: npm run rebuild -- ${slug} --rollback`);
  else if (options.swap) say('nothing was swapped; to swap all the same: --swap --accept-differences');
  else say(`generation ${made.generation} stays; swap it in with --swap, drop it with --cancel`);
  say(`${differences.count} rows differ`);
  return differences.count > 0 && !swapped ? 1 : 0;
}

async function rollBack(): Promise<number> {
  const made = await rebuild.beginBack();
  say(`${slug}: generation ${made.generation} is brought up to live generation ${rebuild.history.live?.generation}`);
  const { pausedMs } = await followed(made, (shadow) =>
    rebuild.standing(made, shadow, interrupted.signal, async (at) => {
      await at.swap(processor.rules, config.build, 0);
      return {};
    }),
  );
  say(`generation ${made.generation} of ${slug} is live again; live stood still for ${pausedMs} ms`);
  return 0;
}

/** Follows live with a bar, until the work at the same offsets is done. */
async function followed<T>(made: Generation, work: Parameters<typeof rebuild.follow<T>>[2]): Promise<T> {
  const bar = followBar(slug);
  const following = { rate: options.rate ?? null, signal: interrupted.signal, onProgress: bar.update };
  try {
    return await rebuild.follow(made, following, (shadow) => {
      bar.stop();
      return work(shadow);
    });
  } finally {
    bar.stop();
  }
}

function show({ compared, ahead, first, count }: Differences): void {
  for (const { where, live, shadow } of first) {
    say(printable(where, shownMax));
    say(`  live    ${live === null ? '(none)' : printable(live, shownMax)}`);
    say(`  rebuilt ${shadow === null ? '(none)' : printable(shadow, shownMax)}`);
  }
  if (count > first.length) say(`… and ${count - first.length} more`);
  say(`${compared.toLocaleString('en')} rows, states and fields compared`);
  if (ahead > 0) say(`${ahead} rows of live were written but not yet committed, and left out`);
}
