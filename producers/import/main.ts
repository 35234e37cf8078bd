// `npm run import -- kuairand FILE` or `-- movielens FOLDER`: a real log through the ordinary producers, once, at its own times.
import { SingleBar } from 'cli-progress';
import { Argument, Command } from 'commander';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { Folded, NobodyFolds } from '../folded.ts';
import { InvalidEvent } from '../invalid-event.ts';
import { Publisher } from '../publish.ts';
import { sources, UnreadableLog } from './files.ts';
import { activityRows, foldedRows, type ImportCount, importActivity, importUploads, uploadRows } from './import-log.ts';

const { args } = new Command('import')
  .description('Publishes a real log through the ordinary producers, once, at its own times.')
  .addArgument(new Argument('<source>', 'what kind of log it is').choices(Object.keys(sources)))
  .argument('<path>', 'a file of kuairand, the folder of movielens')
  .parse();
const [source = '', path = ''] = args;
const read = sources[source];

const config = connectedConfig();
const log = createLog('import', 'error');
const admin = createKafka(config, log).admin();
const redis = createRedis(config, log, { name: 'import' });
const publisher = new Publisher({ config, log, limits: { deadlineMs: 10_000 } });
try {
  await run();
} catch (error) {
  if (error instanceof UnreadableLog || error instanceof NobodyFolds || error instanceof InvalidEvent)
    fail(error.message, 1);
  throw error;
}
process.exit(0);

async function run(): Promise<void> {
  const given = read?.(path);
  if (!given) return;
  await Promise.all([publisher.start(), admin.connect(), connectRedis(redis)]);
  const generations = await Generations.follow(config, log, (why) => fail(why, 1));
  const folded = new Folded({ redis, admin, namespace: config.namespace, generations });
  const uploads = await withBar('videos', given.uploads.length, (onProgress) =>
    importUploads(given, { publisher, folded, onProgress }),
  );
  await folded.caughtUp('feed', 'video_uploads');
  const activity = await withBar('rows', given.rows.length, (onProgress) =>
    importActivity(given, { publisher, folded, onProgress }),
  );
  await untilFolded(folded, 'history', 'user_activity');
  await untilFolded(folded, 'engagement', 'video_engagement');
  await publisher.stop();
  report('videos', given.uploads.length, uploads);
  report('rows', given.rows.length, activity);
  await verify('videos', uploadRows(given), folded);
  await verify('rows', activityRows(given), folded);
}

/** Waits with a bar until a processor has folded its whole topic. */
async function untilFolded(folded: Folded, processor: string, topic: TopicName): Promise<void> {
  let total = 0;
  await withBar(processor, 1, (onProgress) =>
    folded.caughtUp(processor, topic, (lag) => {
      total = Math.max(total, lag);
      onProgress(total === 0 ? 1 : (total - lag) / total);
    }),
  );
}

async function withBar<T>(
  what: string,
  total: number,
  work: (onProgress: (done: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new SingleBar({
    gracefulExit: false,
    format: `${what.padEnd(10)} {bar} {percentage}% | {eta_formatted} left`,
    stream: process.stdout,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  bar.start(total, 0);
  try {
    return await work((done) => bar.update(done));
  } finally {
    bar.stop();
  }
}

/** What the processors say they have folded must be all that was read. */
async function verify(what: string, all: ReturnType<typeof activityRows>, folded: Folded): Promise<void> {
  const count = await foldedRows(all, folded);
  if (count !== all.rows.length)
    fail(`only ${count} of ${all.rows.length} ${what} have been folded: import the log again`, 1);
  process.stdout.write(`${count} ${what} folded\n`);
}

function report(what: string, total: number, { imported, alreadyThere, events }: ImportCount): void {
  const actions = Object.entries(events).map(([action, count]) => `${count.toLocaleString('en')} ${action}`);
  const published = actions.length > 0 ? `: ${actions.join(', ')}` : '';
  process.stdout.write(`${total} ${what} read = ${imported} imported + ${alreadyThere} already there${published}\n`);
}

function fail(sentence: string, code: number): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(code);
}
