// Whom somebody must not be shown, as Redis has it in the hashes of the ledger and of the pairs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionOf } from '../../infra/kafka.ts';
import { initialState, type KeptPair } from '../../processors/pairs/domain-pair.ts';
import { firstGenerations, metaKey, stateKey, writeKey } from '../../processors/runtime/keys.ts';
import { seeded } from '../../producers/simulate/random.ts';
import { ExcludedReader } from '../../projections/excluded.ts';
import { pairPartition } from '../../projections/pairs.ts';
import { type Folded, foldedInputs, NotWhole, WholeFolds } from '../../projections/whole-folds.ts';
import { pairIdOf } from '../../schemas/ids.ts';
import { topics } from '../../schemas/topics.ts';
import { World } from '../world.ts';

const now = 1_000;
const others = Array.from({ length: 300 }, (_, n) => `other${n}`);
let world: World;

const tagOf = (processor: Folded, partition: number) => {
  const { namespace } = world.config;
  return { namespace, generation: 1, processor, topic: foldedInputs[processor], partition };
};
const readerOf = (whole = wholeFolds()) =>
  new ExcludedReader({
    redis: world.redis,
    namespace: world.config.namespace,
    generations: firstGenerations,
    whole,
  });
const wholeFolds = () =>
  new WholeFolds({
    redis: world.redis,
    namespace: world.config.namespace,
    generations: firstGenerations,
    ends: async (topic) => new Array(topics[topic].partitions).fill(0),
  });

beforeAll(async () => {
  world = await World.make();
}, 60_000);
afterAll(() => world.drop());

const keepPair = (userId: string, otherId: string, pair: Partial<KeptPair>) => {
  const pairId = pairIdOf(userId, otherId);
  const key = stateKey(tagOf('pairs', pairPartition(pairId)));
  return world.redis.hset(key, pairId, JSON.stringify({ ...initialState(), ...pair }));
};
const ledgerPartition = (userId: string) => partitionOf(userId, topics.payment_transactions.partitions);
const keepSwipe = (userId: string, otherId: string, until: number) => {
  const key = writeKey(tagOf('ledger', ledgerPartition(userId)), `swiped:${userId}`);
  return world.redis.hset(key, otherId, JSON.stringify({ direction: 'LEFT', until, transactionId: 't' }));
};

describe('excluded', () => {
  it.each(['ana', 'zoe'])(
    'from what %s is shown are exactly those whom a swipe or the pair keeps away',
    async (userId) => {
      const random = seeded(userId.length + userId.charCodeAt(0));
      const expected: string[] = [];
      for (const otherId of others) {
        const kind = random.whole(8);
        if (kind === 0) await keepSwipe(userId, otherId, now + 1);
        if (kind === 1) await keepSwipe(userId, otherId, now);
        if (kind === 2) await keepPair(userId, otherId, { blocks: { [otherId]: 1 } });
        if (kind === 3) await keepPair(userId, otherId, { reports: { [userId]: 1 } });
        if (kind === 4) await keepPair(userId, otherId, {});
        if (kind === 5) await keepSwipe(otherId, userId, now + 1);
        if (kind === 6) await keepPair('somebody', otherId, { blocks: { somebody: 1 } });
        if ([0, 2, 3].includes(kind)) expected.push(otherId);
      }
      const reader = readerOf();
      expect([...(await reader.of(userId, others, now))].toSorted()).toEqual(expected.toSorted());
      expect(expected.length).toBeGreaterThan(50);
      expect([...(await reader.of(userId, expected.slice(0, 1), now))]).toEqual(expected.slice(0, 1));
      expect((await reader.of('nobody', others, now)).size).toBe(0);
    },
  );

  it('are not told while what is asked of was lost and is folded anew', async () => {
    const whole = wholeFolds();
    const reader = readerOf(whole);
    const partition = pairPartition(pairIdOf('ana', 'other1'));
    whole.advanced('pairs', partition, 7);
    await expect(reader.of('ana', ['other1'], now)).rejects.toThrow(NotWhole);
    await world.redis.hset(metaKey(tagOf('pairs', partition)), 'offset', 7);
    expect((await reader.of('ana', ['other4'], now)).size).toBeLessThanOrEqual(1);
    whole.advanced('ledger', ledgerPartition('ana'), 1);
    await expect(reader.of('ana', ['other1'], now)).rejects.toThrow(NotWhole);
  });
});
