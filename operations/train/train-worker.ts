// The thread of `trainApart`: trains on what it is given and hands the model back.
import { parentPort, workerData } from 'node:worker_threads';
import { type Training, train } from '../../learning/train.ts';
import type { Told } from './train-apart.ts';

const tell = (told: Told) => parentPort?.postMessage(told);

tell({ model: train({ ...(workerData as Training), onProgress: (step) => tell({ step }) }) });
