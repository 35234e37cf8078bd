// The replaced encoder of records writes the same bytes as kafkajs's own.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeRecord, original, type RecordToEncode } from '../../infra/kafkajs-record.ts';

const text = fc.string({ unit: 'binary', maxLength: 300 });
const bytes = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 70_000 }).map((array) => Buffer.from(array)),
  fc.constant(null),
);
const header = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
);

it('encodes every record as kafkajs does', () => {
  const records = fc.record({
    offsetDelta: fc.integer({ min: 0, max: 2 ** 30 }),
    timestampDelta: fc.constantFrom(0, 0, 0, 7, 86_400_000),
    key: bytes,
    value: bytes,
    headers: fc.dictionary(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      fc.oneof(header, fc.array(header, { maxLength: 3 })),
    ),
  });
  fc.assert(
    fc.property(fc.array(records, { minLength: 1, maxLength: 20 }), (given) => {
      const all = given as RecordToEncode[];
      const ours = all.map(encodeRecord);
      expect(ours.map(({ buffer }) => buffer.toString('hex'))).toEqual(
        all.map((record) => original(record).buffer.toString('hex')),
      );
    }),
    { numRuns: 300 },
  );
});
