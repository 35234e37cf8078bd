// Runs processors: connects each table of functions to its real ports and its consumer group.
import type { Client } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import type { Producer } from 'kafkajs';
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
import { ProcessorGroup } from './group.ts';
import { liveGeneration } from './keys.ts';
import type { ProcessorMetrics } from './metrics.ts';
import type { Processor } from './processor.ts';
import { RedisStateStore } from './redis-store.ts';

export type RunnerOptions = {
  readonly config: Config;
  readonly log: Log;
  /** Connected; null runs without rows (a benchmark of the fold alone). */
  readonly cassandra: Client | null;
  readonly processors: readonly Processor[];
  readonly metrics: ProcessorMetrics;
  readonly onFatal: (why: string) => void;
};

export type RunnerStatus = {
  readonly ready: boolean;
  readonly why: readonly string[];
  readonly processors: Readonly<Record<string, ReturnType<ProcessorGroup['status']>>>;
};

export class Runner {
  readonly #options: RunnerOptions;
  readonly #kafka;
  readonly #registry: Registry;
  readonly #redis: Redis;
  readonly #groups = new Map<string, ProcessorGroup>();
  readonly #derived: KafkaDerivedLog[] = [];
  readonly #controls = new Map<string, KafkaControlLog>();
  #controlProducer: Producer | null = null;
  #follower: TopicFollower | null = null;
  #started = false;

  constructor(options: RunnerOptions) {
    const { config, log } = options;
    this.#options = options;
    this.#kafka = createKafka(config, log, 'processors');
    this.#registry = new Registry(config.registry.url, config.namespace);
    this.#redis = createRedis(config, log, { name: 'processors' });
  }

  async start(): Promise<void> {
    const { processors } = this.#options;
    await connectRedis(this.#redis);
    await this.#startControl();
    await Promise.all(
      processors.map(async (processor) => {
        const group = await this.#groupOf(processor);
        this.#groups.set(processor.name, group);
        await group.start();
      }),
    );
    this.#started = true;
  }

  /** Stops every group after the commit under way, then what they stand on. */
  async stop(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.stop()));
    await Promise.all([
      ...this.#derived.map((log) => log.stop()),
      this.#controlProducer?.disconnect(),
      this.#follower?.stop(),
    ]);
    this.#redis.disconnect();
  }

  status(): RunnerStatus {
    const why: string[] = [];
    if (!this.#started) why.push('starting');
    const processors: Record<string, ReturnType<ProcessorGroup['status']>> = {};
    for (const [name, group] of this.#groups) {
      const partitions = group.status();
      processors[name] = partitions;
      this.#options.metrics.partitions(
        name,
        partitions.map(({ state }) => state),
      );
      for (const { partition, state, why: reason } of partitions)
        if (state !== 'ready') why.push(`${name} ${partition} ${state}: ${reason ?? 'just assigned'}`);
    }
    return { ready: why.length === 0, why, processors };
  }

  /** One producer and one reader serve the control topics of all processors. */
  async #startControl(): Promise<void> {
    const { config, processors, onFatal } = this.#options;
    const { namespace } = config;
    const producer = this.#kafka.producer({ createPartitioner: explicitPartition, allowAutoTopicCreation: false });
    this.#controlProducer = producer;
    await producer.connect();
    const names = processors.map(({ control }) => topicIn(namespace, control));
    this.#follower = new TopicFollower({
      kafka: this.#kafka,
      topics: names,
      onRecord: ({ topic, partition, offset, value }) => this.#controls.get(topic)?.onRecord(partition, offset, value),
      onFatal,
    });
    for (const { control } of processors) {
      const topic = topicIn(namespace, control);
      const codec = await this.#registry.codec<ProcessorControl>(control);
      this.#controls.set(
        topic,
        new KafkaControlLog({ producer, follower: this.#follower, codec, topic, log: this.#options.log }),
      );
    }
    await this.#follower.start();
  }

  async #groupOf(processor: Processor): Promise<ProcessorGroup> {
    const { config, log, cassandra, metrics, onFatal } = this.#options;
    const { namespace } = config;
    const codecs = await Promise.all(
      processor.emitsTo.map(async (topic) => [topic, await this.#registry.codec<unknown>(topic)] as const),
    );
    const derived = new KafkaDerivedLog({
      kafka: this.#kafka,
      namespace,
      codecs: new Map<TopicName, (typeof codecs)[number][1]>(codecs),
    });
    this.#derived.push(derived);
    const control = this.#controls.get(topicIn(namespace, processor.control));
    if (!control) throw new Error(`no control log for ${processor.name}`);
    return new ProcessorGroup({
      kafka: this.#kafka,
      namespace,
      generation: liveGeneration,
      processor,
      build: config.build,
      sessionTimeoutMs: config.kafka.sessionTimeoutMs,
      log,
      metrics: metrics.of(processor.name),
      onFatal,
      ports: {
        states: new RedisStateStore(this.#redis, {
          namespace,
          generation: liveGeneration,
          processor: processor.name,
          topic: processor.input,
        }),
        rows: cassandra && new CassandraRowStore(cassandra, config.cassandra.keyspace),
        derived,
        control,
        decoder: await this.#registry.codec(processor.input),
      },
    });
  }
}
