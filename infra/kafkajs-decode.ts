// Replaces kafkajs's decoder of one record, which computes offsets and times as BigInt made from texts, by one that adds numbers.
import { partOf } from './kafkajs-part.ts';

const part = partOf<DecodeRecord>('protocol/recordBatch/record/v0/decoder.js');

/** kafkajs's reader of bytes, as far as it is used here. */
export type Reader = {
  buffer: Buffer;
  offset: number;
  readInt8(): number;
  readVarInt(): number;
  readVarIntBytes(): Buffer | null;
  readVarIntString(): string;
};
export type BatchContext = {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly magicByte: number;
  readonly timestampType: number;
  readonly isControlBatch?: boolean;
};
type Headers = Record<string, Buffer | null>;
export type DecodeRecord = (reader: Reader, batch: BatchContext) => Record<string, unknown>;

/** kafkajs's own decoder, for what is rare: the producer's times, repeated headers. */
export const { original } = part;

const logAppendTime = 1;
const continues = 0x80;

/** The same record as `original`: https://kafka.apache.org/documentation/#record */
export const decodeRecord: DecodeRecord = (reader, batch) => {
  const start = reader.offset;
  const { firstOffset, maxTimestamp, magicByte, timestampType, isControlBatch = false } = batch;
  const first = Number(firstOffset);
  if (timestampType !== logAppendTime || !maxTimestamp || first > Number.MAX_SAFE_INTEGER - 2 ** 32)
    return original(reader, batch);
  const attributes = reader.readInt8();
  // The producer's time of the record, which the time of the append stands for.
  while ((reader.buffer[reader.offset++] as number) >= continues);
  const offset = String(first + reader.readVarInt());
  const key = reader.readVarIntBytes();
  const value = reader.readVarIntBytes();
  const headers = headersOf(reader);
  if (!headers) {
    reader.offset = start;
    return original(reader, batch);
  }
  return {
    magicByte,
    attributes,
    timestamp: maxTimestamp,
    offset,
    key,
    value,
    headers,
    isControlRecord: isControlBatch,
    batchContext: batch,
  };
};

/** Null where a name comes twice, or is one that every object has. */
function headersOf(reader: Reader): Headers | null {
  const headers: Headers = {};
  for (let left = reader.readVarInt(); left > 0; left--) {
    const name = knownName(reader) ?? reader.readVarIntString();
    if (name in headers) return null;
    headers[name] = reader.readVarIntBytes();
  }
  return headers;
}

/** Of our own records, by length: a new text per record and name costs more than a look at its bytes. */
const knownNames = new Map(['id', 'origin', 'redrive'].map((name) => [name.length, name]));

/** Reads a name if it is one of those, and else nothing. */
function knownName(reader: Reader): string | null {
  const start = reader.offset;
  const length = reader.readVarInt();
  const known = knownNames.get(length);
  const { buffer, offset } = reader;
  reader.offset = start;
  if (known === undefined) return null;
  for (let i = 0; i < length; i++) if (buffer[offset + i] !== known.charCodeAt(i)) return null;
  reader.offset = offset + length;
  return known;
}

part.replaceBy(decodeRecord);
