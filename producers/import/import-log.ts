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

/** Publishes the log's videos. */
export function importUploads(log: ImportedLog, parts: ImportParts): Promise<ImportCount> {
  const rows = log.uploads.map((upload) => [upload as Loose]);
  return importRows({ name: log.name, topic: 'video_uploads', processor: 'feed', rows }, parts);
}

/** Publishes what the log's users did. */
export function importActivity(log: ImportedLog, parts: ImportParts): Promise<ImportCount> {
  const rows = log.rows.map(({ events }) => events as readonly Loose[]);
  return importRows({ name: log.name, topic: 'user_activity', processor: 'history', rows }, parts);
}

type Rows = {
  readonly name: string;
  readonly topic: TopicName;
  readonly processor: string;
  readonly rows: readonly (readonly Loose[])[];
};

async function importRows(
  { name, topic, processor, rows }: Rows,
  { publisher, folded, onProgress }: ImportParts,
): Promise<ImportCount> {
  await folded.caughtUp(processor, topic);
  const lane = `import/${name}`;
  const marks = await folded.watermarks(processor, topic, lane);
  const count = { imported: 0, alreadyThere: 0, events: {} as Record<string, number> };
  let chunk: Loose[] = [];
  for (const [offset, events] of rows.entries()) {
    const fresh = events.flatMap((event, index) => {
      const partition = partitionOf(String(event[topics[topic].key]), topics[topic].partitions);
      return isFolded({ lane, offset, index }, marks.get(partition))
        ? []
        : [{ ...event, source: 'import', origin: formatOrigin(lane, offset, index) }];
    });
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

/** Repeats a chunk until all of it is acknowledged; what was there already is dropped by its origin. */
async function send(
  publisher: Publisher,
  topic: TopicName,
  chunk: readonly Loose[],
  counts: Record<string, number>,
): Promise<void> {
  const shouldRetry = ({ error }: { error: Error }) => error instanceof PublishUnavailable;
  await pRetry(() => Promise.all(chunk.map((event) => publisher.publish(topic, event))), {
    ...chunkRetry,
    shouldRetry,
  });
  for (const { action } of chunk) counts[String(action)] = (counts[String(action)] ?? 0) + 1;
}
