// `npm run evaluate:dating -- --train t.csv [--candidates c.csv --out scores.csv]`: scores people of waves never seen, or leaves each wave of --train out in turn.
import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { chancesOf, trainPersonality } from '../../learning/personality.ts';
import { UnreadableLog } from '../../producers/import/files.ts';
import { fail } from '../fail.ts';
import { checkWritable, Unwritable } from '../writable.ts';
import { crossValidated, type Target, targets } from './cross-validation.ts';
import { readDates, readJudgedDates } from './dates.ts';
import { printed } from './print.ts';

type Options = { train: string; candidates?: string; out?: string; target: Target };

const command = new Command('evaluate:dating')
  .description(
    'Scores dates of waves that were not trained on; with --train alone it measures that, leaving waves out.',
  )
  .requiredOption('--train <file>', 'dates and what came of them: iid, pid, wave, match, dec and the answers')
  .option('--candidates <file>', 'dates to score: the same columns without match and dec')
  .option('--out <file>', 'iid,pid,score of every candidate')
  .addOption(new Option('--target <label>', 'what the score is the chance of').choices(targets).default('match'))
  .parse();
const { train, candidates, out, target } = command.opts<Options>();

const say = (line: string) => void process.stderr.write(`${line}\n`);

try {
  if (candidates && out) score(candidates, out);
  else if (candidates || out) fail('--candidates and --out go together: what to score, and where the scores go.');
  else measure();
} catch (error) {
  if (error instanceof UnreadableLog || error instanceof Unwritable) fail(error.message);
  throw error;
}

function score(from: string, to: string): void {
  const dates = readDates(from);
  const { people, meetings } = judged();
  checkWritable('--out', to);
  const seen = new Set(meetings.map(({ wave }) => wave));
  const known = new Set(dates.meetings.flatMap(({ wave }) => (seen.has(wave) ? [wave] : [])));
  if (known.size > 0) say(`also in --train, so not unseen: wave ${[...known].join(', ')}`);
  const model = trainPersonality({ people, meetings, version: 'evaluation' });
  const chances = chancesOf(model, dates.people, dates.meetings);
  const of = target === 'match' ? 'match' : 'yes';
  const rows = dates.ids.map(([iid, pid], at) => [iid, pid, (chances[at]?.[of] ?? 0).toFixed(9)]);
  writeFileSync(to, stringify(rows, { header: true, columns: ['iid', 'pid', 'score'] }));
  process.stdout.write(
    `${rows.length} scores for ${target} in ${to}, by a model of ${meetings.length} rows of ${seen.size} waves\n`,
  );
}

function measure(): void {
  const dates = judged();
  const waves = new Set(dates.meetings.map(({ wave }) => wave));
  if (waves.size < 2) fail(`${train} holds one wave: there is none to leave out.`);
  for (const report of crossValidated(dates, say)) process.stdout.write(`\n${printed(report)}\n`);
}

function judged() {
  const dates = readJudgedDates(train);
  for (const label of ['match', 'yes'] as const)
    if (new Set(dates.meetings.map((meeting) => meeting[label])).size < 2)
      fail(`${train} holds one value of ${label === 'yes' ? 'dec' : label} only: there is nothing to tell apart.`);
  return dates;
}
