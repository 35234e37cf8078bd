// A platform of its own on the running servers, in this process: topics, keyspace and keys of one namespace, gone at the end.
import { randomBytes } from 'node:crypto';
import type { Client } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import type { Admin, Kafka } from 'kafkajs';
import { Registry as MetricsRegistry } from 'prom-client';
import { connectCassandra, createCassandra } from '../infra/cassandra.ts';
import type { Config } from '../infra/config.ts';
import { createKafka } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { provision } from '../infra/provision.ts';
import { connectRedis, createRedis } from '../infra/redis.ts';
import { deleteGroups, deleteSubjects, deleteTopics, dropKeyspaces, forgetKeys } from '../infra/removal.ts';
import { processorList } from '../processors/list.ts';
import { Generations } from '../processors/runtime/generations.ts';
import { ProcessorMetrics } from '../processors/runtime/metrics.ts';
import { Runner } from '../processors/runtime/runner.ts';
import { Folded } from '../producers/folded.ts';
import { importActivity, importUploads } from '../producers/import/import-log.ts';
import type { ImportedLog } from '../producers/import/log.ts';
import { Publisher } from '../producers/publish.ts';
import { commandPatience } from './readable-topics.ts';

const importDeadlineMs = 10_000;

export type OnProgress = (what: string, done: number, total: number) => void;

export class OwnPlatform {
  readonly config: Config;
  readonly log: Log;
  readonly kafka: Kafka;
  readonly redis: Redis;
  readonly generations: Generations;
  readonly #admin: Admin;
  readonly #cassandra: Client;
  readonly #runner: Runner;
  #stopped: Promise<void> | null = null;

  private constructor(config: Config, log: Log, generations: Generations, onFatal: (why: string) => void) {
    this.config = config;
    this.log = log;
    this.generations = generations;
    this.kafka = createKafka(config, log, 'evaluate', commandPatience);
    this.#admin = this.kafka.admin();
    this.redis = createRedis(config, log, { name: 'evaluate', autoPipelining: true });
    this.#cassandra = createCassandra(config, log);
    this.#runner = new Runner({
      config,
      log,
      cassandra: this.#cassandra,
      processors: processorList,
      metrics: new ProcessorMetrics(new MetricsRegistry()),
      onFatal,
    });
  }

  /** Makes topics, schemas and tables under a random name, and starts every processor. */
  static async start(shared: Config, log: Log, onFatal: (why: string) => void): Promise<OwnPlatform> {
    const name = `evaluate_${randomBytes(4).toString('hex')}`;
    const config = { ...shared, namespace: `${name}_`, cassandra: { ...shared.cassandra, keyspace: name } };
    await provision(config, log);
    const platform = new OwnPlatform(config, log, await Generations.follow(config, log, onFatal), onFatal);
    await Promise.all([
      platform.#admin.connect(),
      connectRedis(platform.redis),
      connectCassandra(platform.#cassandra, log),
    ]);
    await platform.#runner.start();
    return platform;
  }

  /** Publishes a log by the ordinary importer and waits until every processor has folded all of it. */
  async import(given: ImportedLog, onProgress: OnProgress): Promise<void> {
    const { redis, generations, config } = this;
    const publisher = new Publisher({ config, log: this.log, limits: { deadlineMs: importDeadlineMs } });
    await publisher.start();
    try {
      const folded = new Folded({ redis, admin: this.#admin, namespace: config.namespace, generations });
      const tell = (what: string, total: number) => (done: number) => onProgress(what, done, total);
      const parts = { publisher, folded };
      await importUploads(given, { ...parts, onProgress: tell('videos published', given.uploads.length) });
      await folded.caughtUp('feed', 'video_uploads');
      await importActivity(given, { ...parts, onProgress: tell('rows published', given.rows.length) });
      for (const { name, input } of processorList) await folded.caughtUp(name, input);
    } finally {
      await publisher.stop();
    }
  }

  /** Once all is folded: what follows may keep the process busy for longer than a member of a group may be silent. */
  stopProcessors(): Promise<void> {
    this.#stopped ??= this.#runner.stop();
    return this.#stopped;
  }

  /** Stops everything and takes away what it has left on the servers. */
  async drop(): Promise<void> {
    await this.stopProcessors();
    await this.generations.stop();
    const { namespace, cassandra } = this.config;
    await deleteTopics(this.#admin, namespace);
    await deleteGroups(this.#admin, namespace);
    await Promise.all([
      this.#admin.disconnect(),
      forgetKeys(this.redis, namespace),
      dropKeyspaces(this.#cassandra, cassandra.keyspace),
      deleteSubjects(this.config),
    ]);
    this.redis.disconnect();
    await this.#cassandra.shutdown();
  }
}
