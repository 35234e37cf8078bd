// The evaluation's own rules: what candidate files may hold, negatives by popularity, gains over the best peer, and numbers by their path.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type CandidateList, readCandidates } from '../../operations/evaluate/candidates.ts';
import { figuresBy, gainsOverPeers, meanOf, tableRow, verdictOf } from '../../operations/evaluate/figures.ts';
import { withPopularNegatives } from '../../operations/evaluate/popular-negatives.ts';
import { differences, numbersIn, sizeOf } from '../../operations/parity/compare.ts';

const folder = mkdtempSync(join(tmpdir(), 'evaluate-'));

function fileOf(content: string | Buffer): string {
  const file = join(folder, `${Math.random()}`);
  writeFileSync(file, content);
  return file;
}

describe('candidate files', () => {
  const csv = 'user,item,is_positive\n1,10,0\n2,10,1\n1,11,1\n';

  it.each([
    ['plain', csv],
    ['gzipped', gzipSync(csv)],
    ['with a byte order mark', `\uFEFF${csv}`],
  ])('are read %s, a list per user', (_, content) => {
    const lists = readCandidates(fileOf(content));
    expect(lists.map(({ user, candidates }) => [user, candidates.length])).toEqual([
      ['1', 2],
      ['2', 1],
    ]);
    expect(lists[0]?.candidates[1]).toEqual({ item: '11', isPositive: true });
  });

  it.each([
    ['user,item\n1,2\n', /lacks the column is_positive/],
    ['user,item,is_positive\n1,2,yes\n', /line 2: is_positive must be 0 or 1, not "yes"/],
    ['user,item,is_positive\n1,,1\n', /line 2: user and item must not be empty/],
    ['user,item,is_positive\n', /holds no candidates/],
    [Buffer.from([0x1f, 0x8b, 1, 2]), /cannot be read as CSV/],
  ])('that are wrong are refused with the line and what was expected', (content, sentence) => {
    expect(() => readCandidates(fileOf(content))).toThrow(sentence);
  });
});

const list = (user: string, liked: string, others: readonly string[]): CandidateList => ({
  user,
  candidates: [liked, ...others].map((item) => ({ item, isPositive: item === liked })),
});

describe('negatives by popularity', () => {
  const usersOf = new Map([...Array.from({ length: 50 }, (_, n) => [`rare${n}`, 1] as const), ['hit', 200]]);
  const interactions = { usersOf, ofUser: new Map([['u', new Set(['rare1'])]]) };
  const given = Array.from({ length: 40 }, () => list('u', 'rare2', ['a', 'b', 'c']));

  it('are as many, never known to the user, never the liked one, and popular ones far more often', () => {
    const drawn = withPopularNegatives(given, interactions, 1);
    for (const { candidates } of drawn) {
      const items = candidates.map(({ item }) => item);
      expect(new Set(items).size).toBe(4);
      expect(items).not.toContain('rare1');
      expect(candidates.filter(({ isPositive }) => isPositive).map(({ item }) => item)).toEqual(['rare2']);
    }
    expect(drawn.filter(({ candidates }) => candidates.some(({ item }) => item === 'hit')).length).toBeGreaterThan(36);
    expect(withPopularNegatives(given, interactions, 1)).toEqual(drawn);
  });

  it('end where nothing is left to draw', () => {
    const few = { usersOf: new Map([['x', 3]]), ofUser: new Map() };
    expect(withPopularNegatives([list('u', 'l', ['a', 'b'])], few, 1)[0]?.candidates).toHaveLength(2);
  });
});

describe('figures', () => {
  const lists = Array.from({ length: 30 }, (_, n) => list(`u${n}`, 'good', ['x', 'y', 'z']));
  const catalogue = { items: 4, userCount: 10, tagsOf: () => new Set<string>(), viewersOf: () => 1 };
  const scorer = (good: number) => (of: CandidateList) =>
    of.candidates.map(({ isPositive }) => (isPositive ? good : 1));
  const perfect = figuresBy('perfect', scorer(2), lists, catalogue);
  const worst = figuresBy('worst', scorer(0), lists, catalogue);
  const undecided = figuresBy('undecided', scorer(1), lists, catalogue);

  it('are 1 for the perfect, 0 for the worst, and half for those who cannot decide', () => {
    expect([perfect, worst, undecided].map((figures) => meanOf(figures, 'auc'))).toEqual([1, 0, 0.5]);
    expect(tableRow(perfect).slice(0, 2)).toEqual(['perfect', '1.000']);
  });

  it('are not given where every list is all liked or all not', () => {
    const none = [{ user: 'u', candidates: [{ item: 'good', isPositive: true }] }];
    expect(tableRow(figuresBy('any', scorer(1), none, catalogue)).slice(0, 4)).toEqual(['any', '–', '–', '–']);
  });

  it.each([
    [0.01, 0.02, 'above its best peer'],
    [-0.02, -0.01, 'below its best peer'],
    [-0.01, 0.01, 'not to be told from its best peer'],
  ])('with a gain of %d to %d are said to be %s', (lower, upper, verdict) => {
    expect(verdictOf({ mean: 0, lower, upper })).toBe(verdict);
  });

  it('tell the gain over the best peer, and when it is not certain', () => {
    const [auc] = gainsOverPeers(perfect, [worst, undecided]);
    expect(auc).toMatchObject({ peer: 'undecided', gain: { mean: 0.5, lower: 0.5 } });
    expect(gainsOverPeers(undecided, [perfect])[0]?.gain.upper).toBeLessThan(0);
  });
});

describe('parity', () => {
  it('compares every number by its path, features by their names', () => {
    const served = { a: 1, list: [{ name: 'reach', value: 2 }], text: 'x', none: null };
    expect(numbersIn(served)).toEqual(
      new Map([
        ['a', 1],
        ['list.reach.value', 2],
      ]),
    );
    expect(differences(served, { ...served, a: 1.5 }).map(sizeOf)).toEqual([0.5, 0]);
  });

  it('counts a number that one side lacks as infinitely different', () => {
    expect(differences({ a: 1 }, {}).map(sizeOf)).toEqual([Number.POSITIVE_INFINITY]);
  });
});
