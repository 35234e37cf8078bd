// One short seed of faults as part of the ordinary tests; it brings up a stack of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { addressNames, root } from '../../infra/local/settings.mjs';

const testMsMax = 240_000;
let child: ChildProcess | undefined;

afterAll(async () => {
  if (!child || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child?.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}, 30_000);

test(
  'after a short seed of faults every projection equals an independent fold of the topics',
  async () => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !addressNames.includes(name)));
    const args = [join(root, 'tests/faults/start.mjs'), '--seed', '1', '--short'];
    const running = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child = running;
    let said = '';
    for (const stream of [running.stdout, running.stderr])
      stream.on('data', (text) => {
        said += text;
      });
    const code = await new Promise((resolve) => running.once('exit', resolve));
    expect(said).toContain('passed: 1 of 1 seeds');
    expect(code).toBe(0);
  },
  testMsMax,
);
