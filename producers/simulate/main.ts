// `npm run simulate -- --users 1000 --rate 500 --seconds 60`: a skewed load, the same for the same seed, at a fixed arrival rate.
import { setTimeout as pause } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { createLog } from '../../infra/log.ts';
import { PersonKeys } from '../../infra/person-keys.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { activityProducer } from '../activity.ts';
import { Publisher } from '../publish.ts';
import { uploadProducer } from '../uploads.ts';
import { loadActivity, loadUploads } from './load.ts';

const whole = (max: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new InvalidArgumentError(`a whole number from 1 to ${max} is expected.`);
  return value;
};

const options = new Command('simulate')
  .description('Publishes what a simulated population does, through the ordinary producers.')
  .option('--users <n>', 'how many users', whole(10_000_000), 1_000)
  .option('--videos <n>', 'how many videos', whole(1_000_000), 500)
  .option('--rate <n>', 'events per second', whole(1_000_000), 500)
  .option('--seconds <n>', 'for how long', whole(86_400), 60)
  .option('--seed <n>', 'another seed, another population', whole(2 ** 31), 1)
  .parse()
  .opts<{ users: number; videos: number; rate: number; seconds: number; seed: number }>();

const config = connectedConfig();
const log = createLog('simulate', 'error');
const personKeys = new PersonKeys({ config, log, onFatal: (why) => log.error(why) });
const publisher = new Publisher({ config, log, limits: { deadlineMs: 10_000, eventsMax: 100_000 } });
await Promise.all([publisher.start(), personKeys.start()]);
const activity = activityProducer(publisher, personKeys);
const uploads = uploadProducer(publisher);
const outcome = { acknowledged: 0, failed: 0 };

for (const upload of loadUploads(options, publisher.now())) await uploads.produceVideoUploadEvent(upload);
await run();
await publisher.stop();
await personKeys.stop();
process.exit(outcome.failed > 0 ? 1 : 0);

/** Open loop: an event is due at its time, whether or not the one before has been acknowledged. */
async function run(): Promise<void> {
  const total = options.rate * options.seconds;
  const bar = new SingleBar({
    gracefulExit: false,
    format: '{bar} {percentage}% | {value}/{total} events | {perSecond}/s',
    stream: process.stdout,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  bar.start(total, 0, { perSecond: 0 });
  const startedAt = performance.now();
  const events = loadActivity(options);
  const open = new Set<Promise<void>>();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * options.rate));
    for (; sent < due; sent++) track(open, activity.produceUserActivityEvent(events.next().value));
    bar.update(outcome.acknowledged, {
      perSecond: Math.round(outcome.acknowledged / ((performance.now() - startedAt) / 1_000)),
    });
    await pause(5);
  }
  await Promise.all(open);
  const seconds = (performance.now() - startedAt) / 1_000;
  bar.update(outcome.acknowledged, { perSecond: Math.round(outcome.acknowledged / seconds) });
  bar.stop();
  process.stdout.write(
    `${outcome.acknowledged.toLocaleString('en')} events acknowledged, ${outcome.failed} refused, ${Math.round(outcome.acknowledged / seconds)} a second (asked: ${options.rate})\n`,
  );
}

function track(open: Set<Promise<void>>, publishing: Promise<unknown>): void {
  const settled = publishing
    .then(
      () => void outcome.acknowledged++,
      () => void outcome.failed++,
    )
    .finally(() => open.delete(settled));
  open.add(settled);
}
