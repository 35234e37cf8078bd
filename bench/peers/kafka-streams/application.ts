// Runs the Kafka Streams application over user_activity of a namespace, and takes away what it leaves: topics, group, local state.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../../infra/config.ts';
import { createKafka, topicIn } from '../../../infra/kafka.ts';
import type { Log } from '../../../infra/log.ts';
import { FoldChild } from '../../fold-child.ts';
import type { Built } from './built.ts';

const defaults = {
  heap: '1g',
  threads: 2,
  commitMs: 1_000,
  cacheBytes: 256 * 1_048_576,
  lingerMs: 100,
  batchBytes: 65_536,
  compression: 'none',
  /** Whether the stores that have a record per event are cached, too; the aggregates always are. */
  rowsCached: false,
  /** Whether events travel on to their videos' figures. */
  withVideos: true,
};
export type Tuning = typeof defaults;

/** The best of those tried, see docs/benchmarks-streams.md; `KAFKA_STREAMS='{"commitMs":100}'` tries others. */
export const tuned: Tuning = { ...defaults, ...JSON.parse(process.env.KAFKA_STREAMS ?? '{}') };

export class KafkaStreamsApplication {
  readonly #built: Built;
  readonly #config: Config;
  readonly #name: string;
  readonly #tuning: Tuning;
  #stateFolder = mkdtempSync(join(tmpdir(), 'kafka-streams-'));

  constructor(built: Built, config: Config, { name = 'peer', tuning = tuned } = {}) {
    this.#built = built;
    this.#config = config;
    this.#name = `${config.namespace}${name}`;
    this.#tuning = tuning;
  }

  /** @param events how many to fold before it says `done`; 0 where only its start is of interest */
  start(events: number): FoldChild {
    const { heap, ...tuning } = this.#tuning;
    const { kafka, registry, namespace } = this.#config;
    const settings = {
      ...tuning,
      events,
      application: this.#name,
      brokers: kafka.brokers.join(','),
      registry: registry.url,
      topic: topicIn(namespace, 'user_activity'),
      stateFolder: this.#stateFolder,
    };
    return new FoldChild(this.#built.java, [
      `-Xmx${heap}`,
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
      '-cp',
      this.#built.classPath,
      'peer.Main',
      ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    ]);
  }

  /** What a machine that is new has: none. */
  forgetLocalState(): void {
    rmSync(this.#stateFolder, { recursive: true, force: true });
    this.#stateFolder = mkdtempSync(join(tmpdir(), 'kafka-streams-'));
  }

  /** To be called when it has ended. */
  async remove(log: Log): Promise<void> {
    rmSync(this.#stateFolder, { recursive: true, force: true });
    const admin = createKafka(this.#config, log).admin();
    await admin.connect();
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${this.#name}-`));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    // A group that never came to be is no error.
    await admin.deleteGroups([this.#name]).catch(() => {});
    await admin.disconnect();
  }
}
