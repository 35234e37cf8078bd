// The platform of one seed: a namespace and a keyspace of its own, its API, its processors, and a client of each server.
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Admin, Kafka, Producer } from 'kafkajs';
import pRetry from 'p-retry';
import { type Config, readConfig } from '../../infra/config.ts';
import { createKafka, explicitPartition, topicIn } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { provision } from '../../infra/provision.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import type { LiveGenerations } from '../../processors/runtime/keys.ts';
import { type TopicName, topicNames } from '../../schemas/topics.ts';
import { ProductProcess } from './product-process.ts';
import type { Servers } from './servers.ts';

export type RawMessage = {
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly partition: number;
  readonly headers?: Record<string, string | Buffer>;
};

export type PlatformParts = {
  readonly folder: string;
  readonly servers: Servers;
  /** The API's, then one for each processors' process. */
  readonly ports: readonly number[];
  /** Names the log files. */
  readonly seed: number;
};

const sessionTimeoutMs = 6_000;
const memoryEveryMs = 1_000;
/** A broker that is just back refuses what it is asked for a moment. */
const patience = { retries: 100, minTimeout: 300, factor: 1 };

export class Platform {
  readonly config: Config;
  readonly log = createLog('faults', 'silent');
  readonly servers: Servers;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly redis: Redis;
  readonly processors: ProductProcess[] = [];
  /** Those that were taken away. */
  readonly gone: ProductProcess[] = [];
  readonly #folder: string;
  readonly #seed: number;
  readonly #env: Readonly<Record<string, string>>;
  readonly #ports: readonly number[];
  readonly #producer: Producer;
  readonly #memory: NodeJS.Timeout;
  #api: ProductProcess | null = null;
  #generations: Generations | null = null;

  private constructor({ folder, servers, ports, seed }: PlatformParts) {
    const name = `f${randomBytes(4).toString('hex')}`;
    const [apiPort, firstPort] = ports;
    this.#folder = folder;
    this.#seed = seed;
    this.#ports = ports.slice(1);
    this.servers = servers;
    this.#env = {
      ...servers.addresses,
      NAMESPACE: `${name}_`,
      CASSANDRA_KEYSPACE: name,
      KAFKA_SESSION_TIMEOUT_MS: String(sessionTimeoutMs),
      PORT: String(apiPort),
      PROCESSORS_PORT: String(firstPort),
      GRPC_PORTS: 'free',
      LOG_LEVEL: 'info',
    };
    this.config = readConfig({ ...process.env, ...this.#env });
    this.kafka = createKafka(this.config, this.log, 'faults');
    this.admin = this.kafka.admin();
    this.#producer = this.kafka.producer({ createPartitioner: explicitPartition, allowAutoTopicCreation: false });
    this.redis = new Redis(this.config.redis.url, { commandTimeout: 2_000, retryStrategy: () => 200 });
    this.redis.on('error', () => undefined);
    const measure = () => [...this.processors, ...(this.#api ? [this.#api] : [])].map((one) => one.measureMemory());
    this.#memory = setInterval(() => void measure(), memoryEveryMs);
  }

  static async make(parts: PlatformParts): Promise<Platform> {
    const platform = new Platform(parts);
    await platform.redis.flushall();
    await provision(platform.config, platform.log);
    await Promise.all([platform.admin.connect(), platform.#producer.connect()]);
    platform.#generations = await Generations.follow(platform.config, platform.log, (why) => platform.log.error(why));
    platform.addProcessors();
    platform.#api = platform.#start('api', 'api/main.ts', platform.config.api.port, '/api/health');
    return platform;
  }

  get api(): ProductProcess {
    if (!this.#api) throw new Error('the API was never started');
    return this.#api;
  }

  get generations(): LiveGenerations {
    if (!this.#generations) throw new Error('the generations are not followed yet');
    return this.#generations;
  }

  /** One more process that runs every processor. */
  addProcessors(): ProductProcess {
    const port = this.#ports[this.processors.length];
    if (port === undefined) throw new Error('no port for one more process');
    const process = this.#start(`processors-${this.processors.length + 1}`, 'processors/main.ts', port, '/ready');
    this.processors.push(process);
    return process;
  }

  /** @returns ms that the last of the processes took to end */
  async takeProcessorAway(msMax: number): Promise<number> {
    const process = this.processors.pop();
    if (!process) throw new Error('no process is left');
    this.gone.push(process);
    return process.stop(msMax);
  }

  /** @returns the offset of the first */
  async append(topic: TopicName, messages: readonly RawMessage[]): Promise<number> {
    const send = () =>
      this.#producer.send({
        topic: topicIn(this.config.namespace, topic),
        messages: messages.map((message) => ({ ...message })),
        acks: -1,
      });
    const [answer] = await pRetry(send, patience);
    return Number(answer?.baseOffset);
  }

  async ends(topic: TopicName): Promise<Map<number, number>> {
    const offsets = await pRetry(() => this.admin.fetchTopicOffsets(topicIn(this.config.namespace, topic)), patience);
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }

  endProcesses(): void {
    for (const process of [...this.processors, ...(this.#api ? [this.#api] : [])]) process.end();
    clearInterval(this.#memory);
  }

  async drop(): Promise<void> {
    this.endProcesses();
    await this.admin.deleteTopics({ topics: topicNames.map((name) => topicIn(this.config.namespace, name)) });
    await Promise.all([this.admin.disconnect(), this.#producer.disconnect(), this.#generations?.stop()]);
    this.redis.disconnect();
  }

  #start(name: string, file: string, port: number, path: string): ProductProcess {
    const env = name === 'api' ? this.#env : { ...this.#env, PROCESSORS_PORT: String(port) };
    const healthUrl = `http://127.0.0.1:${port}${path}`;
    return new ProductProcess(this.#folder, { name: `seed-${this.#seed}-${name}`, file, env, healthUrl });
  }
}
