// Makes what the platform stands on: topics, schemas in the registry, keyspace and tables. Running it again changes nothing.
import { Client } from 'cassandra-driver';
import type { Admin } from 'kafkajs';
import pRetry from 'p-retry';
import { createTable, tables } from '../projections/tables.ts';
import { type TopicName, topicNames, topicSettings, topics } from '../schemas/topics.ts';
import { Registry } from './avro.ts';
import type { Config } from './config.ts';
import { createKafka, topicIn } from './kafka.ts';
import type { Log } from './log.ts';

export async function provision(config: Config, log: Log): Promise<void> {
  await Promise.all([makeTopics(config, log), registerSchemas(config), makeTables(config)]);
}

async function makeTopics(config: Config, log: Log): Promise<void> {
  const admin = createKafka(config, log).admin();
  await admin.connect();
  try {
    const there = new Set(await admin.listTopics());
    const missing = topicNames.filter((name) => !there.has(topicIn(config.namespace, name)));
    await admin.createTopics({ waitForLeaders: true, topics: missing.map((name) => creation(config.namespace, name)) });
    await refuseOtherPartitionCounts(config.namespace, admin);
    await leadersElected(config.namespace, admin);
  } finally {
    await admin.disconnect();
  }
}

function creation(namespace: string, name: TopicName) {
  const settings = Object.entries(topicSettings(topics[name]));
  return {
    topic: topicIn(namespace, name),
    numPartitions: topics[name].partitions,
    configEntries: settings.map(([key, value]) => ({ name: key, value })),
  };
}

async function refuseOtherPartitionCounts(namespace: string, admin: Admin): Promise<void> {
  const { topics: found } = await admin.fetchTopicMetadata({
    topics: topicNames.map((name) => topicIn(namespace, name)),
  });
  for (const name of topicNames) {
    const partitions = found.find((topic) => topic.name === topicIn(namespace, name))?.partitions.length;
    if (partitions !== topics[name].partitions) {
      throw new Error(
        `topic ${name} has ${partitions} partitions, the catalogue says ${topics[name].partitions}: another count is a new generation`,
      );
    }
  }
}

/** A topic is there moments before its partitions have leaders; kafkajs's look-up of offsets fails meanwhile instead of waiting. */
async function leadersElected(namespace: string, admin: Admin): Promise<void> {
  for (const name of topicNames) {
    await pRetry(() => admin.fetchTopicOffsets(topicIn(namespace, name)), { retries: 50, minTimeout: 100, factor: 1 });
  }
}

async function registerSchemas(config: Config): Promise<void> {
  const registry = new Registry(config.registry.url, config.namespace);
  for (const name of topicNames) await registry.register(name);
}

async function makeTables({ cassandra }: Config): Promise<void> {
  const client = new Client({ contactPoints: [...cassandra.contactPoints], localDataCenter: cassandra.dataCenter });
  try {
    await client.connect();
    const replication = `{'class': 'SimpleStrategy', 'replication_factor': ${cassandra.replicationFactor}}`;
    await client.execute(`CREATE KEYSPACE IF NOT EXISTS ${cassandra.keyspace} WITH replication = ${replication}`);
    for (const table of tables) await client.execute(createTable(cassandra.keyspace, table));
  } finally {
    await client.shutdown();
  }
}
