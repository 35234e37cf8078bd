// Runs the openssl command, for tests: what it says of files that are written into a folder of the test's own.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Openssl {
  readonly folder = mkdtempSync(join(tmpdir(), 'openssl-'));

  /** @returns the path */
  file(name: string, content: string | Buffer): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** @returns everything that it has said, and how it ended */
  run(...args: string[]): { readonly code: number | null; readonly said: string } {
    const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: this.folder, encoding: 'utf8', input: '' });
    return { code: status, said: stdout + stderr };
  }

  /** A request for a certificate. @param key arguments of `openssl req -newkey` */
  request(key: readonly string[], subject = '/CN=anything'): string {
    const args = ['req', '-new', '-nodes', '-keyout', 'request.key', '-subj', subject, ...key];
    return execFileSync('openssl', args, { cwd: this.folder, encoding: 'utf8', stdio: 'pipe' });
  }

  drop(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
