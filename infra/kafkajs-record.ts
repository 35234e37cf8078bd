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
/** What the length of a record takes as a rule: from 32 bytes to 8 KiB. */
const lengthBytes = 2;
const slabBytes = 256 * 1_024;
let slab = Buffer.allocUnsafeSlow(slabBytes);
let used = 0;

/** The same bytes as `original`: https://kafka.apache.org/documentation/#record */
export const encodeRecord: EncodeRecord = (record) => {
  if (!isPlain(record)) return original(record);
  const start = claim(roomFor(record));
  used = writeRecord(slab, start, record);
  const buffer = slab.subarray(start, used);
  return { buf: buffer, buffer };
};

/** Whether `writeRecord` can write it. */
export function isPlain({ timestampDelta = 0, headers }: RecordToEncode): boolean {
  if (timestampDelta !== 0) return false;
  for (const name in headers) if (Array.isArray(headers[name])) return false;
  return true;
}

/** So many bytes a record takes at most. */
export function roomFor({ key, value, headers }: RecordToEncode): number {
  let room = 2 + 3 * varIntBytesMax + roomOf(key) + roomOf(value);
  for (const name in headers) room += roomOf(name) + roomOf(headers[name] as Bytes);
  return room;
}

/** Writes a plain record at a place of a buffer with room for it, and answers where it ends. */
export function writeRecord(
  to: Buffer,
  start: number,
  record: RecordToEncode,
  offsetDelta = record.offsetDelta ?? 0,
): number {
  const { key, value, headers = {} } = record;
  // The body first, behind room for its length; then the length before it.
  const body = start + lengthBytes;
  let at = body;
  to[at++] = 0;
  to[at++] = 0;
  at = writeVarInt(to, at, offsetDelta);
  at = writeBytes(to, at, key);
  at = writeBytes(to, at, value);
  const names = Object.keys(headers);
  at = writeVarInt(to, at, names.length);
  for (const name of names) {
    at = writeBytes(to, at, name);
    at = writeBytes(to, at, headers[name] as Bytes);
  }
  const length = at - body;
  const behindLength = start + sizeOfVarInt(length);
  if (behindLength !== body) to.copyWithin(behindLength, body, at);
  writeVarInt(to, start, length);
  return behindLength + length;
}

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

function writeVarInt(to: Buffer, start: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  for (; rest >= 0x80; rest >>>= 7) to[at++] = (rest & 0x7f) | 0x80;
  to[at++] = rest;
  return at;
}

function writeBytes(to: Buffer, start: number, bytes: Bytes): number {
  if (bytes == null) return writeVarInt(to, start, -1);
  if (typeof bytes === 'string') {
    const length = Buffer.byteLength(bytes);
    const at = writeVarInt(to, start, length);
    return at + to.write(bytes, at, length, 'utf8');
  }
  const at = writeVarInt(to, start, bytes.length);
  bytes.copy(to, at);
  return at + bytes.length;
}

part.replaceBy(encodeRecord);
