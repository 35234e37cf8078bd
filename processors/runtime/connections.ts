// What processors stand on: Kafka, registry, Redis, their control topics and the generations; and the ports made of it for one generation.
import type { Client } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import type { Kafka, Producer } from 'kafkajs';
import { Registry } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { createKafka, explicitPartition, topicIn } from '../../infra/kafka.ts';
import type { Log } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { TopicFollower } from '../../infra/topic-table.ts';
import type { ProcessorControl } from '../../schemas/generated.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { CassandraRowStore } from './cassandra-rows.ts';
import { KafkaControlLog } from './control-log.ts';
import { KafkaDerivedLog } from './derived-log.ts';
import { Generations } from './generations.ts';
import { keyspaceOf } from './keys.ts';
import type { Decoder, DerivedLog, RowStore } from './ports.ts';
import type { Processor } from './processor.ts';
import { RedisStateStore } from './redis-store.ts';

export type ConnectionsOptions = {
  readonly config: Config;
  readonly log: Log;
  /** Connected; null does without rows (a benchmark of the fold alone). */
  readonly cassandra: Client | null;
  readonly processors: readonly Processor[];
  readonly onFatal: (why: string) => void;
  /** The name by which servers know these connections. */
  readonly name: string;
};

/** The stores of one generation of a processor. */
export type Stores = { readonly states: RedisStateStore; readonly rows: RowStore | null };

export class Connections {
  readonly kafka: Kafka;
  readonly redis: Redis;
  readonly registry: Registry;
  readonly generations: Generations;
  readonly #options: ConnectionsOptions;
  readonly #controls = new Map<string, KafkaControlLog>();
  readonly #derived: KafkaDerivedLog[] = [];
  #producer: Producer | null = null;
  #follower: TopicFollower | null = null;

  constructor(options: ConnectionsOptions) {
    const { config, log, name, onFatal } = options;
    this.#options = options;
    this.kafka = createKafka(config, log, name);
    this.registry = new Registry(config.registry.url, config.namespace);
    this.redis = createRedis(config, log, { name });
    const { kafka, registry } = this;
    this.generations = new Generations({ kafka, registry, namespace: config.namespace, log, onFatal });
  }

  async start(): Promise<void> {
    await connectRedis(this.redis);
    await Promise.all([this.generations.start(), this.#startControl()]);
  }

  async stop(): Promise<void> {
    await Promise.all([
      ...this.#derived.map((log) => log.stop()),
      this.#producer?.disconnect(),
      this.#follower?.stop(),
      this.generations.stop(),
    ]);
    this.redis.disconnect();
  }

  controlOf(processor: Processor): KafkaControlLog {
    const control = this.#controls.get(topicIn(this.#options.config.namespace, processor.control));
    if (!control) throw new Error(`no control log for ${processor.name}`);
    return control;
  }

  /** Resolves when every control topic has been read up to its present end. */
  async controlRead(): Promise<void> {
    await this.#follower?.caughtUp();
  }

  storesOf(processor: Processor, generation: number): Stores {
    const { config, cassandra } = this.#options;
    const { name, input: topic } = processor;
    const { namespace } = config;
    return {
      states: new RedisStateStore(this.redis, { namespace, generation, processor: name, topic }),
      rows: cassandra && new CassandraRowStore(cassandra, keyspaceOf(config.cassandra.keyspace, generation)),
    };
  }

  async derivedOf(processor: Processor): Promise<DerivedLog> {
    const codecs = await Promise.all(
      processor.emitsTo.map(async (topic) => [topic, await this.registry.codec<unknown>(topic)] as const),
    );
    const { namespace } = this.#options.config;
    const byTopic = new Map<TopicName, (typeof codecs)[number][1]>(codecs);
    const derived = new KafkaDerivedLog({ kafka: this.kafka, namespace, codecs: byTopic });
    this.#derived.push(derived);
    return derived;
  }

  decoderOf(processor: Processor): Promise<Decoder<unknown>> {
    return this.registry.codec(processor.input);
  }

  /** One producer and one reader serve the control topics of all processors. */
  async #startControl(): Promise<void> {
    const { config, log, processors, onFatal } = this.#options;
    const { namespace } = config;
    const producer = this.kafka.producer({ createPartitioner: explicitPartition, allowAutoTopicCreation: false });
    this.#producer = producer;
    await producer.connect();
    const follower = new TopicFollower({
      kafka: this.kafka,
      topics: processors.map(({ control }) => topicIn(namespace, control)),
      onRecord: ({ topic, partition, offset, value }) => this.#controls.get(topic)?.onRecord(partition, offset, value),
      onFatal,
    });
    this.#follower = follower;
    for (const { control } of processors) {
      const topic = topicIn(namespace, control);
      const codec = await this.registry.codec<ProcessorControl>(control);
      this.#controls.set(topic, new KafkaControlLog({ producer, follower, codec, topic, log }));
    }
    await follower.start();
  }
}
