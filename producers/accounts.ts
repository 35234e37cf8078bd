// Appends records of accounts: the whole account as it is now, or a tombstone; each answered with its offset.
import type { Kafka, Producer } from 'kafkajs';
import type { Registry, TopicCodec } from '../infra/avro.ts';
import { explicitPartition, topicIn } from '../infra/kafka.ts';
import type { Account } from '../schemas/generated.ts';

/** A kafka client of its own with brief patience: a caller waits. */
export type AccountProducerOptions = { readonly kafka: Kafka; readonly registry: Registry; readonly namespace: string };

export class AccountProducer {
  readonly #options: AccountProducerOptions;
  readonly #topic: string;
  #producer: Producer | null = null;
  #codec: TopicCodec<Account> | null = null;

  constructor(options: AccountProducerOptions) {
    this.#options = options;
    this.#topic = topicIn(options.namespace, 'accounts');
  }

  /** @throws if Kafka or the registry is away; it may be called again. */
  async start(): Promise<void> {
    this.#codec ??= await this.#options.registry.codec<Account>('accounts');
    const producer = this.#options.kafka.producer({
      maxInFlightRequests: 1,
      createPartitioner: explicitPartition,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    this.#producer = producer;
  }

  async stop(): Promise<void> {
    await this.#producer?.disconnect();
  }

  /**
   * @param account null ends it
   * @returns the record's offset
   * @throws what kafkajs throws: the record may be in the log or not
   */
  async append(key: string, account: Account | null): Promise<number> {
    if (!this.#producer || !this.#codec) throw new Error('the producer of accounts is not started');
    const value = account && this.#codec.encode(account);
    const messages = [{ key, value, partition: 0 }];
    const [answer] = await this.#producer.send({ topic: this.#topic, messages, acks: -1 });
    return Number(answer?.baseOffset);
  }
}
