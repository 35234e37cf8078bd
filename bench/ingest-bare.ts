// The limit of ingesting, as a process of its own: kafkajs producing batches as told in its arguments; prints events/s and the CPU of one.
import type { Producer } from 'kafkajs';
import { Registry } from '../infra/avro.ts';
import { readConfig } from '../infra/config.ts';
import { connectedProducer, createKafka, explicitPartition, partitionOf, topicIn } from '../infra/kafka.ts';
import { createLog } from '../infra/log.ts';
import type { UserActivity } from '../schemas/generated.ts';
import { topics } from '../schemas/topics.ts';
import { activity } from './backlog.ts';
import { closedLoop } from './load.ts';

export type BareRun = {
  /** Whether the Avro bytes are made while the clock runs, or before. */
  readonly encodes: boolean;
  /** With the settings of our publisher; else as fast as kafkajs goes without them. */
  readonly idempotent: boolean;
  readonly batch: number;
  readonly callers: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
};
export type BareRate = { readonly perSecond: number; readonly cpuMicros: number };

const batchesMade = 200;
const { encodes, idempotent, batch, ...loop } = JSON.parse(process.argv[2] ?? '{}') as BareRun;
const [config, log] = [readConfig(), createLog('bench', 'error')];
const { partitions } = topics.user_activity;
const topic = topicIn(config.namespace, 'user_activity');
const codec = await new Registry(config.registry.url, config.namespace).codec<UserActivity>('user_activity');
const kafka = createKafka(config, log, 'bench-ingest');

async function connected(): Promise<Producer> {
  if (idempotent) return connectedProducer(kafka, { retries: 1 });
  const producer = kafka.producer({ createPartitioner: explicitPartition });
  await producer.connect();
  return producer;
}

const sizes = { events: batch * batchesMade, users: 10_000, videos: 5_000, seed: 1 };
const events = [...activity(sizes, Date.now())];
const messageOf = (event: UserActivity) => ({
  key: event.userId,
  value: codec.encode(event),
  partition: partitionOf(event.userId, partitions),
  headers: { id: event.eventId },
});
const batches = Array.from({ length: batchesMade }, (_, n) => events.slice(n * batch, (n + 1) * batch));
const encoded = batches.map((one) => one.map(messageOf));
const producer = await connected();
const cpu = process.cpuUsage();
let sent = 0;
const perSecond = await closedLoop(loop, async (i) => {
  const at = i % batchesMade;
  const messages = (encodes ? batches[at]?.map(messageOf) : encoded[at]) ?? [];
  await producer.send({ topic, acks: -1, messages });
  sent += messages.length;
  return messages.length;
});
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(`${JSON.stringify({ perSecond, cpuMicros: (user + system) / sent } satisfies BareRate)}\n`);
await producer.disconnect();
process.exit();
