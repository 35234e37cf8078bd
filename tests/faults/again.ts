// Delivers whole runs of records once more, as they were: the same bytes, keys and headers, into the same partition.
import { topicIn } from '../../infra/kafka.ts';
import { readRange } from '../../infra/read-range.ts';
import { seeded } from '../../producers/simulate/random.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import type { Platform, RawMessage } from './platform.ts';

const from: readonly TopicName[] = [
  'user_activity',
  'video_uploads',
  'video_engagement',
  'video_engagement',
  'payment_transactions',
  'ledger_entries',
];
const runMax = 150;

/** @returns how many records were appended */
export async function deliverAgain(platform: Platform, seed: number): Promise<number> {
  const random = seeded(seed);
  let appended = 0;
  for (const topic of from) {
    const partition = random.whole(topics[topic].partitions);
    const end = (await platform.ends(topic)).get(partition) ?? 0;
    if (end === 0) continue;
    const first = random.whole(end);
    const length = 1 + random.whole(runMax);
    const run = await runOf(platform, topic, partition, first, Math.min(end, first + length));
    await platform.append(topic, run);
    appended += run.length;
  }
  return appended;
}

async function runOf(
  { kafka, config }: Platform,
  topic: TopicName,
  partition: number,
  first: number,
  end: number,
): Promise<RawMessage[]> {
  const run: RawMessage[] = [];
  const only = (other: number) => (other === partition ? first : Number.MAX_SAFE_INTEGER);
  await readRange({ kafka, topic: topicIn(config.namespace, topic), from: only }, (message) => {
    const headers: Record<string, string | Buffer> = {};
    for (const [name, value] of Object.entries(message.headers ?? {}))
      if (value !== undefined && !Array.isArray(value)) headers[name] = value;
    if (Number(message.offset) < end) run.push({ key: message.key, value: message.value, partition, headers });
  });
  return run;
}
