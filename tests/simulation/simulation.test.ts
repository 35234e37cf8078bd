// Ten thousand seeds of the runner under faults end as its logs say; every guard, switched off, is missed soon.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { addCounts, type Counts, tableOf } from './coverage.ts';
import { type Guard, guardNames, guardsWithout } from './guards.ts';
import { cells, elsewhere, places } from './places.ts';
import { RedisTags } from './redis.ts';
import type { Report } from './report.ts';
import { simulate } from './simulate.ts';

const seeds = 10_000;
const workers = 2;
const struckAtLeast = 100;
const foundWithin = 3_000;
const runMs = 600_000;

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** Every so-manieth seed, in a process of its own. */
async function runSeeds(from: number): Promise<Report> {
  const range = ['--from', String(from), '--every', String(workers), '--seeds', String(seeds - from + 1)];
  const args = ['--import', 'tsx', main, ...range, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 }).catch(
    (failed: { stdout: string; stderr: string }) => {
      if (!failed.stdout) throw failed;
      return failed;
    },
  );
  return JSON.parse(stdout) as Report;
}

describe('the runner, simulated', () => {
  it(`ends ${seeds} seeds as its logs say, struck by every fault between every two effects`, {
    timeout: runMs,
  }, async () => {
    const reports = await Promise.all(Array.from({ length: workers }, (_, i) => runSeeds(i + 1)));
    const counts: Counts = {};
    for (const report of reports) addCounts(counts, report.counts);
    console.log(tableOf(counts, places));
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(reports.reduce((sum, report) => sum + report.seeds, 0)).toBe(seeds);
    const tooFew = [
      ...cells.filter(({ fault, place }) => (counts[fault]?.[place] ?? 0) < struckAtLeast),
      ...elsewhere.filter((fault) => (counts[fault]?.anywhere ?? 0) < struckAtLeast),
    ];
    expect(tooFew).toEqual([]);
  });

  it.each(guardNames)(`is found wrong within ${foundWithin} seeds without %s`, { timeout: runMs }, async (guard) => {
    const fails = async (seed: number, off: Guard | null) =>
      (await simulate({ seed, guards: guardsWithout(off) })).failure !== null;
    let seed = 1;
    while (seed <= foundWithin && !((await fails(seed, guard)) && !(await fails(seed, null)))) seed += 1;
    expect(seed).toBeLessThanOrEqual(foundWithin);
  });

  it('replays a seed step by step', async () => {
    const first = await simulate({ seed: 11, trace: true });
    const second = await simulate({ seed: 11, trace: true });
    expect(first.trace.length).toBeGreaterThan(400);
    expect(second.trace).toEqual(first.trace);
  });
});

// Fenced reads and the offset compare make the token redundant, so that no seed misses it. The scripts themselves are
// put to the same test against a real server, under tests/integration.
describe('an old fence token', () => {
  const changes = {
    next: 1,
    last: { id: 'a', time: 1 },
    states: new Map(),
    ids: new Map(),
    fields: new Map(),
    scores: new Map(),
    increments: new Map(),
    drops: new Set<string>(),
    memos: new Map(),
    watermarks: new Map(),
    produced: new Map(),
    skips: new Map(),
    boardLimit: null,
  };

  it('is refused everything at the right offset, once a larger one has been seen', () => {
    const redis = new RedisTags(guardsWithout(null));
    redis.acquire('tag', 4);
    redis.acquire('tag', 7);
    expect(redis.acquire('tag', 4)).toBe('refused');
    expect(redis.acquire('tag', 7)).toBe('refused');
    expect(redis.resume('tag', 4)).toBe('lost');
    expect(redis.read('tag', { token: 4, offset: 0 }, { keys: ['key'], withIds: true })).toBe('lost');
    expect(redis.commit('tag', { token: 4, offset: 0 }, changes)).toBe('lost');
    expect(redis.commit('tag', { token: 7, offset: 0 }, changes)).toBe('ok');
  });
});
