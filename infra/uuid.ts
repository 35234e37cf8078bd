// Makes UUIDs of version 7, each later than the one before it, whose random bytes are drawn for many at a time.
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const idBytes = 16;
const pool = new Uint8Array(256 * idBytes);
let used = pool.length;
let [lastMs, sequence] = [0, 0];

/** Within one ms, and where the clock goes back, ids count up, as those of `v7()` do. */
export function uuidv7(): string {
  const random = drawn();
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    // Half of its range stays free to count in.
    sequence = new DataView(random.buffer, random.byteOffset).getUint32(6) & 0x7fff_ffff;
  } else sequence = (sequence + 1) >>> 0;
  if (sequence === 0) lastMs += 1;
  return v7({ random, msecs: lastMs, seq: sequence });
}

/** Sixteen random bytes that nobody else gets. */
function drawn(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += idBytes;
  return pool.subarray(used - idBytes, used);
}
