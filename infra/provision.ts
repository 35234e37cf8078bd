// Makes what the platform stands on: topics, schemas in the registry, keyspace and tables. Running it again changes nothing.
import { Client } from 'cassandra-driver';
import type { Admin } from 'kafkajs';
import { processorList, processors } from '../processors/list.ts';
import { firstOutputs } from '../processors/runtime/generation-history.ts';
import { Generations } from '../processors/runtime/generations.ts';
import { firstGeneration, keyspaceOf } from '../processors/runtime/keys.ts';
import { addColumns, createTable, tablesOf } from '../projections/tables.ts';
import { type TopicName, topicNames, topicSettings, topics } from '../schemas/topics.ts';
import { Registry } from './avro.ts';
import type { Config } from './config.ts';
import { createKafka, topicIn } from './kafka.ts';
import type { Log } from './log.ts';
import { tolerant } from './tolerant.ts';

export async function provision(config: Config, log: Log): Promise<void> {
  const firstTables = Object.keys(processors).map((slug) => ({ slug, generation: firstGeneration }));
  await Promise.all([
    makeTopics(config, log),
    tolerant('the schemas could not be registered', () => registerSchemas(config)),
    tolerant('the tables could not be made', () => makeTables(config, firstTables)),
  ]);
  // Each step of it is taken only if it has not been.
  await tolerant('the generations could not begin', () => beginGenerations(config, log));
}

/** Every slug begins with a generation under the rules of this build; those that rebuilds have made get their tables again. */
async function beginGenerations(config: Config, log: Log): Promise<void> {
  const failed: string[] = [];
  const generations = await Generations.follow(config, log, (why) => failed.push(why));
  try {
    const later: Place[] = [];
    for (const { name: slug, rules, outputs = firstOutputs } of processorList) {
      const history = generations.of(slug);
      const first = {
        kind: 'started',
        slug,
        generation: firstGeneration,
        rules,
        outputs,
        build: config.build,
        by: 'set-up',
      } as const;
      if (!history.live) await generations.append(first);
      for (const made of [history.live, history.previous, history.shadow])
        if (made && made.generation !== firstGeneration) later.push({ slug, generation: made.generation });
    }
    if (later.length > 0) await makeTables(config, later);
  } finally {
    await generations.stop();
  }
  if (failed.length > 0) throw new Error(failed.join('; '));
}

/** A broker under load says for a while that it does not host, or does not lead, what it has just made. */
async function makeTopics(config: Config, log: Log): Promise<void> {
  const { namespace } = config;
  const steps = {
    'the topics could not be made': makeMissing,
    'the topics could not be looked at': refuseOtherPartitionCounts,
    'the topics had no leaders': leadersElected,
  };
  for (const [what, step] of Object.entries(steps))
    await tolerant(what, () => withAdmin(config, log, (admin) => step(namespace, admin)));
}

/** A new one each time: kafkajs asks the leader that it knows again and again, whatever that one answers. */
async function withAdmin(config: Config, log: Log, work: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = createKafka(config, log).admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function makeMissing(namespace: string, admin: Admin): Promise<void> {
  const there = new Set(await admin.listTopics());
  const missing = topicNames.filter((name) => !there.has(topicIn(namespace, name)));
  await admin.createTopics({ waitForLeaders: true, topics: missing.map((name) => creation(namespace, name)) });
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
  const names = topicNames.map((name) => topicIn(namespace, name));
  const { topics: found } = await admin.fetchTopicMetadata({ topics: names });
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
  for (const name of topicNames) await admin.fetchTopicOffsets(topicIn(namespace, name));
}

async function registerSchemas(config: Config): Promise<void> {
  const registry = new Registry(config.registry.url, config.namespace);
  for (const name of topicNames) await registry.register(name);
}

type Place = { readonly slug: string; readonly generation: number };

/** Keyspaces and tables of generations. */
export async function makeTables({ cassandra }: Pick<Config, 'cassandra'>, places: readonly Place[]): Promise<void> {
  const client = new Client({ contactPoints: [...cassandra.contactPoints], localDataCenter: cassandra.dataCenter });
  try {
    await client.connect();
    const replication = `{'class': 'SimpleStrategy', 'replication_factor': ${cassandra.replicationFactor}}`;
    for (const { slug, generation } of places) {
      const keyspace = keyspaceOf(cassandra.keyspace, generation);
      await client.execute(`CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${replication}`);
      for (const table of tablesOf(slug)) {
        await client.execute(createTable(keyspace, table));
        await client.execute(addColumns(keyspace, table));
      }
    }
  } finally {
    await client.shutdown();
  }
}
