// Takes away what a platform of its own has left on the servers: topics, groups, schemas, keys and keyspaces of one namespace.
import type { Client } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import type { Admin } from 'kafkajs';
import { topicNames } from '../schemas/topics.ts';
import { Registry } from './avro.ts';
import type { Config } from './config.ts';
import { topicIn } from './kafka.ts';

const keysPerScan = 1_000;

export async function deleteTopics(admin: Admin, namespace: string): Promise<void> {
  await admin.deleteTopics({ topics: topicNames.map((name) => topicIn(namespace, name)) });
}

/** Of consumers that have left. */
export async function deleteGroups(admin: Admin, namespace: string): Promise<void> {
  const { groups } = await admin.listGroups();
  const names = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(namespace));
  if (names.length > 0) await admin.deleteGroups(names);
}

/** Subjects that were never registered are passed over. */
export async function deleteSubjects({ registry, namespace }: Config): Promise<void> {
  const subjects = new Registry(registry.url, namespace);
  for (const name of topicNames)
    await fetch(`${registry.url}/subjects/${encodeURIComponent(subjects.subjectOf(name))}`, { method: 'DELETE' });
}

export async function forgetKeys(redis: Redis, namespace: string): Promise<void> {
  for await (const keys of redis.scanStream({ match: `${namespace}*`, count: keysPerScan }))
    if (keys.length > 0) await redis.unlink(keys);
}

/** A keyspace of many tables takes longer than any other statement may. */
const dropMsMax = 60_000;

/** Those of all generations. */
export async function dropKeyspaces(cassandra: Client, keyspace: string): Promise<void> {
  const { rows } = await cassandra.execute('SELECT keyspace_name FROM system_schema.keyspaces');
  const names = rows.map((row) => String(row.keyspace_name)).filter((name) => name.startsWith(keyspace));
  for (const name of names) await cassandra.execute(`DROP KEYSPACE IF EXISTS ${name}`, [], { readTimeout: dropMsMax });
}
