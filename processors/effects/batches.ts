// Which payouts go together, decided by the log: a batch is appended and read back, and the first that names a payout has it.
import { v7 as uuidv7 } from 'uuid';
import type { TopicCodec } from '../../infra/avro.ts';
import { topicIn } from '../../infra/kafka.ts';
import { type FollowedRecord, type FollowerOptions, TopicFollower } from '../../infra/topic-table.ts';
import type { PayoutBatch } from '../../schemas/generated.ts';
import type { OutcomeLog } from './outcome-log.ts';

export type BatchesOptions = Pick<FollowerOptions, 'kafka' | 'onFatal'> & {
  readonly namespace: string;
  readonly codec: TopicCodec<PayoutBatch>;
  readonly log: OutcomeLog;
  readonly now: () => number;
};

export type Batch = { readonly batchId: string; readonly composedAt: number };

export class Batches {
  readonly #options: BatchesOptions;
  readonly #topic: string;
  readonly #follower: TopicFollower;
  /** Payout → its batch. */
  readonly #of = new Map<string, Batch>();

  constructor(options: BatchesOptions) {
    const { kafka, onFatal, namespace } = options;
    this.#options = options;
    this.#topic = topicIn(namespace, 'payout_batches');
    const onRecord = (record: FollowedRecord) => this.#take(record);
    this.#follower = new TopicFollower({ kafka, topics: [this.#topic], onRecord, onFatal });
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Resolves when all batches that were composed until now are known. */
  caughtUp(): Promise<void> {
    return this.#follower.caughtUp();
  }

  of(intentId: string): Batch | null {
    return this.#of.get(intentId) ?? null;
  }

  /** Resolves when it is known which batch each of them is in: this one, unless somebody was first. */
  async compose(provider: string, intentIds: readonly string[]): Promise<void> {
    const batch = { batchId: uuidv7(), provider, intentIds, composedAt: this.#options.now() };
    const offset = await this.#options.log.append('payout_batches', batch);
    await this.#follower.waitFor(this.#topic, 0, offset);
  }

  async #take({ value }: FollowedRecord): Promise<void> {
    const { batchId, intentIds, composedAt } = await this.#options.codec.read(value);
    for (const intentId of intentIds) if (!this.#of.has(intentId)) this.#of.set(intentId, { batchId, composedAt });
  }
}
