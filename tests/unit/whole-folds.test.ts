// Whether the store is whole: what was folded once and is missing now is noticed, by an instance that was there and by one that comes later.
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { dependencyBehind } from '../../api/unavailable.ts';
import { partitionOf } from '../../infra/kafka.ts';
import { metaKey } from '../../processors/runtime/keys.ts';
import { ExcludedReader } from '../../projections/excluded.ts';
import { PairReader, pairPartition } from '../../projections/pairs.ts';
import { NotWhole, WholeFolds } from '../../projections/whole-folds.ts';
import { topics } from '../../schemas/topics.ts';

const generations = { live: () => 1 } as never;
const keyOf = (processor: string, topic: 'dating_pairs' | 'payment_transactions', partition: number) =>
  metaKey({ namespace: 'n_', generation: 1, processor, topic, partition });

class Store {
  readonly offsets = new Map<string, number>();
  end = 0;
  isKafkaAway = false;
  /** Happens after an answer was made and before it is here. */
  meanwhile = () => {};

  readonly redis = {
    hget: async (key: string) => {
      const answer = this.offsets.get(key)?.toString() ?? null;
      this.meanwhile();
      return answer;
    },
    hmget: async (_key: string, ...names: string[]) => names.map(() => null),
    defineCommand: () => {},
    /** Where each of the partitions stands; nothing else is there. */
    fieldsThere: async (count: number, ...rest: string[]) => {
      const keys = rest.slice(0, count).filter((_, i) => i % 2 === 0);
      const answer = keys.map((key) => this.offsets.get(key)?.toString() ?? '0');
      this.meanwhile();
      return answer;
    },
  } as unknown as Redis;

  readonly whole = new WholeFolds({
    ...{ redis: this.redis, namespace: 'n_', generations },
    ends: async (topic) => {
      if (this.isKafkaAway) throw new Error('away');
      return Array.from({ length: topics[topic].partitions }, () => this.end);
    },
  });
}

describe('a store', () => {
  it('that was never written to is whole', async () => {
    await new Store().whole.check('pairs', [0, 1]);
  });

  it('that has lost what was heard to be folded is not, until it is folded again', async () => {
    const { whole, offsets } = new Store();
    whole.advanced('pairs', 1, 7);
    whole.advanced('pairs', 1, 3);
    await expect(whole.check('pairs', [0, 1])).rejects.toThrow(NotWhole);
    await whole.check('pairs', [0]);
    await whole.check('ledger', [1]);
    offsets.set(keyOf('pairs', 'dating_pairs', 1), 6);
    await expect(whole.check('pairs', [1])).rejects.toThrow(NotWhole);
    offsets.set(keyOf('pairs', 'dating_pairs', 1), 7);
    await whole.check('pairs', [1]);
  });

  it('is measured by the log where nothing was heard yet; what the log gains later is not waited for', async () => {
    const store = new Store();
    store.end = 5;
    store.isKafkaAway = true;
    await expect(store.whole.check('ledger', [2])).rejects.toThrow('away');
    store.isKafkaAway = false;
    await expect(store.whole.check('ledger', [2])).rejects.toThrow(NotWhole);
    store.end = 9;
    store.offsets.set(keyOf('ledger', 'payment_transactions', 2), 5);
    await store.whole.check('ledger', [2]);
  });

  it('is whole where a commit is told between an answer and its reading', async () => {
    const store = new Store();
    const { redis, whole } = store;
    const excluded = new ExcludedReader({ redis, namespace: 'n_', generations, whole });
    const partition = partitionOf('ana', topics.payment_transactions.partitions);
    let next = 0;
    store.meanwhile = () => whole.advanced('ledger', partition, ++next);
    await whole.check('ledger', [partition]);
    store.offsets.set(keyOf('ledger', 'payment_transactions', partition), next);
    expect((await excluded.of('ana', ['ben'], 0)).size).toBe(0);
  });

  it('that is not whole says nothing of swipes and pairs, and is worth a repeat', async () => {
    const { redis, whole } = new Store();
    const pairs = new PairReader(redis, 'n_', generations, whole);
    const excluded = new ExcludedReader({ redis, namespace: 'n_', generations, whole });
    expect([await pairs.pair('ana', 'ben'), (await excluded.of('ana', ['ben'], 0)).size]).toEqual([null, 0]);
    whole.advanced('pairs', pairPartition('ana:ben'), 1);
    whole.advanced('ledger', partitionOf('ana', topics.payment_transactions.partitions), 1);
    await expect(pairs.pair('ana', 'ben')).rejects.toThrow(NotWhole);
    await expect(pairs.pairs('ana', ['ben'])).rejects.toThrow(NotWhole);
    await expect(excluded.of('ana', ['ben'], 0)).rejects.toThrow(NotWhole);
    expect(dependencyBehind(new NotWhole('x'))).toBe('processors');
  });
});
