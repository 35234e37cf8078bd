// `npm run replay -- --topic user_activity --to T --format jsonl|csv|parquet --out FILE`: a range of a topic as a file.
import { Command, Option } from 'commander';
import { Registry } from '../../infra/avro.ts';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { Interrupted, interruption } from '../interruption.ts';
import { noProgress, progressBar } from '../progress.ts';
import { commandPatience, InvalidTopic, readableTopic, readableTopics } from '../readable-topics.ts';
import { ReadStalled } from '../topic-reader.ts';
import { formatPlace, InvalidPlace, parsePlace } from './place.ts';
import { forgetProgress, OtherArguments } from './progress-file.ts';
import type { Window } from './range.ts';
import { type Format, formats, NoFolder, replay } from './replay.ts';
import { InvalidSelection } from './selection.ts';

type Options = {
  readonly topic: string;
  readonly from?: string;
  readonly to?: string;
  readonly user?: string[];
  readonly action?: string[];
  readonly format: Format;
  readonly out: string;
  readonly quiet?: true;
  readonly restart?: true;
};

const options = new Command('replay')
  .description(
    'Writes a range of a topic to a file: every record decoded by its own schema, in order of partition and offset.',
  )
  .requiredOption('--topic <name>', `one of ${readableTopics.join(', ')}`)
  .option(
    '--from <place>',
    'first append time (2026-11-01T12:00:00Z, ms, -1h) or offset:N, offset:PARTITION:N (the beginning)',
  )
  .option('--to <place>', 'likewise, exclusive and in the past (now)')
  .option('--user <id...>', 'only events about these users')
  .option('--action <name...>', 'only these actions')
  .addOption(new Option('--format <format>', 'of the file').choices(formats).default('jsonl'))
  .requiredOption('--out <file>', 'the file, put in place when it is whole')
  .option('--restart', 'forget an interrupted replay into the same file')
  .option('--quiet', 'no progress')
  .parse()
  .opts<Options>();

const toldPlainly = [Interrupted, InvalidTopic, InvalidPlace, InvalidSelection, NoFolder, OtherArguments, ReadStalled];
try {
  await run();
  process.exit(0);
} catch (error) {
  if (!toldPlainly.some((kind) => error instanceof kind)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

async function run(): Promise<void> {
  const config = connectedConfig();
  const topic = readableTopic(options.topic);
  const now = Date.now();
  const window: Window = {
    from: options.from === undefined ? null : parsePlace(options.from, now),
    to: parsePlace(options.to ?? String(now), now),
  };
  const { restart, quiet, out, format, user: users = [], action: actions = [] } = options;
  if (restart) await forgetProgress(out);
  const progress = quiet ? noProgress : progressBar(topic);
  const startedAt = performance.now();
  const { counts, window: replayed } = await replay(
    {
      kafka: createKafka(config, createLog('replay', 'error'), 'replay', commandPatience),
      registry: new Registry(config.registry.url, config.namespace),
      registryUrl: config.registry.url,
      namespace: config.namespace,
    },
    {
      topic,
      window,
      asked: { users, actions },
      format,
      out,
      given: {
        namespace: config.namespace,
        brokers: config.kafka.brokers.join(),
        topic,
        from: options.from ?? null,
        to: options.to ?? null,
        users,
        actions,
        format,
      },
      onBegin: ({ total, done }) => progress.begin(total, done),
      onProgress: (records) => progress.add(records),
      onConvert: () => progress.stop(),
      signal: interruption('interrupted: the same command goes on from here'),
    },
  ).finally(() => progress.stop());
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stderr.write(
    `${counts.rows.toLocaleString('en')} rows in ${out}, ${counts.repeats.toLocaleString('en')} repeated records dropped, ${counts.undecodable.toLocaleString('en')} rows could not be decoded (column _undecodable); ${seconds} s\n`,
  );
  process.stderr.write(`the same file again: npm run replay -- ${again(replayed)}\n`);
}

/** The arguments with their moments written out. */
function again({ from, to }: Window): string {
  const { topic, user = [], action = [], format, out } = options;
  const words = ['--topic', topic, ...(from ? ['--from', formatPlace(from)] : []), '--to', formatPlace(to)];
  if (user.length > 0) words.push('--user', ...user);
  if (action.length > 0) words.push('--action', ...action);
  return [...words, '--format', format, '--out', out]
    .map((word) => (/^[\w:.,/@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
