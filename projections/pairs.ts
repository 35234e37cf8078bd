// Reads what stands between two people: the committed states of pairs, many at once for candidates, and the answers to requests.
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import { requestMemo } from '../processors/pairs/domain-outcomes.ts';
import { isBarred, type KeptPair, type RequestMemo } from '../processors/pairs/domain-pair.ts';
import { type LiveGenerations, memosKey, type PartitionTag, stateKey } from '../processors/runtime/keys.ts';
import { pairIdOf } from '../schemas/ids.ts';
import { topics } from '../schemas/topics.ts';
import type { WholeFolds } from './whole-folds.ts';

const topic = 'dating_pairs';

export const pairPartition = (pairId: string): number => partitionOf(pairId, topics[topic].partitions);

/** So many states are asked for at once. */
const readAtOnceMax = 1_000;

/** Whether two are no candidates for each other, however either has swiped: barred, or matched already. */
export const isClosed = (pair: KeptPair): boolean => isBarred(pair) || pair.match !== null;

export class PairReader {
  readonly #redis: Redis;
  readonly #namespace: string;
  readonly #generations: LiveGenerations;
  readonly #whole: Pick<WholeFolds, 'check'>;

  constructor(redis: Redis, namespace: string, generations: LiveGenerations, whole: Pick<WholeFolds, 'check'>) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#generations = generations;
    this.#whole = whole;
  }

  /** Null for two between whom nothing has been. @throws NotWhole while that is not known */
  async pair(userId: string, otherId: string): Promise<KeptPair | null> {
    const pairId = pairIdOf(userId, otherId);
    await this.#whole.check('pairs', [pairPartition(pairId)]);
    return parsed(await this.#redis.hget(stateKey(this.#tag(pairPartition(pairId))), pairId));
  }

  /** By the other's id; those with whom nothing has been are left out. @throws NotWhole while that is not known */
  async pairs(userId: string, otherIds: readonly string[]): Promise<Map<string, KeptPair>> {
    const partitions = new Map<number, string[]>();
    for (const otherId of otherIds) {
      const partition = pairPartition(pairIdOf(userId, otherId));
      const others = partitions.get(partition);
      if (others) others.push(otherId);
      else partitions.set(partition, [otherId]);
    }
    await this.#whole.check('pairs', [...partitions.keys()]);
    const found = new Map<string, KeptPair>();
    const reads = [...partitions].flatMap(([partition, others]) =>
      slices(others).map(async (some) => {
        const pairIds = some.map((otherId) => pairIdOf(userId, otherId));
        const states = await this.#redis.hmget(stateKey(this.#tag(partition)), ...pairIds);
        for (const [i, state] of states.entries()) {
          const pair = parsed<KeptPair>(state);
          if (pair) found.set(some[i] as string, pair);
        }
      }),
    );
    await Promise.all(reads);
    return found;
  }

  /**
   * Null before it was decided, and once its key is forgotten.
   * @param key the request's idempotency key; of a swipe or an unlock the ledger's transaction
   */
  async request(userId: string, otherId: string, key: string): Promise<RequestMemo | null> {
    const pairId = pairIdOf(userId, otherId);
    const partition = pairPartition(pairId);
    return parsed(await this.#redis.hget(memosKey(this.#tag(partition)), requestMemo({ pairId, userId, key })));
  }

  #tag(partition: number): PartitionTag {
    return {
      namespace: this.#namespace,
      generation: this.#generations.live('pairs'),
      processor: 'pairs',
      topic,
      partition,
    };
  }
}

const parsed = <T>(json: string | null): T | null => (json === null ? null : (JSON.parse(json) as T));

function slices(ids: readonly string[]): string[][] {
  const some: string[][] = [];
  for (let at = 0; at < ids.length; at += readAtOnceMax) some.push(ids.slice(at, at + readAtOnceMax));
  return some;
}
