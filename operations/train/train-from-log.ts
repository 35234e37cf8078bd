// Trains on what the topics hold now, and names the model by what it has read.
import type { Kafka } from 'kafkajs';
import type { Config } from '../../infra/config.ts';
import { type Training, train } from '../../learning/train.ts';
import type { Model } from '../../processors/feed/ranking/learned/model.ts';
import { type InteractionLog, readInteractionLog } from './read-log.ts';

/** The same topics give the same model. */
const trainingSeed = 1;

export type Trained = { readonly model: Model; readonly log: InteractionLog; readonly seconds: number };

/** @param learn what trains: here, or in a thread of its own */
export async function trainFromLog(
  kafka: Kafka,
  config: Config,
  onProgress: (step: string) => void,
  learn: (training: Training) => Model | Promise<Model> = train,
): Promise<Trained> {
  const log = await readInteractionLog(kafka, config);
  onProgress(`${log.uploads.length} uploads and ${log.activity.length} events of users read`);
  const startedAt = performance.now();
  const model = await learn({
    uploads: log.uploads.map(({ event }) => event),
    activity: log.activity.map(({ event, at }) => (event.occurredAt === at ? event : { ...event, occurredAt: at })),
    now: endOf(log),
    seed: trainingSeed,
    version: versionOf(log),
    onProgress,
  });
  return { model, log, seconds: (performance.now() - startedAt) / 1_000 };
}

/** Log time of the last event, in ms. */
export const endOf = ({ activity }: InteractionLog): number => activity.at(-1)?.at ?? 0;

/** How many records of each topic it was trained on: later trainings are larger, equal ones are the same model. */
function versionOf({ offsets }: InteractionLog): string {
  const sum = (topic: string) => (offsets[topic] ?? []).reduce((total, offset) => total + offset, 0);
  return `${sum('video_uploads')}-${sum('user_activity')}`;
}
