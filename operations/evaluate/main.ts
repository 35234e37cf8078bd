// `npm run evaluate -- --train t.csv --items i.csv --candidates c.csv.gz`: imports a log through the platform, trains on its topics, ranks the lists.
import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { createLog } from '../../infra/log.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { type VariantName, variantNames } from '../../processors/feed/ranking/variant-names.ts';
import { movieLensFrom, UnreadableLog } from '../../producers/import/files.ts';
import { InvalidEvent } from '../../producers/invalid-event.ts';
import { fail } from '../fail.ts';
import { Interrupted, interruption } from '../interruption.ts';
import { textTable } from '../text-table.ts';
import { checkWritable, Unwritable } from '../writable.ts';
import { readCandidates } from './candidates.ts';
import { evaluate } from './evaluate.ts';
import { gainsOverPeers, measureTitles, tableHeadings, tableRow, verdictOf } from './figures.ts';

type Options = { train: string; items: string; candidates: string; variant: VariantName; out?: string };

const options = new Command('evaluate')
  .description('Measures the ranking on candidate lists, with the code that serves the feed, beside its peers.')
  .requiredOption('--train <file>', 'user,item,rating,timestamp: what users did, imported at its own times')
  .requiredOption('--items <file>', 'item,title,release_date,genres')
  .requiredOption('--candidates <file>', 'user,item,is_positive, gzipped or not')
  .addOption(new Option('--variant <name>', 'whose scores --out gets').choices(variantNames).default('learned'))
  .option('--out <file>', 'user,item,score of every candidate')
  .parse()
  .opts<Options>();

const say = (line: string) => void process.stderr.write(`${line}\n`);

try {
  const lists = readCandidates(options.candidates);
  const log = movieLensFrom(options.items, options.train);
  if (options.out) checkWritable('--out', options.out);
  const { blocks, scores, training } = await evaluate({
    config: connectedConfig(),
    log: createLog('evaluate', process.env.LOG_LEVEL ?? 'error'),
    given: log,
    lists,
    onProgress: say,
    signal: interruption('interrupted: what it had made on the servers is taken away'),
  });
  for (const { title, peers, ours } of blocks) {
    process.stdout.write(`\n${title}\n${textTable(tableHeadings, [...peers, ...ours].map(tableRow))}\n`);
    for (const figures of ours) {
      for (const { measure, peer, gain } of gainsOverPeers(figures, peers)) {
        const bounds = `95 % ${signed(gain.lower)} to ${signed(gain.upper)}`;
        process.stdout.write(
          `${figures.name.padEnd(8)} ${measureTitles[measure].padEnd(8)} ${signed(gain.mean)} over ${peer} (${bounds}): ${verdictOf(gain)}\n`,
        );
      }
    }
  }
  process.stdout.write(`\n${training}\n`);
  if (options.out) {
    const rows = lists.flatMap(({ user, candidates }) =>
      candidates.map(({ item }, at) => [user, item, scores[options.variant].get(user)?.[at] ?? 0]),
    );
    writeFileSync(options.out, stringify(rows, { header: true, columns: ['user', 'item', 'score'] }));
    process.stdout.write(`${rows.length} scores of ${options.variant} in ${options.out}\n`);
  }
  process.exit(0);
} catch (error) {
  const isTold = [UnreadableLog, InvalidEvent, Interrupted, Unwritable].some((told) => error instanceof told);
  if (isTold) fail((error as Error).message);
  throw error;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
