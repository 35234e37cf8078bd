// `npm run -s feed -- --user U --as-of T`: the page that a user's feed would have been at a time, folded from the topics up to it.
import { Command, InvalidArgumentError, Option } from 'commander';
import { Registry } from '../../infra/avro.ts';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { rank } from '../../processors/feed/ranking/rank.ts';
import { defaultVariant, type VariantName, variantNames } from '../../processors/feed/ranking/variant-names.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import { factorNames } from '../../processors/feed/ranking/weights.ts';
import { Models } from '../../projections/models.ts';
import { fail } from '../fail.ts';
import { feedReads, worldFromLog } from '../logged-world.ts';
import { offsetsAt } from '../offsets-at.ts';
import { progressBar } from '../progress.ts';
import { commandPatience } from '../readable-topics.ts';
import { InvalidPlace, parsePlace } from '../replay/place.ts';
import { textTable } from '../text-table.ts';
import { wholeNumber } from '../whole-number.ts';

function timeOf(text: string): number {
  try {
    const place = parsePlace(text, Date.now());
    if (place.kind === 'time') return place.ms;
  } catch (error) {
    if (!(error instanceof InvalidPlace)) throw error;
  }
  throw new InvalidArgumentError('a time such as 2026-11-01T12:00:00Z, milliseconds since 1970, or -1h is expected.');
}

type Options = { user: string; asOf: number; limit: number; variant: VariantName; json?: true };

const options = new Command('feed')
  .description(
    'Ranks a user’s feed as of a time in the past, from the topics alone. Of the trained models only the newest is kept: for a time before it was trained the ranking is the one without a model.',
  )
  .requiredOption('--user <id>', 'whose feed')
  .requiredOption('--as-of <time>', 'append time: what was appended before it is known', timeOf)
  .option('--limit <n>', 'videos', wholeNumber(100), 10)
  .addOption(
    new Option('--variant <name>', 'the ranker, whatever experiment ran then')
      .choices(variantNames)
      .default(defaultVariant),
  )
  .option('--json', 'the whole explanation of each video, one line of JSON each')
  .parse()
  .opts<Options>();

const config = connectedConfig();
const log = createLog('feed', 'error');
const kafka = createKafka(config, log, 'feed', commandPatience);
const { namespace } = config;
const models = new Models({
  kafka,
  registry: new Registry(config.registry.url, namespace),
  namespace,
  log,
  onFatal: fail,
});
await models.start();

try {
  const to = await offsetsAt(kafka, namespace, options.asOf);
  const progress = progressBar('topics read');
  progress.begin(
    feedReads.flatMap((slug) => to[slug]).reduce((sum, end) => sum + end, 0),
    0,
  );
  const { catalogue, evidence } = await worldFromLog({ kafka, config }, to, (count) => progress.add(count));
  progress.stop();
  const current = models.current('learned');
  // Of the models only the newest is kept: one that was trained later was not there.
  const published = current && current.model.trainedAt <= options.asOf ? current : null;
  const known = evidence(options.user);
  const viewer = viewerOf(known, catalogue);
  const { limit, variant } = options;
  const isStranger = known.history === null;
  show(rank({ catalogue, viewer, now: options.asOf, limit, served: new Set(), variant, published }), isStranger);
  process.exit(0);
} catch (error) {
  if (error instanceof InvalidPlace) fail(error.message);
  throw error;
}

function show({ variant, model, items }: ReturnType<typeof rank>, isStranger: boolean): void {
  if (options.json) {
    for (const { item, from, ...rest } of items)
      process.stdout.write(`${JSON.stringify({ video_id: item.id, proposed_by: from, ...rest })}\n`);
    return;
  }
  const rows = items.map(({ item, score, factors, sentences }, at) => [
    String(at + 1),
    item.id,
    score.toFixed(4),
    ...factorNames.map((name) => factors[name].contribution.toFixed(3)),
    sentences[0] ?? '',
  ]);
  if (items.length === 0) process.stdout.write('Nothing had been published by then.\n');
  else process.stdout.write(`${textTable(['place', 'video', 'score', ...factorNames, 'first reason'], rows)}\n`);
  const notes = [
    'Scores and what each factor adds to them.',
    isStranger ? `Nothing was known of ${options.user} then: this is a stranger’s feed.` : '',
    model ? `Model ${model.version}.` : 'Without a model: none of those that are kept had been trained.',
  ];
  const at = new Date(options.asOf).toISOString();
  process.stdout.write(`\nAs of ${at} under the variant ${variant}. ${notes.filter(Boolean).join(' ')}\n`);
}
