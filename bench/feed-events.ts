// A process that publishes so many views a second of random users, each at its time, and says every second how many, until it is told to stop.
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../infra/config.ts';
import { createLog } from '../infra/log.ts';
import { PersonKeys } from '../infra/person-keys.ts';
import { activityProducer } from '../producers/activity.ts';
import { Publisher } from '../producers/publish.ts';
import { seeded } from '../producers/simulate/random.ts';

const { perSecond, users, videos } = JSON.parse(process.argv[2] ?? '{}') as Record<
  'perSecond' | 'users' | 'videos',
  number
>;
const [config, log] = [readConfig(), createLog('events', 'error')];
const personKeys = new PersonKeys({ config, log, onFatal: () => process.exit(1) });
const publisher = new Publisher({ config, log });
await Promise.all([personKeys.start(), publisher.start()]);
const { produceUserActivityEvent } = activityProducer(publisher, personKeys);
const random = seeded(process.pid);
const pick = (count: number, skew: number) => Math.floor(count * random.next() ** skew);

let [published, failed] = [0, 0];
setInterval(() => process.stdout.write(`${JSON.stringify({ published, failed })}\n`), 1_000);
process.on('SIGTERM', () => process.exit(0));
const startedAt = performance.now();
for (let i = 0; ; i++) {
  const early = startedAt + (i * 1_000) / perSecond - performance.now();
  if (early > 1) await pause(early);
  const [userId, videoId] = [`user${pick(users, 1)}`, `video${pick(videos, 3)}`];
  const view = {
    action: 'view',
    userId,
    videoId,
    watchDurationMs: pick(30_000, 1),
    source: 'bench',
    actorId: userId,
  } as const;
  produceUserActivityEvent(view).then(
    () => published++,
    () => failed++,
  );
}
