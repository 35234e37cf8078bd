// Publishes what became of intents, acknowledged by all; after a failed send the producer is thrown away, and the outcome is found again.
import type { Kafka, Producer } from 'kafkajs';
import { v7 as uuidv7 } from 'uuid';
import type { TopicCodec } from '../../infra/avro.ts';
import { connectedProducer, partitionOf, topicIn } from '../../infra/kafka.ts';
import type { PaymentIntent } from '../../schemas/generated.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';

export type Outcome = { readonly topic: TopicName; readonly event: Readonly<Record<string, unknown>> };

export type OutcomeLogOptions = {
  readonly kafka: Kafka;
  readonly namespace: string;
  readonly codecs: ReadonlyMap<TopicName, TopicCodec<unknown>>;
  readonly now: () => number;
};

const sendRetry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 };

export class OutcomeLog {
  readonly #options: OutcomeLogOptions;
  #producer: Promise<Producer> | null = null;

  constructor(options: OutcomeLogOptions) {
    this.#options = options;
  }

  /** @throws if it is not acknowledged: it may be in the log or not, and telling it again does no harm. */
  async tell({ topic, event }: Outcome, { correlationId, ruleSet }: PaymentIntent): Promise<void> {
    const eventId = uuidv7();
    const occurredAt = this.#options.now();
    const envelope = {
      eventId,
      occurredAt,
      actorId: 'effects',
      correlationId,
      source: 'effects',
      ruleSet,
      origin: null,
    };
    await this.append(topic, { ...envelope, ...event }, { id: eventId });
  }

  /** @returns the offset */
  async append(
    topic: TopicName,
    event: Readonly<Record<string, unknown>>,
    headers: Record<string, string> = {},
  ): Promise<number> {
    const { kafka, namespace, codecs } = this.#options;
    const key = String(event[topics[topic].key]);
    const value = codecs.get(topic)?.encode(event);
    if (!value) throw new Error(`no codec for ${topic}`);
    this.#producer ??= connectedProducer(kafka, sendRetry);
    const producing = this.#producer;
    try {
      const producer = await producing;
      const partition = partitionOf(key, topics[topic].partitions);
      const [answer] = await producer.send({
        topic: topicIn(namespace, topic),
        messages: [{ key, value, partition, headers }],
        acks: -1,
      });
      return Number(answer?.baseOffset);
    } catch (error) {
      if (this.#producer === producing) this.#producer = null;
      producing.then((producer) => producer.disconnect()).catch(() => {});
      throw error;
    }
  }

  async stop(): Promise<void> {
    await (await this.#producer?.catch(() => null))?.disconnect();
  }
}
