// Rates, trend and time to catch up, from two looks at a partition.
import { describe, expect, it } from 'vitest';
import { lagOf } from '../../operations/lag/lag.ts';
import { paceOf } from '../../operations/lag/pace.ts';
import { duration, printLags } from '../../operations/lag/print.ts';

const look = (committed: number, end: number, seconds: number, partition = 0) => ({
  partition,
  committed,
  end,
  at: 1_000_000 + seconds * 1_000,
});

describe('a pace', () => {
  it.each([
    ['caught up', look(100, 100, 0), look(300, 300, 5), 0],
    ['catching up', look(0, 1_000, 0), look(500, 1_100, 5), 600 / 80],
    ['falling behind', look(0, 1_000, 0), look(100, 1_500, 5), null],
    ['falling behind', look(0, 1_000, 0), look(0, 1_500, 5), null],
    ['steady', look(0, 1_000, 0), look(500, 1_500, 5), null],
    ['steady', look(0, 1_000, 0), look(505, 1_500, 5), null],
    ['standing still', look(0, 1_000, 0), look(0, 1_000, 5), null],
  ] as const)('%s', (trend, before, after, seconds) => {
    expect(paceOf(before, after)).toMatchObject({ trend, catchUpSeconds: seconds });
  });

  it('counts by the second and never below zero', () => {
    expect(paceOf(look(0, 1_000, 0), look(500, 1_100, 5))).toMatchObject({
      lag: 600,
      foldedPerSecond: 100,
      appendedPerSecond: 20,
    });
    expect(paceOf(look(500, 1_000, 0), look(10, 1_000, 5))).toMatchObject({ foldedPerSecond: 0, lag: 990 });
  });
});

describe('a processor', () => {
  const processor = { name: 'history', input: 'user_activity' } as const;
  const after = [look(90, 100, 5, 0), look(50, 50, 5, 1), look(10, 100, 5, 2)];
  const before = [look(0, 100, 0, 0), look(50, 50, 0, 1), look(0, 100, 0, 2)];
  const since = new Map([
    [0, look(0, 0, 4).at],
    [2, look(0, 0, -55).at],
  ]);

  it('is as far behind as its last partition, and has caught up when the slowest has', () => {
    const { all, partitions } = lagOf(processor, { before, after, since });
    expect(partitions.map(({ behindMs }) => behindMs)).toEqual([1_000, 0, 60_000]);
    expect(all).toMatchObject({ lag: 100, behindMs: 60_000, foldedPerSecond: 20, catchUpSeconds: 45 });
  });

  it('shows a partition that stands still in its own line, and never catches up if they do not together', () => {
    const waiting = [...after.slice(0, 2), look(0, 100, 5, 2)];
    const lag = lagOf(processor, { before, after: waiting, since });
    expect(lag.partitions[2]).toMatchObject({ trend: 'standing still', catchUpSeconds: null });
    expect(lag.all).toMatchObject({ trend: 'catching up', catchUpSeconds: 110 / 18 });
    expect(lagOf(processor, { before, after: before, since }).all.catchUpSeconds).toBeNull();
  });

  it('is not behind in the future when the clocks differ', () => {
    const ahead = new Map([[0, look(0, 0, 9).at]]);
    expect(lagOf(processor, { before, after, since: ahead }).partitions[0]?.behindMs).toBe(0);
  });

  it('is a line for all and one per partition', () => {
    const lines = printLags([lagOf(processor, { before, after, since })]).split('\n');
    expect(lines[2]).toMatch(/^history +all +150 +250 +100 +1 min 0 s +20 +0\.0 +catching up +45 s$/);
    expect(lines).toHaveLength(2 + 4 + 1);
  });
});

it.each([
  [0, '0 s'],
  [3.21, '3.2 s'],
  [59.7, '1 min 0 s'],
  [3_725, '1 h 2 min'],
  [200_000, '2 d 7 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
