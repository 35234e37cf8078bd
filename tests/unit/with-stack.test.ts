// A command through with-stack.mjs: it runs where it was called from, and ends with its own code.
import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'with-stack-')));
const main = join(folder, 'main.ts');
writeFileSync(main, 'console.log(process.cwd(), process.argv[2] as string);');
afterAll(() => rmSync(folder, { recursive: true }));

it('sees file names as from where npm was called, though npm goes to the project first', async () => {
  const env = { ...process.env, KAFKA_BROKERS: 'any', INIT_CWD: folder };
  const command = [join(root, 'infra/local/with-stack.mjs'), relative(root, main), 't.csv'];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root, env });
  expect(stdout.trim()).toBe(`${folder} t.csv`);
});

it('hands options before the file on to node', async () => {
  const script = join(folder, 'options.ts');
  writeFileSync(
    script,
    'console.log(process.execArgv.includes("--max-semi-space-size=8"), process.argv[2] as string);',
  );
  const env = { ...process.env, KAFKA_BROKERS: 'any' };
  const options = ['--max-semi-space-size=8', relative(root, script), '--quick'];
  const command = [join(root, 'infra/local/with-stack.mjs'), ...options];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root, env });
  expect(stdout.trim()).toBe('true --quick');
});
