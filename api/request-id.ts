// The id of a request: the caller's, if it has the shape of one, else a UUID of version 7, whose random bytes are drawn for many at a time.
import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { idPattern } from '../schemas/ids.ts';

const idBytes = 16;
const pool = new Uint8Array(256 * idBytes);
let used = pool.length;

const isId = new RegExp(idPattern);

export const requestIdOf = (given: string | undefined): string =>
  given !== undefined && isId.test(given) ? given : newRequestId();

function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += idBytes;
  return uuidv7({ random: pool.subarray(used - idBytes, used) });
}
