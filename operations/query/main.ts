// `npm run query -- "select action, count(*) from user_activity group by 1"`: SQL over the topics.
import { Command, InvalidArgumentError, Option } from 'commander';
import { Registry } from '../../infra/avro.ts';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { Interrupted, interruption } from '../interruption.ts';
import { noProgress, progressBar } from '../progress.ts';
import { commandPatience, InvalidTopic } from '../readable-topics.ts';
import { InvalidPlace, parsePlace } from '../replay/place.ts';
import { ReadStalled } from '../topic-reader.ts';
import { type AnswerFormat, answerFormats, print } from './print.ts';
import { query } from './query.ts';
import { InvalidSql } from './topics-of-sql.ts';

const whole = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000_000) {
    throw new InvalidArgumentError('a whole number from 1 to 10,000,000 is expected.');
  }
  return value;
};

const command = new Command('query')
  .description('Answers SQL (DuckDB) over the topics; columns are those of a replay.')
  .argument('<sql>', 'one SELECT; a topic is a table of its name')
  .option(
    '--from <place>',
    'first append time (2026-11-01T12:00:00Z, ms, -1h) or offset:N, offset:PARTITION:N (the beginning)',
  )
  .option('--to <place>', 'likewise, exclusive and in the past (now)')
  .addOption(new Option('--format <format>', 'of the answer').choices(answerFormats).default('table'))
  .option('--rows <n>', 'print at most so many', whole, 1_000)
  .option('--quiet', 'no progress')
  .parse();
const options = command.opts<{ from?: string; to?: string; format: AnswerFormat; rows: number; quiet?: true }>();

const toldPlainly = [Interrupted, InvalidTopic, InvalidPlace, InvalidSql, ReadStalled];
try {
  await run(command.args[0] ?? '');
  process.exit(0);
} catch (error) {
  if (!toldPlainly.some((kind) => error instanceof kind)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

async function run(sql: string): Promise<void> {
  const config = connectedConfig();
  const now = Date.now();
  const startedAt = performance.now();
  const answer = await query(
    {
      kafka: createKafka(config, createLog('query', 'error'), 'query', commandPatience),
      registry: new Registry(config.registry.url, config.namespace),
      registryUrl: config.registry.url,
      namespace: config.namespace,
    },
    {
      sql,
      window: {
        from: options.from === undefined ? null : parsePlace(options.from, now),
        to: parsePlace(options.to ?? String(now), now),
      },
      signal: interruption('interrupted'),
      rowsMax: options.rows,
      progress: options.quiet ? noProgress : progressBar('topics'),
    },
  );
  await new Promise((resolve) => process.stdout.write(print(answer, options.format), resolve));
  const count = answer.rows.length.toLocaleString('en');
  const rows = answer.hasMore
    ? `the first ${count} rows, there are more (--rows)`
    : `${count} ${answer.rows.length === 1 ? 'row' : 'rows'}`;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stderr.write(`${rows}; ${seconds} s, of which the query ${answer.seconds.toFixed(2)} s\n`);
}
