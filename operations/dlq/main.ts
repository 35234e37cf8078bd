// `npm run dlq`: dead letters by cause, what is inside one, and sending them again.
import { userInfo } from 'node:os';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { connectedConfig } from '../../infra/running-stack.ts';
import { processorList } from '../../processors/list.ts';
import { copiesPerSecond, place, processorName, whole } from './arguments.ts';
import { groupsOf } from './causes.ts';
import { attemptsOf, type StandingChain } from './chains.ts';
import { deadLettersOf } from './dead-letters.ts';
import { connectedOutside, type Outside, type Source } from './outside.ts';
import { type RedriveOutcome, Redriver } from './redrive.ts';
import { chainAt, type Filter, formatPlace, matches, type Place, placeOf, selected } from './selection.ts';
import { shown } from './show.ts';
import { eachJson, eachTable, groupTable } from './tables.ts';

/** Said to whoever typed it; nothing has been sent. */
class Refused extends Error {}

type ListOptions = Filter & { readonly each?: true; readonly json?: true; readonly limit: number };
type RedriveFlags = Filter & {
  readonly all?: true;
  readonly quarantined?: true;
  readonly dryRun?: true;
  readonly rate: number;
  readonly wait: number;
  readonly by: string;
};

const program = new Command('dlq')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .description('Dead letters: records that a processor could not fold and skipped.')
  .showHelpAfterError();

program
  .command('list', { isDefault: true })
  .description('by cause: how many, and how many of them are pending, quarantined or mended')
  .option('--processor <name>', 'of one processor', processorName)
  .option('--cause <text>', 'whose latest cause contains this')
  .option('--each', 'one by one')
  .option('--limit <n>', 'so many one by one', whole(1, 1_000_000), 1_000)
  .option('--json', 'as JSON')
  .action((options: ListOptions) => withOutside((outside) => list(outside, options)));

program
  .command('show')
  .description('everything about one of them')
  .argument('<record>', 'such as history:3:17', place)
  .action((at: Place) => withOutside((outside) => show(outside, at)));

program
  .command('redrive')
  .description('sends skipped records again, to be folded by the processor that skipped them')
  .argument('[records...]', 'such as history:3:17', (text, before: Place[] = []) => [...before, place(text)])
  .option('--all', 'all that are pending')
  .option('--processor <name>', 'those of one processor', processorName)
  .option('--cause <text>', 'those whose latest cause contains this')
  .option('--quarantined', 'also those that have failed again before')
  .option('--rate <n>', 'copies a second, such as 50 or 50/s', copiesPerSecond, 50)
  .option('--wait <seconds>', 'how long to wait when nothing moves', whole(1, 3_600), 30)
  .option('--by <name>', 'who sends them, for the audit', userInfo().username)
  .option('--dry-run', 'only say what would be sent')
  .action((places: Place[] | undefined, flags: RedriveFlags) =>
    withOutside((outside) => redrive(outside, places ?? [], flags)),
  );

await program.parseAsync();

async function list(outside: Outside, { each, json, limit, ...filter }: ListOptions): Promise<number> {
  const chains = (await deadLettersOf(outside, sourcesOf(filter.processor))).filter((chain) => matches(chain, filter));
  const listed = chains.slice(0, limit);
  if (json) print(JSON.stringify(each ? listed.map(eachJson) : groupsOf(chains), null, 2));
  else if (chains.length === 0) print('No dead letters.');
  else print(each ? eachTable(listed) : groupTable(groupsOf(chains)));
  if (each && listed.length < chains.length)
    process.stderr.write(`${chains.length - listed.length} more: --limit ${chains.length} lists all\n`);
  return 0;
}

async function show(outside: Outside, at: Place): Promise<number> {
  const [source] = sourcesOf(at.processor);
  const chain = chainAt(await deadLettersOf(outside, sourcesOf(at.processor)), at);
  if (!chain || !source) throw new Refused(`${formatPlace(at)} is not a dead letter`);
  print(await shown(outside, source, chain));
  return 0;
}

