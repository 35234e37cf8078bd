// What a thread of the processors' process begins with: runs its share, and answers what the first thread asks.
import { parentPort, workerData } from 'node:worker_threads';
import { collectDefaultMetrics } from 'prom-client';
import { createLog } from '../../infra/log.ts';
import { ownOfThread } from './metrics.ts';
import { Share } from './share.ts';
import type { Asked, Said, Told } from './thread.ts';

const { share: of, logName } = workerData as Told;
const say = (said: Said) => parentPort?.postMessage(said);
const share = new Share(of, createLog(logName, of.config.logLevel), (why) => say({ fatal: why }));
collectDefaultMetrics({ register: share.metrics });

const answers = {
  start: () => share.start(),
  status: async () => share.status(),
  metrics: async () => ownOfThread(await share.metrics.getMetricsAsJSON()),
  stop: () => share.stop(),
};

// What fails here, or anywhere in this thread, ends it, and the first thread hears why.
parentPort?.on('message', async ({ id, question }: Asked) => say({ id, answer: await answers[question]() }));
