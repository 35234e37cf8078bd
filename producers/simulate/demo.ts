// Run by `npm start`: loads the demo's videos and activity if nobody has ever uploaded or done anything.
import { readConfig } from '../../infra/config.ts';
import { createKafka, topicIn } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { PersonKeys } from '../../infra/person-keys.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { activityProducer } from '../activity.ts';
import { Folded } from '../folded.ts';
import { paymentProducer } from '../payments.ts';
import { Publisher } from '../publish.ts';
import { uploadProducer } from '../uploads.ts';
import { demoProfiles, demoPurses, demoSwipes, demoTimeZones } from './dating-people.ts';
import { demoActivity, demoVideos, premiumVideo, uploadOf } from './demo-events.ts';

const seed = 7;
const events = 3_000;

const config = readConfig();
const log = createLog('demo', config.logLevel);

async function recordsIn(topics: readonly TopicName[]): Promise<number> {
  const admin = createKafka(config, log).admin();
  await admin.connect();
  const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topicIn(config.namespace, topic))));
  await admin.disconnect();
  return ends.flat().reduce((sum, { high }) => sum + Number(high), 0);
}

const there = await recordsIn(['user_activity', 'video_uploads']);
if (there > 0) {
  process.stdout.write(`no demo data loaded: the topics already hold ${there.toLocaleString('en')} events\n`);
  process.exit(0);
}
const onFatal = (why: string) => log.error(why);
const [publisher, personKeys] = [
  new Publisher({ config, log, limits: { deadlineMs: 30_000 } }),
  new PersonKeys({ config, log, onFatal }),
];
await Promise.all([publisher.start(), personKeys.start()]);
const admin = createKafka(config, log).admin();
const redis = createRedis(config, log, { name: 'demo' });
await Promise.all([admin.connect(), connectRedis(redis)]);
const generations = await Generations.follow(config, log, onFatal);
const folded = new Folded({ redis, admin, namespace: config.namespace, generations });

const now = publisher.now();
const [uploads, activity] = [uploadProducer(publisher), activityProducer(publisher, personKeys)];
const videos = demoVideos(seed, now);
await Promise.all(videos.map((video) => uploads.produceVideoUploadEvent(uploadOf(video))));
process.stdout.write(
  `${videos.length} videos published, ${premiumVideo.videoId} of them for ${premiumVideo.coins} coins\n`,
);
// A view is measured against the video's length, so that must be known before the first view is folded.
await folded.caughtUp('feed', 'video_uploads');
await Promise.all(demoActivity(seed, now, events).map((event) => activity.produceUserActivityEvent(event)));
process.stdout.write(`${events.toLocaleString('en')} events of simulated people published\n`);
await folded.caughtUp('history', 'user_activity');
await folded.caughtUp('engagement', 'video_engagement');
const profiles = demoProfiles(seed, now);
await Promise.all(profiles.map((profile) => activity.produceUserActivityEvent(profile)));
const payments = paymentProducer(publisher);
const before = [...demoTimeZones(seed), ...demoPurses(seed)];
await Promise.all(before.map((event) => payments.producePaymentTransactionEvent(event)));
for (const swipe of demoSwipes(seed)) await payments.producePaymentTransactionEvent(swipe);
process.stdout.write(`${profiles.length} dating profiles and some swipes published\n`);
await folded.caughtUp('ledger', 'payment_transactions');
await folded.caughtUp('pairs', 'dating_pairs');
await folded.caughtUp('dating', 'user_activity');
process.stdout.write('all of it folded\n');
await Promise.all([publisher.stop(), personKeys.stop()]);
process.exit(0);
