// The documented calls on a publisher of their own: it connects at first use and lets go when it has been idle, so that a script ends by itself.
import { createLog } from '../infra/log.ts';
import { PersonKeys } from '../infra/person-keys.ts';
import { connectedConfig } from '../infra/running-stack.ts';
import { activityProducer, type UserActivityInput } from './activity.ts';
import { battleProducer } from './battles.ts';
import { leaderboardProducer, updateLeaderboard } from './leaderboards.ts';
import { paymentProducer } from './payments.ts';
import { type Acknowledgement, Publisher } from './publish.ts';
import { type UploadToProcess, uploadProducer, type VideoUploadInput } from './uploads.ts';

type Calls = ReturnType<typeof activityProducer> &
  ReturnType<typeof leaderboardProducer> &
  ReturnType<typeof uploadProducer> &
  ReturnType<typeof paymentProducer> &
  ReturnType<typeof battleProducer>;

type Connection = { readonly calls: Calls; readonly close: () => Promise<void> };

/** With no call for so long the connections are closed; a later call opens new ones. */
const idleMs = 500;

let connection: Promise<Connection> | null = null;
let running = 0;
let idle: NodeJS.Timeout | null = null;

async function connect(): Promise<Connection> {
  const config = connectedConfig();
  const log = createLog('producers', config.logLevel);
  const publisher = new Publisher({ config, log });
  const personKeys = new PersonKeys({ config, log, onFatal: (why) => log.error(why) });
  await Promise.all([publisher.start(), personKeys.start()]);
  const activity = activityProducer(publisher, personKeys);
  const calls = {
    ...activity,
    ...leaderboardProducer(activity.produceUserActivityEvent),
    ...uploadProducer(publisher),
    ...paymentProducer(publisher, personKeys),
    ...battleProducer(publisher),
  };
  return { calls, close: async () => void (await Promise.all([publisher.stop(), personKeys.stop()])) };
}

/** Makes a call on the shared connection, and closes it some time after the last call has been answered. */
async function using<T>(call: (calls: Calls) => Promise<T>): Promise<T> {
  if (idle) clearTimeout(idle);
  running += 1;
  connection ??= connect();
  const mine = connection;
  try {
    return await call((await mine).calls);
  } finally {
    running -= 1;
    if (running === 0) idle = setTimeout(() => void closeProducers(), idleMs);
  }
}

export const produceUserActivityEvent = (input: UserActivityInput): Promise<Acknowledgement> =>
  using((calls) => calls.produceUserActivityEvent(input));

export const produceVideoUploadEvent = (input: VideoUploadInput): Promise<Acknowledgement> =>
  using((calls) => calls.produceVideoUploadEvent(input));

export const queueVideoProcessing = (upload: UploadToProcess): Promise<Acknowledgement> =>
  using((calls) => calls.queueVideoProcessing(upload));

export const producePaymentTransactionEvent = (
  input: Parameters<Calls['producePaymentTransactionEvent']>[0],
): Promise<Acknowledgement> => using((calls) => calls.producePaymentTransactionEvent(input));

export const produceLiveBattleEvent = (
  input: Parameters<Calls['produceLiveBattleEvent']>[0],
): Promise<Acknowledgement> => using((calls) => calls.produceLiveBattleEvent(input));

export const incrementVideoViews = (videoId: string): Promise<Acknowledgement> =>
  using((calls) => calls.incrementVideoViews(videoId));

export { cachedVideoMetadata, cacheVideoMetadata } from './video-metadata.ts';
export { updateLeaderboard };

/** Sends what is still queued and disconnects; a later call connects anew. */
export async function closeProducers(): Promise<void> {
  if (idle) clearTimeout(idle);
  const open = connection;
  connection = null;
  await (await open?.catch(() => null))?.close();
}
