// Reads what a ranker learns from: all uploads and all activity of the topics, in the order of their times.
import type { Kafka } from 'kafkajs';
import { Registry, type TopicCodec, Unreadable } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { topicIn } from '../../infra/kafka.ts';
import { readRange } from '../../infra/read-range.ts';
import { logTimeOf } from '../../processors/runtime/fold.ts';
import type { UserActivity, VideoUpload } from '../../schemas/generated.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';

export type LoggedEvent<Event> = {
  readonly event: Event;
  readonly partition: number;
  readonly offset: number;
  /** Append time in ms; of an imported event its own time, as the processors have it. */
  readonly at: number;
};

export type InteractionLog = {
  readonly uploads: readonly LoggedEvent<VideoUpload>[];
  readonly activity: readonly LoggedEvent<UserActivity>[];
  /** Topic → the next offset of each partition that was not read. */
  readonly offsets: Readonly<Record<string, readonly number[]>>;
};

export async function readInteractionLog(kafka: Kafka, config: Config): Promise<InteractionLog> {
  const registry = new Registry(config.registry.url, config.namespace);
  const from = { kafka, registry, namespace: config.namespace };
  const [uploads, activity] = await Promise.all([
    readAll<VideoUpload>(from, 'video_uploads'),
    readAll<UserActivity>(from, 'user_activity'),
  ]);
  return {
    uploads: uploads.events,
    activity: activity.events,
    offsets: { video_uploads: uploads.next, user_activity: activity.next },
  };
}

type From = { readonly kafka: Kafka; readonly registry: Registry; readonly namespace: string };
type Raw = {
  readonly value: Buffer | null;
  readonly partition: number;
  readonly offset: number;
  readonly time: number;
};

async function readAll<Event extends { source: string; occurredAt: number }>(
  { kafka, registry, namespace }: From,
  topic: TopicName,
) {
  const codec = await registry.codec<Event>(topic);
  const raw: Raw[] = [];
  const next = new Array<number>(topics[topic].partitions).fill(0);
  await readRange({ kafka, topic: topicIn(namespace, topic), from: () => 0 }, (message, partition) => {
    const offset = Number(message.offset);
    next[partition] = offset + 1;
    raw.push({ value: message.value, partition, offset, time: Number(message.timestamp) });
  });
  const events: LoggedEvent<Event>[] = [];
  for (const record of raw) {
    const event = await readable(codec, record.value);
    if (event) events.push(loggedEvent(event, record));
  }
  return { events: events.sort(byTime), next };
}

function loggedEvent<Event extends { source: string; occurredAt: number }>(
  event: Event,
  { partition, offset, time }: Raw,
): LoggedEvent<Event> {
  return { event, partition, offset, at: logTimeOf(event, time) };
}

const byTime = (a: LoggedEvent<unknown>, b: LoggedEvent<unknown>) =>
  a.at - b.at || a.partition - b.partition || a.offset - b.offset;

/** What cannot be read is a dead letter of the processors; nothing is learned from it. */
async function readable<Event>(codec: TopicCodec<Event>, value: Buffer | null): Promise<Event | null> {
  try {
    return await codec.read(value);
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
