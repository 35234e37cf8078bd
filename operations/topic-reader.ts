// Reads given offsets of a topic once, partition after partition, and fetches no more before what it has handed out is dealt with.
import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';

/** `from` inclusive, `to` exclusive; the log must hold every offset in between, as it does in a topic that is never compacted. */
export type OffsetRange = { readonly partition: number; readonly from: number; readonly to: number };

export type Reading = {
  readonly kafka: Kafka;
  /** Physical name. */
  readonly topic: string;
  /** Read in this order; a partition may occur once. */
  readonly ranges: readonly OffsetRange[];
  /** Gets the records of one fetch, never none; the next fetch waits for it. */
  readonly onRecords: (records: readonly KafkaMessage[], partition: number) => Promise<void>;
  /** Gives up: what was handed out stays handed out. */
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for records that must be there, in ms. */
  readonly stallMsMax?: number;
};

/** Kafka has not given what the log holds for a long time. */
export class ReadStalled extends Error {}

/** At most this is held at once, twice over while it is decoded. */
const fetchBytesMax = 2 * 1_048_576;

export async function readInOrder(reading: Reading): Promise<void> {
  const ranges = reading.ranges.filter(({ from, to }) => from < to);
  if (ranges.length === 0) return;
  const consumer = reading.kafka.consumer({
    groupId: `read-${randomUUID()}`,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: fetchBytesMax,
    allowAutoTopicCreation: false,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: reading.topic, fromBeginning: true });
    await new OrderedRead(consumer, reading, ranges).run();
  } finally {
    await consumer.disconnect();
  }
}

class OrderedRead {
  readonly #consumer: Consumer;
  readonly #reading: Reading;
  readonly #waiting: OffsetRange[];
  #current: OffsetRange;
  /** The next offset to hand out. */
  #position: number;
  #isOver = false;
  #stall: NodeJS.Timeout | null = null;

  constructor(consumer: Consumer, reading: Reading, ranges: readonly OffsetRange[]) {
    const [first, ...waiting] = ranges as [OffsetRange, ...OffsetRange[]];
    this.#consumer = consumer;
    this.#reading = reading;
    this.#waiting = waiting;
    this.#current = first;
    this.#position = first.from;
  }

  async run(): Promise<void> {
    const { signal } = this.#reading;
    let stop: () => void = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        stop = () => reject(signal?.reason);
        if (signal?.aborted) return stop();
        signal?.addEventListener('abort', stop);
        this.#consumer.on(this.#consumer.events.CRASH, ({ payload }) => {
          if (!payload.restart) reject(payload.error);
        });
        this.#watch(reject);
        const eachBatch = async (payload: EachBatchPayload) => {
          await this.#take(payload, resolve, reject);
          if (!this.#isOver) this.#watch(reject);
        };
        this.#consumer.run({ autoCommit: false, eachBatch }).then(() => this.#seek(), reject);
      });
    } finally {
      this.#isOver = true;
      signal?.removeEventListener('abort', stop);
      if (this.#stall) clearTimeout(this.#stall);
    }
  }

  #watch(reject: (error: Error) => void): void {
    if (this.#stall) clearTimeout(this.#stall);
    const waitMs = this.#reading.stallMsMax ?? 60_000;
    const { topic } = this.#reading;
    this.#stall = setTimeout(
      () =>
        reject(
          new ReadStalled(
            `${topic}: no record at offset ${this.#position} of partition ${this.#current.partition} for ${waitMs / 1_000} s`,
          ),
        ),
      waitMs,
    );
  }

  /** Never throws: kafkajs would give the same batch again. */
  async #take(
    { batch, heartbeat }: EachBatchPayload,
    resolve: () => void,
    reject: (error: unknown) => void,
  ): Promise<void> {
    if (this.#isOver) return;
    const { topic } = this.#reading;
    const { partition, to } = this.#current;
    if (batch.partition !== partition) return this.#consumer.pause([{ topic, partitions: [batch.partition] }]);
    // Before the first seek, and after a rebalance, kafkajs begins at the partition's beginning: never further on.
    if (Number(batch.lastOffset()) < this.#position) return this.#seek();
    if (this.#stall) clearTimeout(this.#stall);
    try {
      const records = batch.messages.filter(({ offset }) => Number(offset) >= this.#position && Number(offset) < to);
      if (records.length > 0) await this.#reading.onRecords(records, partition);
      this.#position = Number(batch.lastOffset()) + 1;
      if (this.#position >= to) this.#next(resolve);
    } catch (error) {
      this.#isOver = true;
      reject(error);
    }
    await heartbeat();
  }

  #next(resolve: () => void): void {
    const { topic } = this.#reading;
    const next = this.#waiting.shift();
    if (!next) {
      this.#isOver = true;
      resolve();
      return;
    }
    this.#consumer.pause([{ topic, partitions: [this.#current.partition] }]);
    this.#current = next;
    this.#position = next.from;
    this.#consumer.resume([{ topic, partitions: [next.partition] }]);
    this.#seek();
  }

  #seek(): void {
    if (this.#isOver) return;
    const { topic } = this.#reading;
    this.#consumer.seek({ topic, partition: this.#current.partition, offset: String(this.#position) });
  }
}
