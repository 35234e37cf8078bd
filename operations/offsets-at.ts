// Where the topics that the feed is folded from stood at a time in the past.
import type { Kafka } from 'kafkajs';
import { topicIn } from '../infra/kafka.ts';
import { processors } from '../processors/list.ts';
import { feedReads, type Offsets } from './logged-world.ts';
import { resolveRanges } from './replay/range.ts';

/** Per processor and partition the first offset that was appended at that time (ms) or later. @throws InvalidPlace for the future */
export async function offsetsAt(kafka: Kafka, namespace: string, ms: number): Promise<Offsets> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets: Record<string, readonly number[]> = {};
    for (const slug of feedReads) {
      const topic = topicIn(namespace, processors[slug].input);
      const ranges = await resolveRanges(admin, topic, { from: null, to: { kind: 'time', ms } });
      offsets[slug] = ranges.map(({ to }) => to);
    }
    return offsets as Offsets;
  } finally {
    await admin.disconnect();
  }
}
