// A record's bytes as an operator reads them: decoded by the schema that they name, else dumped; bounded, and harmless to a terminal.
import { TopicCodec } from '../../infra/avro.ts';
import type { RecordSchema } from '../../schemas/generate/generate.ts';
import type { Outside, Source } from './outside.ts';

const dumpedBytesMax = 512;
const jsonMax = 8_000;
const bytesPerLine = 16;

/** One line: control characters, with which a terminal can be misled, are written out; longer text is cut. */
export function printable(text: string, max = 300): string {
  const shown = text
    .slice(0, max)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
  return text.length > max ? `${shown}… (${text.length} characters)` : shown;
}

/** Offset, sixteen bytes in hexadecimal, and what of them is plain text. */
export function hexDump(bytes: Buffer, max = dumpedBytesMax): string[] {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, max); at += bytesPerLine) {
    const line = bytes.subarray(at, Math.min(at + bytesPerLine, max));
    const hex = [...line].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...line].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(bytesPerLine * 3 - 1)}  ${text}`);
  }
  if (bytes.length > max) lines.push(`… ${bytes.length - max} more of ${bytes.length} bytes`);
  return lines;
}

/** Decoded fields as JSON; bytes in hexadecimal. */
export function jsonText(event: unknown): string {
  const text = JSON.stringify(event, (_name, value: unknown) => (isBytes(value) ? hexOf(value.data) : value), 2);
  const safe = text.split('\n').map((line) => printable(line, 1_000));
  const joined = safe.join('\n');
  return joined.length > jsonMax ? `${joined.slice(0, jsonMax)}\n… (${text.length} characters)` : joined;
}

type Bytes = { readonly type: 'Buffer'; readonly data: readonly number[] };
const isBytes = (value: unknown): value is Bytes =>
  typeof value === 'object' && value !== null && (value as Partial<Bytes>).type === 'Buffer' && 'data' in value;
const hexOf = (data: readonly number[]): string => `0x${Buffer.from(data).toString('hex')}`;

const messageOf = (error: unknown): string => printable(error instanceof Error ? error.message : String(error));

/** The value by the schema it was written with, and whether this build reads it; a dump where that fails. */
export async function valueText(outside: Outside, { input }: Source, value: Buffer | null): Promise<string> {
  if (!value) return 'no value at all';
  const dump = (why: string) => [`${value.length} bytes, ${why}:`, ...hexDump(value)].join('\n');
  if (value.length < 5 || value[0] !== 0) return dump('not framed as Avro of the registry');
  const id = value.readInt32BE(1);
  let text: string;
  try {
    const writer = JSON.parse(JSON.stringify(await outside.registry.client.getSchema(id))) as RecordSchema;
    text = jsonText(new TopicCodec<unknown>(writer, id, outside.registry.client).decode(value));
  } catch (error) {
    return dump(`not readable with the schema that it names (${id}): ${messageOf(error)}`);
  }
  const codec = await outside.registry.codec<unknown>(input);
  const readable = await codec.read(value).then(
    () => 'this build can read it',
    (error: unknown) => `this build cannot read it: ${messageOf(error)}`,
  );
  return `${value.length} bytes, written with schema ${id}; ${readable}:\n${text}`;
}
