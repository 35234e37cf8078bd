// Trains in a thread of its own: it takes a minute without a pause, in which this process goes on to hear Ctrl-C and its servers.
import { Worker } from 'node:worker_threads';
import type { Training } from '../../learning/train.ts';
import type { Model } from '../../processors/feed/ranking/learned/model.ts';

/** What the thread says. */
export type Told = { readonly step: string } | { readonly model: Model };

const heapMbMax = 4_096;

/** A thread does not load TypeScript by itself, other than its process. */
const start = `import('${import.meta.resolve('tsx/esm/api')}').then(({ register }) => {
  register();
  return import('${new URL('./train-worker.ts', import.meta.url)}');
});`;

/** @param signal ends the thread at once; the promise is then rejected with its reason */
export function trainApart({ onProgress, ...training }: Training, signal: AbortSignal): Promise<Model> {
  signal.throwIfAborted();
  const worker = new Worker(start, {
    eval: true,
    workerData: training,
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
  });
  const end = () => void worker.terminate();
  signal.addEventListener('abort', end);
  return new Promise<Model>((resolve, reject) => {
    worker.on('message', (told: Told) => ('step' in told ? onProgress?.(told.step) : resolve(told.model)));
    worker.on('error', reject);
    worker.on('exit', () => reject(signal.reason ?? new Error('the training ended without a model')));
  }).finally(() => signal.removeEventListener('abort', end));
}
