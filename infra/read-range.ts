// Reads a topic from given offsets to the ends it has now, once.
import { randomUUID } from 'node:crypto';
import type { Kafka, KafkaMessage } from 'kafkajs';

export type Range = {
  readonly kafka: Kafka;
  /** Physical name. */
  readonly topic: string;
  /** First offset to read of each partition. */
  readonly from: (partition: number) => number;
};

/** Calls back for each record, in order within a partition; resolves when every partition's present end is reached. */
export async function readRange(
  { kafka, topic, from }: Range,
  onRecord: (message: KafkaMessage, partition: number) => void,
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map<number, number>();
  try {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      if (Math.max(Number(low), from(partition)) < Number(high)) ends.set(partition, Number(high));
    }
  } finally {
    await admin.disconnect();
  }
  if (ends.size === 0) return;
  const consumer = kafka.consumer({ groupId: `read-${randomUUID()}`, maxWaitTimeInMs: 100 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const running = consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          const end = ends.get(batch.partition);
          if (end === undefined) return;
          for (const message of batch.messages) {
            const offset = Number(message.offset);
            if (offset >= from(batch.partition) && offset < end) onRecord(message, batch.partition);
          }
          if (Number(batch.lastOffset()) + 1 >= end) ends.delete(batch.partition);
          if (ends.size === 0) resolve();
        },
      });
      running.then(() => {
        for (const partition of ends.keys())
          consumer.seek({ topic, partition, offset: String(Math.max(0, from(partition))) });
      }, reject);
    });
  } finally {
    await consumer.disconnect();
  }
}
