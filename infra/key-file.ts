// A private key that the processes of one machine share in a file: made once, whoever comes first, readable by its owner alone.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileName = 'auth-key.pem';

/** @returns PEM (PKCS#8) of an EC key on P-256 */
export function sharedKey(folder: string): string {
  const path = join(folder, fileName);
  if (!existsSync(path)) make(folder, path);
  return readFileSync(path, 'utf8');
}

/** A link is made whole or not at all: nobody reads half a key, and of two who make one, both read the first. */
function make(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = `${path}.${randomUUID()}`;
  writeFileSync(own, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(own);
  }
}
