// Publishes a log once: what its watermarks say has been folded is left out, the rest goes out in order, chunk after chunk.
import pRetry from 'p-retry';
import { partitionOf } from '../../infra/kafka.ts';
import { formatOrigin, isFolded } from '../../processors/runtime/origin.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import { checkEvent, type Loose } from '../../schemas/validate.ts';
import type { Folded } from '../folded.ts';
import { InvalidEvent } from '../invalid-event.ts';
import { type Publisher, PublishUnavailable } from '../publish.ts';
import type { ImportedLog } from './log.ts';

export type ImportCount = {
  /** Rows of which something was published now, and rows that were there already. */
  readonly imported: number;
  readonly alreadyThere: number;
  readonly events: Readonly<Record<string, number>>;
};

export type ImportParts = {
  readonly publisher: Publisher;
  readonly folded: Folded;
  readonly onProgress: (done: number) => void;
};

/** One chunk is one send: none is sent before the one before it has been acknowledged, so no lane has a gap. */
const eventsPerChunk = 500;
const chunkRetry = { retries: 60, minTimeout: 500, maxTimeout: 2_000 };

type Rows = {
  readonly lane: string;
  readonly topic: TopicName;
  readonly processor: string;
  readonly rows: readonly (readonly Loose[])[];
};

export const uploadRows = (log: ImportedLog): Rows => ({
  lane: `import/${log.name}`,
  topic: 'video_uploads',
  processor: 'feed',
  rows: log.uploads.map((upload) => [upload as Loose]),
});

export const activityRows = (log: ImportedLog): Rows => ({
  lane: `import/${log.name}`,
  topic: 'user_activity',
  processor: 'history',
  rows: log.rows.map(({ events }) => events as readonly Loose[]),
});

/** Publishes the log's videos. */
export const importUploads = (log: ImportedLog, parts: ImportParts): Promise<ImportCount> =>
  importRows(uploadRows(log), parts);

/** Publishes what the log's users did. */
export const importActivity = (log: ImportedLog, parts: ImportParts): Promise<ImportCount> =>
  importRows(activityRows(log), parts);

/** Rows that have been folded wholly, by the watermarks that the processor has committed. */
export async function foldedRows({ lane, topic, processor, rows }: Rows, folded: Folded): Promise<number> {
  const marks = await folded.watermarks(processor, topic, lane);
  const isRowFolded = (events: readonly Loose[], offset: number) =>
    events.every((event, index) => isFolded({ lane, offset, index }, marks.get(placeOf(topic, event))));
  return rows.filter(isRowFolded).length;
}

const placeOf = (topic: TopicName, event: Loose) =>
  partitionOf(String(event[topics[topic].key]), topics[topic].partitions);

async function importRows(
  { lane, topic, processor, rows }: Rows,
  { publisher, folded, onProgress }: ImportParts,
): Promise<ImportCount> {
  await folded.caughtUp(processor, topic);
  const marks = await folded.watermarks(processor, topic, lane);
  const count = { imported: 0, alreadyThere: 0, events: {} as Record<string, number> };
  let chunk: Loose[] = [];
  for (const [offset, events] of rows.entries()) {
    const fresh = events.flatMap((event, index) =>
      isFolded({ lane, offset, index }, marks.get(placeOf(topic, event)))
        ? []
        : [{ ...event, source: 'import', origin: formatOrigin(lane, offset, index) }],
    );
    if (fresh.length > 0) count.imported += 1;
    else count.alreadyThere += 1;
    for (const event of fresh) chunk.push(checked(topic, event, publisher.now()));
    if (chunk.length >= eventsPerChunk) {
      await send(publisher, topic, chunk, count.events);
      chunk = [];
      onProgress(offset + 1);
    }
  }
  if (chunk.length > 0) await send(publisher, topic, chunk, count.events);
  onProgress(rows.length);
  return count;
}

function checked(topic: TopicName, event: Loose, now: number): Loose {
  const result = checkEvent(topic, event, { now });
  if (!result.ok) throw new InvalidEvent(result.problem);
  return result.event;
}

/** Repeats a chunk, whose events share one deadline, until all of it is acknowledged; what was there already is dropped by its origin. */
async function send(
  publisher: Publisher,
  topic: TopicName,
  chunk: readonly Loose[],
  counts: Record<string, number>,
): Promise<void> {
  const shouldRetry = ({ error }: { error: Error }) => error instanceof PublishUnavailable;
  const attempt = async () => {
    const since = performance.now();
    const outcomes = await Promise.allSettled(chunk.map((event) => publisher.publish(topic, event, since)));
    const failed = outcomes.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  };
  await pRetry(attempt, { ...chunkRetry, shouldRetry });
  for (const { action } of chunk) counts[String(action)] = (counts[String(action)] ?? 0) + 1;
}
