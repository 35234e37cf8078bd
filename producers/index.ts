// The documented calls on a publisher of their own, which connects at first use and is flushed when the process ends.

import { createLog } from '../infra/log.ts';
import { PersonKeys } from '../infra/person-keys.ts';
import { connectedConfig } from '../infra/running-stack.ts';
import { activityProducer, type UserActivityInput } from './activity.ts';
import { battleProducer } from './battles.ts';
import { paymentProducer } from './payments.ts';
import { type Acknowledgement, Publisher } from './publish.ts';
import { type UploadToProcess, uploadProducer, type VideoUploadInput } from './uploads.ts';

type Calls = ReturnType<typeof activityProducer> &
  ReturnType<typeof uploadProducer> &
  ReturnType<typeof paymentProducer> &
  ReturnType<typeof battleProducer>;

let connecting: Promise<{ calls: Calls; close: () => Promise<void> }> | null = null;

async function connect(): Promise<{ calls: Calls; close: () => Promise<void> }> {
  const config = connectedConfig();
  const log = createLog('producers', config.logLevel);
  const onFatal = (why: string) => log.error(why);
  const [publisher, personKeys] = [new Publisher({ config, log }), new PersonKeys({ config, log, onFatal })];
  await Promise.all([publisher.start(), personKeys.start()]);
  const calls = {
    ...activityProducer(publisher, personKeys),
    ...uploadProducer(publisher),
    ...paymentProducer(publisher),
    ...battleProducer(publisher),
  };
  const close = async () => {
    await publisher.stop();
    await personKeys.stop();
  };
  process.once('beforeExit', () => void closeProducers());
  return { calls, close };
}

async function connected(): Promise<Calls> {
  connecting ??= connect();
  connecting.catch(() => {
    connecting = null;
  });
  return (await connecting).calls;
}

export const produceUserActivityEvent = async (input: UserActivityInput): Promise<Acknowledgement> =>
  (await connected()).produceUserActivityEvent(input);
export const produceVideoUploadEvent = async (input: VideoUploadInput): Promise<Acknowledgement> =>
  (await connected()).produceVideoUploadEvent(input);
export const queueVideoProcessing = async (upload: UploadToProcess): Promise<Acknowledgement> =>
  (await connected()).queueVideoProcessing(upload);
export const producePaymentTransactionEvent = async (
  input: Parameters<Calls['producePaymentTransactionEvent']>[0],
): Promise<Acknowledgement> => (await connected()).producePaymentTransactionEvent(input);
export const produceLiveBattleEvent = async (
  input: Parameters<Calls['produceLiveBattleEvent']>[0],
): Promise<Acknowledgement> => (await connected()).produceLiveBattleEvent(input);

/** Sends what is still queued and disconnects; a later call connects anew. */
export async function closeProducers(): Promise<void> {
  const open = connecting;
  connecting = null;
  await (await open)?.close();
}
