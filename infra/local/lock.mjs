// Holds a file as a lock for one living process; a lock whose holder has died counts as free.
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, readIdentity } from './identity.mjs';

const pollMs = 200;

/** Takes the lock and answers true, or answers false while another living process holds it. */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  // Written aside and linked, so that nobody ever reads a lock without its holder.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(identify(process.pid)));
  try {
    for (let tries = 0; tries < 2; tries += 1) {
      try {
        linkSync(draft, path);
        return true;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
        if (isAlive(readIdentity(path))) return false;
        rmSync(path, { force: true });
      }
    }
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

export const unlock = (path) => rmSync(path, { force: true });

/** Waits for the lock, holds it during `work`, gives it back. */
export async function withLock(path, work) {
  while (!tryLock(path)) await sleep(pollMs);
  try {
    return await work();
  } finally {
    unlock(path);
  }
}
