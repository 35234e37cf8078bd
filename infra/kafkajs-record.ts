// Replaces kafkajs's encoder of one record, which allocates half a kilobyte per record and header, by one that writes once.
import { partOf } from './kafkajs-part.ts';

const part = partOf<EncodeRecord>('protocol/recordBatch/record/v0/index.js');

type Bytes = Buffer | string | null | undefined;
export type RecordToEncode = {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: Bytes;
  readonly value?: Bytes;
  readonly headers?: Readonly<Record<string, Bytes | Bytes[]>>;
};

/** What kafkajs copies into its batch: it reads these two fields and no more. */
export type Encoded = { readonly buf: Buffer; readonly buffer: Buffer };
export type EncodeRecord = (record: RecordToEncode) => Encoded;

/** kafkajs's own encoder, for what is rare (explicit timestamps, repeated headers). */
export const { original } = part;

/** Longest encoding of a 32-bit variable-length integer. */
const varIntBytesMax = 5;
const slabBytes = 256 * 1_024;
let slab = Buffer.allocUnsafeSlow(slabBytes);
let used = 0;

/** The same bytes as `original`: https://kafka.apache.org/documentation/#record */
export const encodeRecord: EncodeRecord = (record) => {
  const { offsetDelta = 0, timestampDelta = 0, key, value, headers = {} } = record;
  const names = Object.keys(headers);
  if (timestampDelta !== 0 || names.some((name) => Array.isArray(headers[name]))) return original(record);
  let room = 2 + 2 * varIntBytesMax + roomOf(key) + roomOf(value);
  for (const name of names) room += roomOf(name) + roomOf(headers[name] as Bytes);
  const start = claim(room + varIntBytesMax);
  // The body first, behind room for its length; then the length right before it.
  const body = start + varIntBytesMax;
  let at = body;
  slab[at++] = 0;
  slab[at++] = 0;
  at = writeVarInt(offsetDelta, at);
  at = writeBytes(key, at);
  at = writeBytes(value, at);
  at = writeVarInt(names.length, at);
  for (const name of names) {
    at = writeBytes(name, at);
    at = writeBytes(headers[name] as Bytes, at);
  }
  const head = body - sizeOfVarInt(at - body);
  writeVarInt(at - body, head);
  used = at;
  const buffer = slab.subarray(head, at);
  return { buf: buffer, buffer };
};

/** Every character takes up to three bytes. */
function roomOf(bytes: Bytes): number {
  if (bytes == null) return varIntBytesMax;
  return varIntBytesMax + (typeof bytes === 'string' ? bytes.length * 3 : bytes.length);
}

/** The encoded records live until their send has copied them, so a full slab is left to the garbage collector. */
function claim(bytes: number): number {
  if (used + bytes > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes));
    used = 0;
  }
  return used;
}

function sizeOfVarInt(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let bytes = 1;
  for (; rest >= 0x80; rest >>>= 7) bytes += 1;
  return bytes;
}

function writeVarInt(value: number, start: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  for (; rest >= 0x80; rest >>>= 7) slab[at++] = (rest & 0x7f) | 0x80;
  slab[at++] = rest;
  return at;
}

function writeBytes(bytes: Bytes, start: number): number {
  if (bytes == null) return writeVarInt(-1, start);
  if (typeof bytes === 'string') {
    const length = Buffer.byteLength(bytes);
    const at = writeVarInt(length, start);
    return at + slab.write(bytes, at, length, 'utf8');
  }
  const at = writeVarInt(bytes.length, start);
  bytes.copy(slab, at);
  return at + bytes.length;
}

part.replaceBy(encodeRecord);
