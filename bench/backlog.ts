// Fills user_activity with skewed synthetic events, the same for the same seed, and takes them away again.
import { Redis } from 'ioredis';
import { Registry } from '../infra/avro.ts';
import { createCassandra } from '../infra/cassandra.ts';
import type { Config } from '../infra/config.ts';
import { createKafka, explicitPartition, partitionOf, topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { provision } from '../infra/provision.ts';
import { deleteTopics, dropKeyspaces, forgetKeys } from '../infra/removal.ts';
import { seeded } from '../producers/simulate/random.ts';
import type { UserActivity } from '../schemas/generated.ts';
import { topics } from '../schemas/topics.ts';

export type BacklogSize = {
  readonly events: number;
  readonly users: number;
  readonly videos: number;
  readonly seed: number;
};
export type Backlog = { readonly config: Config; readonly events: readonly UserActivity[] };

const messagesPerSend = 4_000;
const actions = ['view', 'view', 'view', 'view', 'view', 'view', 'view', 'like', 'share', 'skip'] as const;

export function* activity({ events, users, videos, seed }: BacklogSize, startMs: number): Generator<UserActivity> {
  const random = seeded(seed);
  const pick = (count: number, skew: number) => Math.floor(count * random.next() ** skew);
  for (let i = 0; i < events; i++) {
    const userId = `user${pick(users, 2)}`;
    const videoId = `video${pick(videos, 3)}`;
    const base = {
      eventId: `0190aabb-0000-7000-8000-${i.toString(16).padStart(12, '0')}`,
      occurredAt: startMs - events + i,
      actorId: userId,
      correlationId: 'bench',
      source: 'bench',
      ruleSet: 0,
      origin: null,
      userId,
    };
    const action = actions[pick(actions.length, 1)] ?? 'view';
    if (action === 'view') yield { ...base, action, videoId, watchDurationMs: pick(30_000, 1) };
    else if (action === 'skip') yield { ...base, action, videoId, watchDurationMs: null };
    else yield { ...base, action, videoId };
  }
}

let made = 0;

/** A platform of its own, with nothing but the backlog in it. */
export async function ownBacklog(config: Config, log: Log, size: BacklogSize): Promise<Backlog> {
  const name = `bench${process.pid}_${made++}`;
  const own: Config = { ...config, namespace: `${name}_`, cassandra: { ...config.cassandra, keyspace: name } };
  await provision(own, log);
  return fillBacklog(own, log, size);
}

/** What a process of that platform finds in its environment. */
export const environmentOf = (own: Config): NodeJS.ProcessEnv => ({
  ...process.env,
  KAFKA_BROKERS: own.kafka.brokers.join(','),
  SCHEMA_REGISTRY_URL: own.registry.url,
  CASSANDRA_CONTACT_POINTS: own.cassandra.contactPoints.join(','),
  REDIS_URL: own.redis.url,
  NAMESPACE: own.namespace,
  CASSANDRA_KEYSPACE: own.cassandra.keyspace,
  LOG_LEVEL: 'error',
});

export async function fillBacklog(config: Config, log: Log, size: BacklogSize): Promise<Backlog> {
  const events = [...activity(size, Date.now())];
  const codec = await new Registry(config.registry.url, config.namespace).codec<UserActivity>('user_activity');
  const producer = createKafka(config, log).producer({ createPartitioner: explicitPartition });
  await producer.connect();
  const topic = topicIn(config.namespace, 'user_activity');
  for (let i = 0; i < events.length; i += messagesPerSend) {
    const messages = events.slice(i, i + messagesPerSend).map((event) => ({
      key: event.userId,
      value: codec.encode(event),
      partition: partitionOf(event.userId, topics.user_activity.partitions),
      headers: { id: event.eventId },
    }));
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
  return { config, events };
}

export async function dropBacklog({ config }: Backlog, log: Log): Promise<void> {
  const admin = createKafka(config, log).admin();
  await admin.connect();
  await deleteTopics(admin, config.namespace);
  await admin.disconnect();
  const redis = new Redis(config.redis.url);
  await forgetKeys(redis, config.namespace);
  redis.disconnect();
  const cassandra = createCassandra(config, log);
  await cassandra.connect();
  await dropKeyspaces(cassandra, config.cassandra.keyspace);
  await cassandra.shutdown();
}
