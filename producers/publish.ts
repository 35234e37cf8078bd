// The only door to Kafka from outside: gives events their envelope, queues them within limits, sends them in batches, answers with their place.
import type { Kafka, Producer } from 'kafkajs';
import { Registry, type TopicCodec } from '../infra/avro.ts';
import type { Config } from '../infra/config.ts';
import { briefPatience, connectedProducer, createKafka, partitionOf, topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { uuidv7 } from '../infra/uuid.ts';
import { type TopicName, topicNames, topics } from '../schemas/topics.ts';
import { type OutgoingMessage, type PublishLimits, PublishQueue, type Waiting } from './publish-queue.ts';

export type Acknowledgement = {
  readonly eventId: string;
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  /** Names the place, for reads that must see the event. */
  readonly token: string;
};

/** Kafka has not acknowledged in time: the event may be in the log or not; repeating it with the same id is safe. */
export class PublishUnavailable extends Error {
  override readonly name = 'PublishUnavailable';
  readonly eventId: string;
  constructor(eventId: string, why: string) {
    super(`event ${eventId} was not acknowledged: ${why}`);
    this.eventId = eventId;
  }
}

const defaultLimits: PublishLimits = { eventsMax: 20_000, bytesMax: 64 * 1_048_576, deadlineMs: 1_800 };

/** A failed send is done again here, while its callers still wait; kafkajs (which insists on one retry) would go on after they were told. */
const sendRetry = { initialRetryTime: 50, maxRetryTime: 100, retries: 1 };
const reconnectMs = { first: 100, max: 1_000 };
const disconnectMsMax = 1_000;
const sweepEveryMs = 50;

export type PublisherOptions = {
  readonly config: Config;
  readonly log: Log;
  readonly limits?: Partial<PublishLimits>;
  readonly clock?: () => number;
  /** Told of each acknowledged send: how many events, how many ms. */
  readonly onSent?: (events: number, ms: number) => void;
};

export type PublishableEvent = Readonly<Record<string, unknown>>;

type Publishing = Pick<Waiting, 'topic' | 'message'> & {
  readonly eventId: string;
  readonly resolve: (acknowledgement: Acknowledgement) => void;
  readonly reject: (error: PublishUnavailable) => void;
};

/** A class, for two closures an event cost as much as encoding it. */
class Published implements Waiting {
  readonly #publishing: Publishing;

  constructor(publishing: Publishing) {
    this.#publishing = publishing;
  }

  get topic(): TopicName {
    return this.#publishing.topic;
  }

  get message(): OutgoingMessage {
    return this.#publishing.message;
  }

  answer(offset: number): void {
    const { eventId, topic, message, resolve } = this.#publishing;
    const { partition } = message;
    resolve({ eventId, topic, partition, offset, token: `${topic}:${partition}:${offset}` });
  }

  refuse(why: string): void {
    this.#publishing.reject(new PublishUnavailable(this.#publishing.eventId, why));
  }
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #kafka: Kafka;
  readonly #codecs = new Map<TopicName, TopicCodec<unknown>>();
  readonly #queue: PublishQueue;
  readonly #clock: () => number;
  #producer: Producer | null = null;
  #sweeper: NodeJS.Timeout | null = null;
  #pumping: Promise<void> | null = null;
  #stopping = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#kafka = createKafka(options.config, options.log, 'publisher', briefPatience);
    this.#queue = new PublishQueue({ ...defaultLimits, ...options.limits });
  }

  /** Fetches the schemas and connects. @throws if the registry or Kafka is away; it may be called again. */
  async start(): Promise<void> {
    const { config } = this.#options;
    const registry = new Registry(config.registry.url, config.namespace);
    for (const topic of topicNames)
      if (topics[topic].kind === 'source') this.#codecs.set(topic, await registry.codec(topic));
    this.#producer ??= await this.#connected();
    this.#sweeper ??= setInterval(() => this.#queue.expire(performance.now()), sweepEveryMs);
  }

  /**
   * @param since when the caller began to wait (performance.now()), for the deadline counts from there
   * @throws PublishUnavailable after the deadline, or at once when the queue is full
   */
  publish(topic: TopicName, event: PublishableEvent, since = performance.now()): Promise<Acknowledgement> {
    const key = String(event[topics[topic].key]);
    const enveloped = this.#enveloped(event, key);
    const codec = this.#codecs.get(topic);
    if (!codec) return Promise.reject(new PublishUnavailable(enveloped.eventId, 'the publisher is not connected yet'));
    const headers: Record<string, string> = { id: enveloped.eventId };
    if (enveloped.origin) headers.origin = enveloped.origin;
    const partition = partitionOf(key, topics[topic].partitions);
    const message = { key, value: codec.encode(enveloped), partition, headers };
    return new Promise((resolve, reject) => {
      const waiting = new Published({ topic, message, eventId: enveloped.eventId, resolve, reject });
      if (this.#stopping) waiting.refuse('the publisher is stopping');
      else if (this.#queue.add(waiting, since)) this.#pump();
    });
  }

  /** The time that events without one are given, in ms. */
  now(): number {
    return this.#clock();
  }

  /** Sends what is queued while Kafka takes it, refuses the rest, disconnects. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#pumping;
    if (this.#sweeper) clearInterval(this.#sweeper);
    if (this.#producer) await disconnected(this.#producer);
  }

  #enveloped(event: PublishableEvent, key: string): PublishableEvent & { eventId: string; origin: string | null } {
    const eventId = String(event.eventId ?? uuidv7());
    const envelope = { occurredAt: this.#clock(), actorId: key, correlationId: eventId, source: 'api', ruleSet: 0 };
    const sure = { eventId, origin: typeof event.origin === 'string' ? event.origin : null };
    return Object.assign(envelope, event, sure);
  }

  /** One send at a time: what arrives meanwhile is the next batch. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = (async () => {
      // What is published in the same turn goes out together.
      await Promise.resolve();
      while (!this.#queue.empty) {
        this.#producer ??= await this.#reconnected();
        if (!this.#producer) break;
        const batch = this.#queue.take(performance.now());
        if (batch.length > 0) await this.#send(this.#producer, batch);
      }
    })().finally(() => {
      this.#pumping = null;
      if (!this.#queue.empty) this.#pump();
    });
  }

  async #send(producer: Producer, batch: readonly Waiting[]): Promise<void> {
    const topic = topicIn(this.#options.config.namespace, batch[0]?.topic as TopicName);
    const startedAt = performance.now();
    try {
      const answers = await producer.send({ topic, messages: batch.map(({ message }) => message), acks: -1 });
      const next = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
      for (const waiting of batch) {
        const offset = next.get(waiting.message.partition) as number;
        next.set(waiting.message.partition, offset + 1);
        waiting.answer(offset);
      }
      this.#queue.settled();
      this.#options.onSent?.(batch.length, performance.now() - startedAt);
    } catch (error) {
      this.#options.log.warn(`a send to ${topic} failed: ${(error as Error).message}`);
      // The sequences of an idempotent producer are in doubt after a failed send: another batch could pass for a repeat and be lost.
      this.#producer = null;
      void disconnected(producer);
      this.#queue.failed(performance.now());
    }
  }

  #connected(): Promise<Producer> {
    return connectedProducer(this.#kafka, sendRetry);
  }

  /** Null once the publisher is stopping: then nobody waits any more. */
  async #reconnected(): Promise<Producer | null> {
    for (let waitMs = reconnectMs.first; !this.#stopping; waitMs = Math.min(waitMs * 2, reconnectMs.max)) {
      try {
        return await this.#connected();
      } catch (error) {
        this.#options.log.warn(`the publisher cannot connect: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
    this.#queue.refuseAll('the publisher is stopping');
    return null;
  }
}

/** Disconnects, but does not wait for a broker that is gone. */
async function disconnected(producer: Producer): Promise<void> {
  await Promise.race([
    producer.disconnect().catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, disconnectMsMax)),
  ]);
}
