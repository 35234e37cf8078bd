// Reads whole topics from the beginning and follows them: for compacted tables and control topics that an instance needs in full.
import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import { idleFetchMs } from './kafka.ts';

export type FollowedRecord = {
  /** Physical name. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  /** Append time in ms. */
  readonly timestamp: number;
};

export type FollowerOptions = {
  readonly kafka: Kafka;
  /** Physical names. */
  readonly topics: readonly string[];
  /** The next record comes when this one has been dealt with. */
  readonly onRecord: (record: FollowedRecord) => void | Promise<void>;
  /** The consumer is beyond repair: the process must end and be started again. */
  readonly onFatal: (why: string) => void;
};

type Waiter = { readonly offset: number; readonly resolve: () => void; readonly moved: () => void };

/** So long without any record, in ms, while one is waited for that has been acknowledged, is too long. */
const waitMsMax = 15_000;

export class TopicFollower {
  readonly #options: FollowerOptions;
  readonly #consumer: Consumer;
  /** "topic partition" → offset after the last record seen. */
  readonly #positions = new Map<string, number>();
  readonly #waiters = new Map<string, Waiter[]>();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#consumer = options.kafka.consumer({
      groupId: `follow-${randomUUID()}`,
      maxWaitTimeInMs: idleFetchMs,
      allowAutoTopicCreation: false,
    });
  }

  /** Resolves when every partition's end, as it was at the call, has been read. */
  async start(): Promise<void> {
    const { topics, onFatal } = this.#options;
    this.#consumer.on(this.#consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) onFatal(`reader of ${topics.join(', ')} crashed: ${payload.error.message}`);
    });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, resolveOffset }) => {
        for (const message of batch.messages) await this.#take(batch.topic, batch.partition, message);
        resolveOffset(batch.lastOffset());
        this.#reached(batch.topic, batch.partition, Number(batch.lastOffset()) + 1);
      },
    });
    await this.caughtUp();
  }

  /** Resolves when every partition's end, as it is now, has been read. */
  async caughtUp(): Promise<void> {
    const ends = (await this.#ends()).filter(({ end }) => end > 0);
    await Promise.all(ends.map(({ topic, partition, end }) => this.waitFor(topic, partition, end - 1)));
  }

  /** Resolves when the record at this offset has been seen. */
  waitFor(topic: string, partition: number, offset: number): Promise<void> {
    const name = `${topic} ${partition}`;
    if ((this.#positions.get(name) ?? 0) > offset) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new Error(`${name} is not read up to ${offset}: nothing for ${waitMsMax} ms`));
      let timer = setTimeout(giveUp, waitMsMax);
      const moved = () => {
        clearTimeout(timer);
        timer = setTimeout(giveUp, waitMsMax);
      };
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiters.set(name, [...(this.#waiters.get(name) ?? []), { offset, resolve: done, moved }]);
    });
  }

  async stop(): Promise<void> {
    await this.#consumer.disconnect();
  }

  async #take(
    topic: string,
    partition: number,
    message: {
      offset: string;
      timestamp: string;
      key: Buffer | null;
      value: Buffer | null;
      headers?: FollowedRecord['headers'];
    },
  ): Promise<void> {
    const offset = Number(message.offset);
    if (offset < (this.#positions.get(`${topic} ${partition}`) ?? 0)) return;
    const { key, value, headers } = message;
    const dealtWith = this.#options.onRecord({
      topic,
      partition,
      offset,
      key,
      value,
      headers: headers ?? {},
      timestamp: Number(message.timestamp),
    });
    if (dealtWith) await dealtWith;
  }

  #reached(topic: string, partition: number, position: number): void {
    const name = `${topic} ${partition}`;
    this.#positions.set(name, Math.max(position, this.#positions.get(name) ?? 0));
    const waiters = this.#waiters.get(name) ?? [];
    this.#waiters.set(
      name,
      waiters.filter(({ offset }) => offset >= position),
    );
    for (const waiter of waiters) {
      if (waiter.offset < position) waiter.resolve();
      else waiter.moved();
    }
  }

  /** Ends of partitions that hold anything: a compacted partition's last records count, wherever they stand. */
  async #ends(): Promise<{ topic: string; partition: number; end: number }[]> {
    const admin = this.#options.kafka.admin();
    await admin.connect();
    try {
      const perTopic = await Promise.all(
        this.#options.topics.map(async (topic) =>
          (await admin.fetchTopicOffsets(topic)).map(({ partition, high, low }) => ({
            topic,
            partition,
            end: Number(high) > Number(low) ? Number(high) : 0,
          })),
        ),
      );
      return perTopic.flat();
    } finally {
      await admin.disconnect();
    }
  }
}
