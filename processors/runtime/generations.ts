// Follows the topic `generations`: tells which generation of each slug is live, and appends the steps of a rebuild.
import type { Kafka, Producer } from 'kafkajs';
import { Registry, type TopicCodec, Unreadable } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { connectedProducer, createKafka, topicIn } from '../../infra/kafka.ts';
import type { Log } from '../../infra/log.ts';
import { TopicFollower } from '../../infra/topic-table.ts';
import type { GenerationChange } from '../../schemas/generated.ts';
import { sendRetry } from './derived-log.ts';
import { GenerationHistory } from './generation-history.ts';
import { firstGeneration, type LiveGenerations } from './keys.ts';

export type GenerationsOptions = {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly namespace: string;
  readonly log: Log;
  readonly onFatal: (why: string) => void;
};

export class Generations implements LiveGenerations {
  readonly #options: GenerationsOptions;
  readonly #topic: string;
  readonly #follower: TopicFollower;
  readonly #histories = new Map<string, GenerationHistory>();
  readonly #listeners: ((slug: string) => void)[] = [];
  #codec: TopicCodec<GenerationChange> | null = null;
  #producer: Promise<Producer> | null = null;
  #taken = -1;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  /** A step newer than this build: nothing that it could mean is acted upon. */
  #stuck: string | null = null;

  constructor(options: GenerationsOptions) {
    const { kafka, namespace, onFatal } = options;
    this.#options = options;
    this.#topic = topicIn(namespace, 'generations');
    this.#follower = new TopicFollower({
      kafka,
      topics: [this.#topic],
      onRecord: ({ offset, value }) => this.#take(offset, value),
      onFatal,
    });
  }

  /** On connections of its own, started. */
  static async follow(config: Config, log: Log, onFatal: (why: string) => void): Promise<Generations> {
    const kafka = createKafka(config, log, 'generations');
    const registry = new Registry(config.registry.url, config.namespace);
    const generations = new Generations({ kafka, registry, namespace: config.namespace, log, onFatal });
    await generations.start();
    return generations;
  }

  /** Resolves when all that has been decided so far is known. */
  async start(): Promise<void> {
    this.#codec = await this.#options.registry.codec<GenerationChange>('generations');
    await this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
    await (await this.#producer?.catch(() => null))?.disconnect();
  }

  /** @throws Error if a newer build has taken a step that this one does not know */
  of(slug: string): GenerationHistory {
    if (this.#stuck) throw new Error(this.#stuck);
    let history = this.#histories.get(slug);
    if (!history) {
      history = new GenerationHistory();
      this.#histories.set(slug, history);
    }
    return history;
  }

  live(slug: string): number {
    return this.of(slug).live?.generation ?? firstGeneration;
  }

  onChange(listener: (slug: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Resolves when all that was decided before this call is known; calls that come while one is under way share the next. */
  refresh(): Promise<void> {
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = null;
        this.#running = this.#follower.caughtUp();
        this.#running.catch(() => {});
        return this.#running;
      });
    return this.#next;
  }

  /** Appends a step and reads it back; whether it counted is seen in the history. @returns its offset */
  async append(change: GenerationChange): Promise<number> {
    if (!this.#codec) throw new Error('the generations have not been read yet');
    this.#producer ??= connectedProducer(this.#options.kafka, sendRetry);
    const producer = await this.#producer.catch((error) => {
      this.#producer = null;
      throw error;
    });
    const message = { key: change.slug, value: this.#codec.encode({ ...blank, ...change }), partition: 0 };
    try {
      const [answer] = await producer.send({ topic: this.#topic, messages: [message], acks: -1 });
      const offset = Number(answer?.baseOffset);
      await this.#follower.waitFor(this.#topic, 0, offset);
      return offset;
    } catch (error) {
      this.#producer = null;
      producer.disconnect().catch(() => {});
      throw error;
    }
  }

  async #take(offset: number, value: Buffer | null): Promise<void> {
    // A batch that broke off in its middle comes again.
    if (offset <= this.#taken) return;
    const codec = this.#codec as TopicCodec<GenerationChange>;
    let change: GenerationChange;
    try {
      change = await codec.read(value);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#options.log.error({ offset }, `unreadable step of ${this.#topic}: ${error.message}`);
      return;
    }
    if ((change.kind as string) === 'unknown') {
      this.#stuck = `a newer build has taken a step in the generations of ${change.slug} that this one does not know`;
      return;
    }
    this.of(change.slug).take(offset, change);
    this.#taken = offset;
    for (const listener of this.#listeners) listener(change.slug);
  }
}

const blank = {
  generation: null,
  rules: null,
  outputs: null,
  build: null,
  stop: null,
  until: null,
  offsets: null,
  differing: null,
};
