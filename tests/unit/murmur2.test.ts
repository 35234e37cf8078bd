// The partition of a key is the one that kafkajs, and with it the Java client, would choose.
import fc from 'fast-check';
import { type Message, Partitioners } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../infra/kafka.ts';
import { murmur2 } from '../../infra/murmur2.ts';

const theirs = Partitioners.DefaultPartitioner();
const partitionByKafkajs = (key: string, partitions: number): number => {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, leader: 0 }));
  return theirs({ topic: 't', partitionMetadata, message: { key } as Message } as Parameters<typeof theirs>[0]);
};
/** Ids, pairs of ids, and whatever else a text may hold. */
const keys = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{1,40}(:[A-Za-z0-9_-]{1,40})?$/), fc.string({ unit: 'binary' }));

describe('the partition of a key', () => {
  it('is the one of kafkajs', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
        expect(partitionOf(key, partitions)).toBe(partitionByKafkajs(key, partitions));
      }),
      { numRuns: 2_000 },
    );
  });

  // The figures of the Java client's own test (UtilsTest.testMurmur2).
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('comes from a hash that Java computes alike: %s', (text, hash) => {
    expect(murmur2(text)).toBe(hash);
  });
});
