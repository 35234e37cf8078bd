// Whether a file can be written, asked before an hour's work and not after it.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

export class Unwritable extends Error {}

/** Makes its folder. @param option by which the file was named @throws Unwritable */
export function checkWritable(option: string, file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new Unwritable(`${option} ${file} cannot be written: ${(error as Error).message}`);
  }
}
