// Builds the bare grpc-go server into .stack/peers; says what is missing if it cannot.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from '../../../infra/local/settings.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(root, '.stack/peers/grpc-go');
const buildMsMax = 300_000;
/** Where Go's own installer puts it, if it is not on the PATH. */
const installed = '/usr/local/go/bin/go';

/** @returns the program's file, or the sentence that says why there is none */
export async function builtGo(): Promise<{ readonly file: string } | string> {
  const file = join(folder, 'echo');
  mkdirSync(folder, { recursive: true });
  try {
    const options = { cwd: here, timeout: buildMsMax };
    await promisify(execFile)(
      existsSync(installed) ? installed : 'go',
      ['build', '-buildvcs=false', '-o', file, '.'],
      options,
    );
    return { file };
  } catch (error) {
    return `grpc-go was left out: ${error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : error}`;
  }
}
