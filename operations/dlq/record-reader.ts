// Reads single records of a topic by their offsets, in any order; what was fetched around the last one is kept, and no more.
import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';

const readMsMax = 15_000;

type Wanted = { readonly partition: number; readonly offset: number; readonly found: (message: KafkaMessage) => void };

export class RecordReader {
  readonly #topic: string;
  readonly #consumer: Consumer;
  readonly #partitions: readonly number[];
  /** Of each partition what the latest fetch brought: two megabytes at most. */
  readonly #fetched = new Map<number, KafkaMessage[]>();
  #wanted: Wanted | null = null;

  /** @param topic physical name */
  constructor(kafka: Kafka, topic: string, partitions: number) {
    this.#topic = topic;
    this.#partitions = Array.from({ length: partitions }, (_, partition) => partition);
    this.#consumer = kafka.consumer({
      groupId: `read-${randomUUID()}`,
      maxWaitTimeInMs: 50,
      maxBytesPerPartition: 1_048_576,
      allowAutoTopicCreation: false,
    });
  }

  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    await this.#consumer.run({ autoCommit: false, eachBatch: async (payload) => this.#take(payload) });
    this.#consumer.pause([{ topic: this.#topic, partitions: [...this.#partitions] }]);
  }

  /** The record at an offset; one read at a time. @throws if the log does not hold it */
  async read(partition: number, offset: number): Promise<KafkaMessage> {
    const near = this.#fetched.get(partition)?.find((message) => Number(message.offset) === offset);
    if (near) return near;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<KafkaMessage>((resolve, reject) => {
        const why = `${this.#topic} ${partition} gives no record at ${offset} within ${readMsMax} ms`;
        timer = setTimeout(() => reject(new Error(why)), readMsMax);
        this.#wanted = { partition, offset, found: resolve };
        this.#consumer.seek({ topic: this.#topic, partition, offset: String(offset) });
        this.#consumer.resume([{ topic: this.#topic, partitions: [partition] }]);
      });
    } finally {
      clearTimeout(timer);
      this.#wanted = null;
      this.#consumer.pause([{ topic: this.#topic, partitions: [partition] }]);
    }
  }

  async stop(): Promise<void> {
    await this.#consumer.disconnect();
  }

  #take({ batch, pause }: EachBatchPayload): void {
    const wanted = this.#wanted;
    if (wanted?.partition !== batch.partition) return;
    const message = batch.messages.find(({ offset }) => Number(offset) === wanted.offset);
    if (!message) return;
    pause();
    this.#fetched.set(batch.partition, batch.messages);
    wanted.found(message);
  }
}
