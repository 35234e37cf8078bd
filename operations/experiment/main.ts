// `npm run experiment -- start | stop | list | results`: begins and ends A/B tests of the ranking, and shows what they have shown.
import { Command } from 'commander';
import { Registry } from '../../infra/avro.ts';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { defaultVariant } from '../../processors/feed/ranking/variant-names.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import { Publisher } from '../../producers/publish.ts';
import { ExperimentReader, resultsOf, summaryOf } from '../../projections/experiment-results.ts';
import { Experiments } from '../../projections/experiments.ts';
import { fail } from '../fail.ts';
import { commandPatience } from '../readable-topics.ts';
import { parseId, parseShares, type Shares } from './arguments.ts';
import { type Desk, ExperimentRefused, startExperiment, stopExperiment } from './experiment.ts';
import { printExperiments, printResults, sharesOf } from './print.ts';

const listMax = 100;
const say = (text: string) => void process.stdout.write(text);
const json = (value: unknown) => `${JSON.stringify(value)}\n`;

function connected() {
  const config = connectedConfig();
  const log = createLog('experiment', 'error');
  const kafka = createKafka(config, log, 'experiment', commandPatience);
  const registry = new Registry(config.registry.url, config.namespace);
  const { namespace } = config;
  return { config, log, experiments: new Experiments({ kafka, registry, namespace, log, onFatal: fail }) };
}

async function atDesk(work: (desk: Desk) => Promise<void>): Promise<void> {
  const { config, log, experiments } = connected();
  const publisher = new Publisher({ config, log });
  await Promise.all([experiments.start(), publisher.start()]);
  try {
    await work({ experiments, publisher });
  } catch (error) {
    if (!(error instanceof ExperimentRefused)) throw error;
    fail(`Refused: ${error.message}.`);
  } finally {
    await Promise.all([publisher.stop(), experiments.stop()]);
  }
}

async function list({ json: isJson }: { json?: true }): Promise<void> {
  const { experiments } = connected();
  await experiments.start();
  const summaries = experiments.list(listMax).map(summaryOf);
  say(isJson ? json(summaries) : printExperiments(summaries));
  await experiments.stop();
}

async function results(id: string, { json: isJson }: { json?: true }): Promise<void> {
  const { config, log, experiments } = connected();
  const redis = createRedis(config, log, { name: 'experiment' });
  const [generations] = await Promise.all([
    Generations.follow(config, log, fail),
    experiments.start(),
    connectRedis(redis),
  ]);
  const experiment = experiments.find(id);
  if (!experiment) fail(`No experiment ${id} was ever started.`);
  const found = resultsOf(experiment, await new ExperimentReader(redis, config.namespace, generations).sums(id));
  say(isJson ? json(found) : printResults(found));
  redis.disconnect();
  await Promise.all([generations.stop(), experiments.stop()]);
}

const program = new Command('experiment').description(
  'A/B tests of the ranking. Without one, everyone gets the variant fixed; one at a time runs on the feed.',
);

program
  .command('start')
  .description('from now on users are divided among the variants; every instance follows within moments')
  .argument('<id>', 'its name, never used before', parseId)
  .requiredOption('--shares <shares>', 'in percent, as in fixed=50,learned=50', parseShares)
  .option('--control <variant>', 'that the others are compared with', defaultVariant)
  .option('--why <words>', 'what it is to find out')
  .action((experimentId: string, options: { shares: Shares; control: string; why?: string }) =>
    atDesk(async (desk) => {
      const { shares, ...rest } = options;
      const started = await startExperiment(desk, { experimentId, ...shares, ...rest });
      say(`${experimentId} runs since ${summaryOf(started).started_at}: ${sharesOf(summaryOf(started))}\n`);
    }),
  );

program
  .command('stop')
  .description('everyone gets the variant fixed again; the results stay')
  .argument('<id>', 'of the running experiment', parseId)
  .option('--why <words>', 'what it has shown')
  .action((id: string, { why }: { why?: string }) =>
    atDesk(async (desk) => {
      const stopped = await stopExperiment(desk, id, why);
      say(
        `${id} ran until ${summaryOf(stopped).stopped_at}; what its users do counts for a day after their last page\n`,
      );
    }),
  );

program
  .command('list', { isDefault: true })
  .description(`the newest ${listMax}`)
  .option('--json', 'for programs')
  .action(list);

program
  .command('results')
  .description(
    'users, means and rates with 95 % intervals, differences to the control, and whether the users are divided as planned',
  )
  .argument('<id>', 'running or stopped', parseId)
  .option('--json', 'for programs')
  .action(results);

await program.parseAsync();
