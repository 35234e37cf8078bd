// The hash by which Kafka's clients choose a partition: murmur2 of 32 bits (Austin Appleby), as in org.apache.kafka.common.utils.Utils.

const seed = 0x9747b28c;
const m = 0x5bd1e995;

/** @returns 32 bits, signed, of the text in UTF-8 */
export function murmur2(text: string): number {
  const { length } = text;
  const whole = length & ~3;
  let hash = seed ^ length;
  let seen = 0;
  for (let at = 0; at < whole; at += 4) {
    const [one, two] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
    const [three, four] = [text.charCodeAt(at + 2), text.charCodeAt(at + 3)];
    seen |= one | two | three | four;
    hash = Math.imul(hash, m) ^ mixed(one | (two << 8) | (three << 16) | (four << 24));
  }
  for (let at = length - 1; at >= whole; at--) {
    const code = text.charCodeAt(at);
    seen |= code;
    hash ^= code << (8 * (at - whole));
  }
  // Its bytes are its characters only of ASCII; others are hashed as the bytes that they are written with.
  if (seen > 0x7f) return murmur2OfBytes(Buffer.from(text));
  return ended(length === whole ? hash : Math.imul(hash, m));
}

function murmur2OfBytes(bytes: Buffer): number {
  const { length } = bytes;
  const whole = length & ~3;
  let hash = seed ^ length;
  for (let at = 0; at < whole; at += 4) hash = Math.imul(hash, m) ^ mixed(bytes.readInt32LE(at));
  for (let at = length - 1; at >= whole; at--) hash ^= (bytes[at] as number) << (8 * (at - whole));
  return ended(length === whole ? hash : Math.imul(hash, m));
}

function mixed(word: number): number {
  const half = Math.imul(word, m);
  return Math.imul(half ^ (half >>> 24), m);
}

function ended(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 13), m);
  return half ^ (half >>> 15);
}
