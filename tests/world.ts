// A platform of its own on the real servers: random topic, group, key and keyspace names, taken away at the end.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'cassandra-driver';
import { Redis } from 'ioredis';
import type { Admin, Kafka, Producer } from 'kafkajs';
import { Registry as MetricsRegistry } from 'prom-client';
import { Registry, type TopicCodec } from '../infra/avro.ts';
import { createCassandra } from '../infra/cassandra.ts';
import { type Config, grpcPortsBy, readConfig } from '../infra/config.ts';
import { createKafka, explicitPartition, partitionOf, topicIn } from '../infra/kafka.ts';
import { createLog } from '../infra/log.ts';
import { provision } from '../infra/provision.ts';
import { deleteTopics, dropKeyspaces, forgetKeys } from '../infra/removal.ts';
import { processorList } from '../processors/list.ts';
import { Generations } from '../processors/runtime/generations.ts';
import { firstGeneration, metaKey, stateKey } from '../processors/runtime/keys.ts';
import { ProcessorMetrics } from '../processors/runtime/metrics.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import { Runner } from '../processors/runtime/runner.ts';
import { type TopicName, topics } from '../schemas/topics.ts';

const settleMsMax = 30_000;
/** One more than the hops of the longest way: a swipe in the ledger, its pair, back to the ledger, the person's own history. */
const looksEnough = 5;

export class World {
  readonly config: Config;
  readonly log = createLog('test', process.env.LOG_LEVEL ?? 'silent');
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly redis: Redis;
  readonly cassandra: Client;
  readonly #runners = new Set<Runner>();
  #admin: Admin | null = null;
  #producer: Producer | null = null;
  #generations: Generations | null = null;

  private constructor(config: Config) {
    this.config = config;
    this.kafka = createKafka(config, this.log, 'test');
    this.registry = new Registry(config.registry.url, config.namespace);
    this.redis = new Redis(config.redis.url);
    this.cassandra = createCassandra(config, this.log);
  }

  static async make(): Promise<World> {
    const name = `t${randomBytes(5).toString('hex')}`;
    const shared = readConfig();
    const cassandra = { ...shared.cassandra, keyspace: name };
    // Each has an authority of its own, under the system's folder for what may be lost.
    const security = { ...shared.security, folder: join(tmpdir(), `${name}-ca`) };
    const world = new World({ ...shared, namespace: `${name}_`, cassandra, grpc: grpcPortsBy(() => 0), security });
    await provision(world.config, world.log);
    await world.cassandra.connect();
    return world;
  }

  /** Runs processors in this process; stop it with `runner.stop()`, or leave that to `drop`. */
  async run(processors: readonly Processor[] = processorList, build = this.config.build): Promise<Runner> {
    const onFatal = (why: string) => this.log.fatal(why);
    const config = { ...this.config, build };
    const runner = new Runner({
      config,
      log: this.log,
      cassandra: this.cassandra,
      processors,
      metrics: new ProcessorMetrics(new MetricsRegistry()),
      onFatal,
    });
    this.#runners.add(runner);
    await runner.start();
    return runner;
  }

  /** From now on states and positions are those of the live generations. */
  async followGenerations(): Promise<Generations> {
    this.#generations ??= await Generations.follow(this.config, this.log, (why) => this.log.fatal(why));
    return this.#generations;
  }

  codec<E>(topic: TopicName): Promise<TopicCodec<E>> {
    return this.registry.codec<E>(topic);
  }

  /** Appends events as a producer would, in this order. */
  async append(
    topic: TopicName,
    events: readonly { eventId: string; origin?: string | null; [field: string]: unknown }[],
  ): Promise<void> {
    const codec = await this.codec<unknown>(topic);
    const messages = events.map((event) => {
      const key = String(event[topics[topic].key]);
      const headers: Record<string, string> = { id: event.eventId };
      if (event.origin) headers.origin = event.origin;
      return { key, value: codec.encode(event), partition: partitionOf(key, topics[topic].partitions), headers };
    });
    await this.appendRaw(topic, messages);
  }

