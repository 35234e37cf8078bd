// Ids of requests that came without one: UUIDs of version 7, whose random bytes are drawn for many at a time.
import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const idBytes = 16;
const pool = new Uint8Array(256 * idBytes);
let used = pool.length;

export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += idBytes;
  return uuidv7({ random: pool.subarray(used - idBytes, used) });
}
