// Training in a thread of its own: the same model as in this one, and ended at once by its signal.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'train-apart-'));
afterAll(() => rmSync(folder, { recursive: true }));

const given = `
  import { isDeepStrictEqual } from 'node:util';
  import { train } from '${root}learning/train.ts';
  import { trainApart } from '${root}operations/train/train-apart.ts';
  import { uploads, likes, now } from '${root}tests/even-and-odd.ts';
  const activity = likes().sort((a, b) => a.occurredAt - b.occurredAt);
  const training = { uploads: uploads(), activity, now, seed: 1, version: '1' };
`;

/** What a process prints that loads TypeScript as the commands do; Vitest's own threads do not. */
async function printed(code: string): Promise<string> {
  const file = join(folder, `${randomUUID()}.mts`);
  writeFileSync(file, given + code);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { cwd: root });
  return stdout.trim();
}

it('gives the same model, and tells its steps', async () => {
  const said = await printed(`
    const steps = [];
    const onProgress = (step) => steps.push(step);
    const model = await trainApart({ ...training, onProgress }, new AbortController().signal);
    console.log(steps.includes('ranker learned'), isDeepStrictEqual(model, train(training)));
  `);
  expect(said).toBe('true true');
}, 60_000);

it('ends when it is told to, with the reason', async () => {
  const said = await printed(`
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('enough'));
    await trainApart({ ...training, onProgress }, controller.signal).catch(({ message }) => console.log(message));
  `);
  expect(said).toBe('enough');
}, 60_000);
