// One short seed of faults, and the short scenario of money, as part of the ordinary tests; each brings up a stack of its own.
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

async function run(...wanted: string[]): Promise<{ said: string; code: unknown }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !addressNames.includes(name)));
  const args = [join(root, 'tests/faults/start.mjs'), '--seed', '1', '--short', ...wanted];
  const running = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child = running;
  let said = '';
  for (const stream of [running.stdout, running.stderr])
    stream.on('data', (text) => {
      said += text;
    });
  return { code: await new Promise((resolve) => running.once('exit', resolve)), said };
}

test(
  'after a short seed of faults every projection equals an independent fold of the topics',
  async () => {
    const { said, code } = await run();
    expect(said).toContain('passed: 1 of 1 seeds');
    expect(code).toBe(0);
  },
  testMsMax,
);

test(
  'of a few hundred gifts under kills and a restart of the broker every coin is accounted for',
  async () => {
    const { said, code } = await run('--money');
    expect(said).toContain('passed: 1 of 1 seeds');
    expect(code).toBe(0);
  },
  testMsMax,
);
