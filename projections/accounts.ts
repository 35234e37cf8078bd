// Follows the topic `accounts`: tells from memory whose a user name is, with the hash of the password and the roles.
import type { Kafka } from 'kafkajs';
import { type Registry, type TopicCodec, Unreadable } from '../infra/avro.ts';
import { topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { type FollowedRecord, TopicFollower } from '../infra/topic-table.ts';
import type { Account } from '../schemas/generated.ts';
import { AccountClaims } from './account-claims.ts';

export type AccountTableOptions = {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly namespace: string;
  readonly log: Log;
  readonly onFatal: (why: string) => void;
};

export class AccountTable {
  readonly claims = new AccountClaims();
  readonly #options: AccountTableOptions;
  readonly #topic: string;
  readonly #follower: TopicFollower;
  #codec: TopicCodec<Account> | null = null;

  constructor(options: AccountTableOptions) {
    const { kafka, namespace, onFatal } = options;
    this.#options = options;
    this.#topic = topicIn(namespace, 'accounts');
    const onRecord = (record: FollowedRecord) => this.#take(record);
    this.#follower = new TopicFollower({ kafka, topics: [this.#topic], onRecord, onFatal });
  }

  /** Resolves when every account that is in the log now is known. */
  async start(): Promise<void> {
    this.#codec ??= await this.#options.registry.codec<Account>('accounts');
    await this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  /** Resolves when every record that is in the log now is known. */
  caughtUp(): Promise<void> {
    return this.#follower.caughtUp();
  }

  /** Resolves when the record at this offset is known. */
  waitFor(offset: number): Promise<void> {
    return this.#follower.waitFor(this.#topic, 0, offset);
  }

  async #take({ key, value, offset }: FollowedRecord): Promise<void> {
    const name = String(key);
    if ((this.claims.get(name)?.offset ?? -1) >= offset) return;
    try {
      const account = value && (await (this.#codec as TopicCodec<Account>).read(value));
      this.claims.take(name, account, offset);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#options.log.error({ offset }, `unreadable record of ${this.#topic}: ${error.message}`);
    }
  }
}