  async appendRaw(
    topic: TopicName,
    messages: { key: string; value: Buffer | null; partition: number; headers?: Record<string, string> }[],
  ): Promise<void> {
    if (!this.#producer) {
      this.#producer = this.kafka.producer({ createPartitioner: explicitPartition, allowAutoTopicCreation: false });
      await this.#producer.connect();
    }
    await this.#producer.send({ topic: topicIn(this.config.namespace, topic), messages });
  }

  /** Ends of a topic's partitions. */
  async ends(topic: TopicName): Promise<Map<number, number>> {
    if (!this.#admin) {
      this.#admin = this.kafka.admin();
      await this.#admin.connect();
    }
    const offsets = await this.#admin.fetchTopicOffsets(topicIn(this.config.namespace, topic));
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }

  /** Waits until every processor has folded all of its input, derived topics included. */
  async settle(processors: readonly Processor[] = processorList, msMax = settleMsMax): Promise<void> {
    const startedAt = performance.now();
    // What was folded last may have caused more: it is in the log before the commit, so that a later look sees it.
    for (let looksWithout = 0; ; ) {
      const lags = await Promise.all(processors.map((processor) => this.lag(processor)));
      const behind = lags.reduce((sum, lag) => sum + lag, 0);
      looksWithout = behind === 0 ? looksWithout + 1 : 0;
      if (looksWithout === looksEnough) return;
      if (performance.now() - startedAt > msMax)
        throw new Error(`not settled: ${processors.map(({ name }, i) => `${name} ${lags[i]}`).join(', ')}`);
      if (behind > 0) await pause(20);
    }
  }

  async lag(processor: Processor): Promise<number> {
    const ends = await this.ends(processor.input);
    let lag = 0;
    for (const [partition, end] of ends)
      lag += end - Number((await this.redis.hget(metaKey(this.tag(processor, partition)), 'offset')) ?? 0);
    return lag;
  }

  tag(processor: Processor, partition: number) {
    return {
      namespace: this.config.namespace,
      generation: this.#generations?.live(processor.name) ?? firstGeneration,
      processor: processor.name,
      topic: processor.input,
      partition,
    };
  }

  /** All states of a processor, by record key. */
  async states<State>(processor: { name: string; input: TopicName }): Promise<Map<string, State>> {
    const states = new Map<string, State>();
    for (let partition = 0; partition < topics[processor.input].partitions; partition++) {
      const kept = await this.redis.hgetall(stateKey(this.tag(processor as Processor, partition)));
      for (const [key, state] of Object.entries(kept)) states.set(key, JSON.parse(state));
    }
    return states;
  }

  async rows(query: string): Promise<Record<string, unknown>[]> {
    const { rows } = await this.cassandra.execute(query.replaceAll('$', this.config.cassandra.keyspace), [], {
      prepare: false,
      fetchSize: 100_000,
    });
    return rows.map((row) => Object.fromEntries(row.keys().map((name) => [name, row.get(name)])));
  }

  /** Of all generations. */
  dropKeyspaces(): Promise<void> {
    return dropKeyspaces(this.cassandra, this.config.cassandra.keyspace);
  }

  forgetRedis(): Promise<void> {
    return forgetKeys(this.redis, this.config.namespace);
  }

  async drop(): Promise<void> {
    await Promise.all([...this.#runners].map((runner) => runner.stop().catch(() => {})));
    await this.#producer?.disconnect();
    await this.#generations?.stop();
    const admin = this.#admin ?? this.kafka.admin();
    if (!this.#admin) await admin.connect();
    await deleteTopics(admin, this.config.namespace);
    await admin.disconnect();
    await this.forgetRedis();
    this.redis.disconnect();
    await this.dropKeyspaces();
    await this.cassandra.shutdown();
    await rm(this.config.security.folder as string, { recursive: true, force: true });
  }
}
