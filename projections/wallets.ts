// Reads the ledger's committed state: a person's account, what is unlocked, the answer to a request, a partition's chain and accounts.
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
import { type LiveGenerations, memosKey, type PartitionTag, stateKey, writeKey } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';

const topic = 'payment_transactions';

/** Where an account's records are. */
export const walletPartition = (accountId: string): number => partitionOf(accountId, topics[topic].partitions);

/** As it is kept: without what was decided about the last record. */
export type KeptAccount = Omit<Account, 'decided'>;

export class WalletReader {
  readonly #redis: Redis;
  readonly #namespace: string;
  readonly #generations: LiveGenerations;

  constructor(redis: Redis, namespace: string, generations: LiveGenerations) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#generations = generations;
  }

  /** Null for somebody whom no money has concerned. */
  async account(accountId: string): Promise<KeptAccount | null> {
    return parsed(await this.#redis.hget(stateKey(this.#tag(walletPartition(accountId))), accountId));
  }

  /** @returns the transaction that unlocked it */
  unlocked(accountId: string, item: string): Promise<string | null> {
    return this.#redis.hget(writeKey(this.#tag(walletPartition(accountId)), unlocksHash(accountId)), item);
  }

  /** What is unlocked: [item, transaction], at most so many. */
  async unlocks(accountId: string, limit: number): Promise<[string, string][]> {
    const key = writeKey(this.#tag(walletPartition(accountId)), unlocksHash(accountId));
    const found: [string, string][] = [];
    let cursor = '0';
    do {
      const [next, pairs] = await this.#redis.hscan(key, cursor, 'COUNT', limit);
      for (let i = 0; i + 1 < pairs.length; i += 2) found.push([pairs[i] ?? '', pairs[i + 1] ?? '']);
      cursor = next;
    } while (cursor !== '0' && found.length < limit);
    return found.slice(0, limit);
  }

  /** Null before it was decided, and once its key is forgotten. */
  request(accountId: string, idempotencyKey: string): Promise<RequestMemo | null> {
    return this.#memo(walletPartition(accountId), requestMemo(accountId, idempotencyKey));
  }

  partition(partition: number): Promise<PartitionMemo | null> {
    return this.#memo(partition, partitionMemo);
  }

  async #memo<T>(partition: number, key: string): Promise<T | null> {
    return parsed<T>(await this.#redis.hget(memosKey(this.#tag(partition)), key));
  }

  #tag(partition: number): PartitionTag {
    const generation = this.#generations.live('ledger');
    return { namespace: this.#namespace, generation, processor: 'ledger', topic, partition };
  }
}

const parsed = <T>(json: string | null): T | null => (json === null ? null : (JSON.parse(json) as T));
