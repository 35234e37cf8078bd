// The replaced encoder of produce requests writes the same bytes as kafkajs's own.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { original, produceRequest, type ToProduce } from '../../infra/kafkajs-produce.ts';

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_790_000_000_123 });
});
afterAll(() => {
  vi.useRealTimers();
});

const text = fc.string({ unit: 'binary', maxLength: 40 });
const bytes = fc.uint8Array({ maxLength: 10_000 }).map((array) => Buffer.from(array));
const message = fc.record(
  {
    partition: fc.nat(7),
    key: fc.oneof(text, bytes, fc.constant(null)),
    value: fc.oneof(text, bytes, fc.constant(null)),
    headers: fc.dictionary(text, fc.oneof({ weight: 20, arbitrary: text }, { weight: 1, arbitrary: fc.array(text) }), {
      maxKeys: 3,
    }),
    timestamp: fc.oneof(
      { weight: 20, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constant('1790000000000') },
    ),
  },
  { requiredKeys: ['value'] },
);
const partition = fc.record(
  {
    partition: fc.nat(7),
    firstSequence: fc.nat(),
    messages: fc.array(message, { minLength: 1, maxLength: 5 }),
  },
  { requiredKeys: ['partition', 'messages'] },
);
const request = fc.record(
  {
    acks: fc.constantFrom(-1, 0, 1),
    timeout: fc.nat(),
    transactionalId: fc.constantFrom(null, null, null, 'one'),
    producerId: fc.maxSafeNat().map(String),
    producerEpoch: fc.nat(32_767),
    compression: fc.constantFrom(0, 0, 0, 1),
    topicData: fc.array(fc.record({ topic: text, partitions: fc.array(partition, { maxLength: 3 }) }), {
      maxLength: 3,
    }),
  },
  { requiredKeys: ['acks', 'timeout', 'topicData'] },
);

it('encodes every request as kafkajs does', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const of = given as unknown as ToProduce;
      const [ours, theirs] = [produceRequest(of), original(of)];
      expect({ ...ours, encode: null, expectResponse: null }).toEqual({
        ...theirs,
        encode: null,
        expectResponse: null,
      });
      expect((await ours.encode()).buffer.toString('hex')).toBe((await theirs.encode()).buffer.toString('hex'));
    }),
    { numRuns: 500 },
  );
});
