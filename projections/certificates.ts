// Follows the topic `certificates`: tells from memory which certificates there are, and at once when one is revoked.
import type { Kafka } from 'kafkajs';
import { type Registry, type TopicCodec, Unreadable } from '../infra/avro.ts';
import { topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { type FollowedRecord, TopicFollower } from '../infra/topic-table.ts';
import type { CertificateChange } from '../schemas/generated.ts';
import { CertificateBook } from './certificate-book.ts';

export type CertificatesOptions = {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly namespace: string;
  readonly log: Log;
  readonly now: () => number;
  readonly onFatal: (why: string) => void;
};

const forgetEveryMs = 3_600_000;

export class Certificates {
  readonly book = new CertificateBook();
  readonly #options: CertificatesOptions;
  readonly #topic: string;
  readonly #follower: TopicFollower;
  readonly #listeners: ((serialNumber: string) => void)[] = [];
  #codec: TopicCodec<CertificateChange> | null = null;
  #taken = -1;
  #forgetting: NodeJS.Timeout | null = null;

  constructor(options: CertificatesOptions) {
    const { kafka, namespace, onFatal } = options;
    this.#options = options;
    this.#topic = topicIn(namespace, 'certificates');
    const onRecord = (record: FollowedRecord) => this.#take(record);
    this.#follower = new TopicFollower({ kafka, topics: [this.#topic], onRecord, onFatal });
  }

  /** Resolves when all that is in the log so far is known. */
  async start(): Promise<void> {
    this.#codec = await this.#options.registry.codec<CertificateChange>('certificates');
    await this.#follower.start();
    this.#forgetting = setInterval(() => this.book.forget(this.#options.now()), forgetEveryMs).unref();
  }

  async stop(): Promise<void> {
    if (this.#forgetting) clearInterval(this.#forgetting);
    await this.#follower.stop();
  }

  /** Resolves when the record at this offset is known. */
  waitFor(offset: number): Promise<void> {
    return this.#follower.waitFor(this.#topic, 0, offset);
  }

  caughtUp(): Promise<void> {
    return this.#follower.caughtUp();
  }

  /** Null: it is not in the inventory (yet). */
  isGood(serialNumber: string): boolean | null {
    const entry = this.book.find(serialNumber);
    return entry && entry.revoked === null;
  }

  onRevoked(listener: (serialNumber: string) => void): void {
    this.#listeners.push(listener);
  }

  async #take({ offset, value, timestamp }: FollowedRecord): Promise<void> {
    // A batch that broke off in its middle comes again.
    if (offset <= this.#taken) return;
    const { log } = this.#options;
    try {
      const change = await (this.#codec as TopicCodec<CertificateChange>).read(value);
      if ((change.kind as string) === 'unknown') log.error({ offset }, `${this.#topic}: a step of a newer build`);
      const revoked = this.book.take(change, offset, timestamp);
      if (revoked !== null) for (const listener of this.#listeners) listener(revoked);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      log.error({ offset }, `unreadable record of ${this.#topic}: ${error.message}`);
    }
    this.#taken = offset;
  }
}
