// The replaced decoder of records and grouping of messages answer the same as kafkajs's own.
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BatchContext, decodeRecord, original, type Reader } from '../../infra/kafkajs-decode.ts';
import { groupMessages, original as originalGroup } from '../../infra/kafkajs-group.ts';
import { original as encode, type RecordToEncode } from '../../infra/kafkajs-record.ts';

const require = createRequire(import.meta.url);
const Decoder: new (buffer: Buffer) => Reader = require('kafkajs/src/protocol/decoder.js');

const bytes = fc.option(fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array)));
const names = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.constantFrom('id', 'origin', 'toString', '__proto__', 'constructor'),
);
const value = fc.string({ maxLength: 40 });

const records = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  timestampDelta: fc.constantFrom(0, 0, 7, 86_400_000),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(names, fc.oneof(value, fc.array(value, { maxLength: 3 })), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
});
const batches = fc.record({
  firstOffset: fc.maxSafeNat().map(String),
  firstTimestamp: fc.maxSafeNat().map(String),
  maxTimestamp: fc.constantFrom('1790000000000', '1790000000001'),
  magicByte: fc.constant(2),
  timestampType: fc.constantFrom(0, 1, 1),
  isControlBatch: fc.boolean(),
});

/** kafkajs hands over a record without the length before it. */
function readerOf(record: RecordToEncode): Reader {
  const whole = new Decoder(encode(record).buffer);
  return new Decoder(whole.readVarIntBytes() as Buffer);
}

it('decodes every record as kafkajs does', () => {
  fc.assert(
    fc.property(records, batches, (record, batch) => {
      const [ours, theirs] = [readerOf(record as RecordToEncode), readerOf(record as RecordToEncode)];
      expect(decodeRecord(ours, batch as BatchContext)).toEqual(original(theirs, batch as BatchContext));
      expect(ours.offset).toBe(theirs.offset);
    }),
    { numRuns: 500 },
  );
});

it('groups messages as kafkajs does', () => {
  const messages = fc.array(fc.record({ partition: fc.nat(7), value: fc.nat() }), { maxLength: 100 });
  fc.assert(
    fc.property(messages, fc.constantFrom([], [0, 1]), (given, partitionMetadata) => {
      type Message = { partition: number; value: number };
      const partitioner = ({ message }: { message: Message }) => message.partition;
      const of = { topic: 'any', partitionMetadata, messages: given, partitioner };
      expect(groupMessages(of)).toEqual(originalGroup(of));
    }),
  );
});
