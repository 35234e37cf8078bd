// Reads the committed state of the ledger: accounts, unlocks, the outcomes of requests, what the keys of a partition share.
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import type { Account } from '../processors/ledger/domain-account.ts';
import {
  type PartitionMemo,
  partitionMemo,
  type RequestMemo,
  requestMemo,
  unlocksHash,
} from '../processors/ledger/domain-outcomes.ts';
import { type LiveGenerations, memosKey, type PartitionTag, writeKey } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';
import { StateReader } from './state-reader.ts';

const of = { processor: 'ledger', topic: 'payment_transactions' } as const;
const partitions = topics[of.topic].partitions;

export class WalletReader {
  readonly #redis: Redis;
  readonly #namespace: string;
  readonly #generations: LiveGenerations;
  readonly #states: StateReader;

  constructor(redis: Redis, namespace: string, generations: LiveGenerations) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#generations = generations;
    this.#states = new StateReader(redis, namespace, generations);
  }

  account(accountId: string): Promise<Account | null> {
    return this.#states.state<Account>(of.processor, of.topic, accountId);
  }

  /** @returns the transaction that unlocked it, or null */
  unlocked(accountId: string, item: string): Promise<string | null> {
    return this.#redis.hget(writeKey(this.#tagOf(accountId), unlocksHash(accountId)), item);
  }

  /** [item, transaction id] of at most so many */
  async unlocks(accountId: string, limit: number): Promise<[string, string][]> {
    const key = writeKey(this.#tagOf(accountId), unlocksHash(accountId));
    const found: [string, string][] = [];
    let cursor = '0';
    do {
      const [next, pairs] = await this.#redis.hscan(key, cursor, 'COUNT', limit);
      for (let i = 0; i + 1 < pairs.length; i += 2) found.push([pairs[i] ?? '', pairs[i + 1] ?? '']);
      cursor = next;
    } while (cursor !== '0' && found.length < limit);
    return found.slice(0, limit);
  }

  request(accountId: string, idempotencyKey: string): Promise<RequestMemo | null> {
    return this.#memo(this.#tagOf(accountId), requestMemo(accountId, idempotencyKey));
  }

  partition(partition: number): Promise<PartitionMemo | null> {
    return this.#memo(this.#tag(partition), partitionMemo);
  }

  async #memo<Memo>(tag: PartitionTag, key: string): Promise<Memo | null> {
    const memo = await this.#redis.hget(memosKey(tag), key);
    return memo === null ? null : (JSON.parse(memo) as Memo);
  }

  #tagOf(accountId: string): PartitionTag {
    return this.#tag(partitionOf(accountId, partitions));
  }

  #tag(partition: number): PartitionTag {
    return { ...of, namespace: this.#namespace, generation: this.#generations.live(of.processor), partition };
  }
}