async function redrive(outside: Outside, places: readonly Place[], flags: RedriveFlags): Promise<number> {
  const { processor, cause, all, quarantined, dryRun } = flags;
  const filter: Filter = { ...(processor !== undefined && { processor }), ...(cause !== undefined && { cause }) };
  const wide = all || processor !== undefined || cause !== undefined;
  if (places.length > 0 === Boolean(wide))
    throw new Refused('say which: records one by one, or --all, --processor, --cause');
  const names = places.length > 0 ? new Set(places.map((at) => at.processor)) : processor;
  const chains = await deadLettersOf(outside, sourcesOf(names));
  const { chosen, unknown, mended, heldBack } = selected(chains, { places, filter, quarantined: Boolean(quarantined) });
  if (unknown.length > 0) throw new Refused(`not dead letters: ${unknown.map(formatPlace).join(', ')}`);
  if (mended.length > 0) print(`already mended: ${mended.map(formatPlace).join(', ')}`);
  if (heldBack > 0) print(`${heldBack} quarantined are left out: --quarantined sends them too`);
  if (chosen.length === 0) return say('Nothing to send.');
  if (dryRun) return say(`Would send ${chosen.length}:\n${eachTable(chosen)}`);
  return sendAgain(outside, chosen, flags);
}

async function sendAgain(outside: Outside, chosen: readonly StandingChain[], flags: RedriveFlags): Promise<number> {
  const { rate: perSecond, wait, by } = flags;
  let code = 0;
  for (const source of sourcesOf(new Set(chosen.map(({ processor }) => processor)))) {
    const chains = chosen.filter(({ processor }) => processor === source.name);
    const format = `${source.name.padEnd(10)} {bar} {percentage}% | {value}/{total} folded`;
    const bar = new SingleBar({
      format,
      stream: process.stdout,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      // Otherwise the bar takes the first Ctrl-C for itself, and the command goes on.
      gracefulExit: false,
    });
    const onProgress = (settled: number) => bar.update(settled);
    const redriver = await Redriver.start({ outside, source, rate: perSecond, by, waitMs: wait * 1_000, onProgress });
    bar.start(chains.length, 0);
    try {
      const outcome = await redriver.run(chains);
      bar.stop();
      report(source, outcome);
      if (outcome.failed.length > 0 || outcome.unsent > 0) code = 1;
    } catch (error) {
      print('Broken off. What has been sent is safe, and the same command may be given again.');
      throw error;
    } finally {
      bar.stop();
      await redriver.stop();
    }
  }
  return code;
}

function report({ name }: Source, { mended, failed, waiting, unsent, stoppedPartitions }: RedriveOutcome): void {
  print(`${name}: ${mended} mended, ${failed.length} failed again (now quarantined), ${waiting} still waiting`);
  for (const chain of failed.slice(0, 20))
    print(`  ${formatPlace(placeOf(chain))} failed again, attempt ${attemptsOf(chain) + 1}`);
  if (waiting > 0) print(`  what waits is in the log and will be folded: is ${name} running?`);
  if (unsent === 0) return;
  const why =
    stoppedPartitions.length > 0
      ? `too many in a row failed again in partition ${stoppedPartitions.join(', ')}`
      : 'nothing moves';
  print(`  ${unsent} have not been sent: ${why}`);
}

function sourcesOf(names: string | ReadonlySet<string> | undefined): readonly Source[] {
  if (names === undefined) return processorList;
  return processorList.filter(({ name }) => (typeof names === 'string' ? names === name : names.has(name)));
}

async function withOutside(work: (outside: Outside) => Promise<number>): Promise<void> {
  try {
    process.exit(await work(await connectedOutside(connectedConfig())));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof Refused ? 2 : 1);
  }
}

function say(text: string): number {
  print(text);
  return 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
