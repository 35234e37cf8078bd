// The figures of an evaluation against numbers made by hand.
import { expect, test } from 'vitest';
import { coverageOf, diversityOf, figuresOf, gainOf, noveltyOf } from '../../learning/metrics.ts';
import { peersOf } from '../../learning/peers.ts';
import { acted, start } from './learning-logs.ts';

const list = (positive: number, ...negatives: number[]) => [
  ...negatives.map((score) => ({ score, positive: false })),
  { score: positive, positive: true },
];
const dayMs = 86_400_000;

test('a positive above all others has every figure at 1', () => {
  expect(figuresOf(list(9, 1, 2, 3))).toEqual({ auc: 1, hit: 1, gain: 1 });
});

test('the third of five has half the AUC and the discounted gain of the third place', () => {
  expect(figuresOf(list(3, 1, 2, 4, 5))).toEqual({ auc: 0.5, hit: 1, gain: 0.5 });
});

test('among equal scores each place is as likely: ten of twenty places are hits', () => {
  const figures = figuresOf(list(1, ...Array.from({ length: 19 }, () => 1)));
  expect(figures?.auc).toBe(0.5);
  expect(figures?.hit).toBeCloseTo(0.5, 12);
  expect(figures?.gain).toBeCloseTo(4.543559338088345 / 20, 12);
});

test('the eleventh place is no hit', () => {
  expect(figuresOf(list(0, ...Array.from({ length: 10 }, () => 1)))).toEqual({ auc: 0, hit: 0, gain: 0 });
});

test('a list without a positive or without a negative has no figures', () => {
  expect(figuresOf([{ score: 1, positive: true }])).toBeNull();
  expect(figuresOf([{ score: 1, positive: false }])).toBeNull();
});

test('coverage, diversity and novelty of two top lists', () => {
  const tops = [
    ['a', 'b'],
    ['a', 'c'],
  ];
  const tags = new Map([
    ['a', new Set(['x', 'y'])],
    ['b', new Set(['y'])],
    ['c', new Set(['z'])],
  ]);
  expect(coverageOf(tops, 6)).toBe(0.5);
  expect(diversityOf(tops, (video) => tags.get(video) ?? new Set())).toBe((0.5 + 1) / 2);
  // a: 3 of 7 users (+1 on both sides) → 4/8; b and c: nobody → 1/8.
  expect(noveltyOf(tops, (video) => (video === 'a' ? 3 : 0), 7)).toBe((1 + 3 + 1 + 3) / 4);
});

test('a gain that every list shows has bounds above zero; one that comes and goes has not', () => {
  const steady = gainOf(
    Array.from({ length: 50 }, (_, at) => 0.5 + (at % 5) / 100),
    Array.from({ length: 50 }, () => 0.4),
    1,
  );
  expect(steady.mean).toBeCloseTo(0.12, 12);
  expect(steady.lower).toBeGreaterThan(0.1);
  const chance = gainOf([1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1], 1);
  expect(chance.lower).toBeLessThan(0);
  expect(chance.upper).toBeGreaterThan(0);
  expect(gainOf([1, 0, 1], [0, 0, 1], 7)).toEqual(gainOf([1, 0, 1], [0, 0, 1], 7));
});

test('peers score by likes, by fading likes and by cosine', () => {
  const now = start + 14 * dayMs;
  const activity = [
    acted('u1', 'a', 'like', start),
    acted('u2', 'a', 'like', start),
    acted('u2', 'b', 'like', now),
    acted('u3', 'c', 'view', now),
  ];
  const peers = peersOf(activity, now);
  expect(peers.popularity?.('u1', 'a')).toBe(2);
  expect(peers['recency 14 d']?.('u1', 'a')).toBe(1);
  expect(peers['recency 14 d']?.('u1', 'b')).toBe(1);
  expect(peers['item-kNN']?.('u1', 'b')).toBeCloseTo(1 / Math.SQRT2, 12);
  expect(peers['item-kNN']?.('u3', 'b')).toBe(0);
});
