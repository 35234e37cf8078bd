// The statistics of experiments against published figures, sums done by hand, and simulated experiments whose truth is known.
import { describe, expect, it } from 'vitest';
import { seeded } from '../../producers/simulate/random.ts';
import {
  chiSquareAbove,
  differenceOf,
  differenceProbability,
  type Estimate,
  intervalOf,
  meanOf,
  ratioOf,
  sampleRatioProbability,
  studentQuantile,
} from '../../projections/experiment-statistics.ts';

const sum = (values: readonly number[]) => BigInt(values.reduce((total, each) => total + each, 0));
const sampleOf = (values: readonly number[]) => ({
  users: values.length,
  x: sum(values),
  xx: sum(values.map((each) => each * each)),
});
const ratioSampleOf = (pairs: readonly (readonly [x: number, y: number])[]) => ({
  ...sampleOf(pairs.map(([x]) => x)),
  y: sum(pairs.map(([, y]) => y)),
  yy: sum(pairs.map(([, y]) => y * y)),
  xy: sum(pairs.map(([x, y]) => x * y)),
});

describe('quantiles', () => {
  it.each([
    [1, 12.7062],
    [2, 4.302653],
    [10, 2.228139],
    [30, 2.042272],
    [1_000, 1.962339],
    [1e7, 1.959964],
    [Number.POSITIVE_INFINITY, 1.959964],
  ])('of Student’s distribution with %d degrees of freedom are the printed ones', (freedom, quantile) => {
    expect(studentQuantile(0.975, freedom)).toBeCloseTo(quantile, 4);
  });

  it.each([
    [3.841459, 1, 0.05],
    [10.827566, 1, 0.001],
    [18.307038, 10, 0.05],
    [29.588298, 10, 0.001],
    [0.0157908, 1, 0.9],
  ])('of chi-square: above %d with %d is %d', (statistic, freedom, probability) => {
    expect(chiSquareAbove(statistic, freedom)).toBeCloseTo(probability, 6);
  });
});

describe('a difference of means', () => {
  // Student's sleep data in tenths of hours; R: t.test(extra ~ group, data = sleep) gives t = -1.8608, df = 17.776, p = 0.07939, -3.3654832 0.2054832.
  const one = meanOf(sampleOf([7, -16, -2, -12, -1, 34, 37, 8, 0, 20])) as Estimate;
  const two = meanOf(sampleOf([19, 8, 11, 1, -1, 44, 55, 16, 46, 34])) as Estimate;
  const difference = differenceOf(one, two);

  it('is Welch’s, as R computes it from Student’s sleep data', () => {
    expect(difference.value / difference.error).toBeCloseTo(-1.8608, 4);
    expect(difference.freedom).toBeCloseTo(17.776, 3);
    expect(differenceProbability(difference)).toBeCloseTo(0.07939, 5);
    expect(intervalOf(difference)?.low).toBeCloseTo(-33.654832, 5);
    expect(intervalOf(difference)?.high).toBeCloseTo(2.054832, 5);
  });

  it('is not judged while nobody differs, nor with a single user', () => {
    const alike = meanOf(sampleOf([3, 3, 3])) as Estimate;
    expect([intervalOf(alike), differenceProbability(differenceOf(alike, alike))]).toEqual([null, null]);
    expect(meanOf(sampleOf([3]))).toBeNull();
  });

  it('keeps its variance between sums that no double holds', () => {
    const far = 3_000_000_000;
    const squares = BigInt(far) ** 2n + BigInt(far + 2) ** 2n;
    expect(meanOf({ users: 2, x: BigInt(2 * far + 2), xx: squares })?.error).toBe(1);
  });
});

describe('a rate', () => {
  it('has the delta method’s error: with d = y − R x, √(s²d / n) / x̄', () => {
    // R = 4 / 6; d = 1/3, −1/3, 0; s²d = 1/9; √(1/27) / 2.
    const estimate = ratioOf(
      ratioSampleOf([
        [1, 1],
        [2, 1],
        [3, 2],
      ]),
    );
    expect(estimate?.value).toBeCloseTo(2 / 3, 12);
    expect(estimate?.error).toBeCloseTo(Math.sqrt(1 / 27) / 2, 12);
  });

  it('is unknown without views', () => {
    expect(
      ratioOf(
        ratioSampleOf([
          [0, 0],
          [0, 0],
        ]),
      ),
    ).toBeNull();
  });

  it('is covered by its interval in about 95 of 100 experiments, although views of one user are alike', () => {
    const random = seeded(1);
    let covered = 0;
    for (let i = 0; i < 1_000; i++) {
      const pairs = Array.from({ length: 300 }, () => {
        const views = 1 + random.whole(20);
        // Half of the users like every other video, half none: a quarter of all views.
        const isFond = random.whole(2) === 0;
        const likes = Array.from({ length: views }, () => (isFond ? random.whole(2) : 0)).reduce((a, b) => a + b, 0);
        return [views, likes] as const;
      });
      const { low, high } = intervalOf(ratioOf(ratioSampleOf(pairs)) as Estimate) ?? { low: 0, high: 0 };
      if (low <= 0.25 && high >= 0.25) covered += 1;
    }
    expect(covered / 1_000).toBeGreaterThan(0.93);
    expect(covered / 1_000).toBeLessThan(0.97);
  });
});

describe('the sample-ratio check', () => {
  it('finds the mismatch of a well-known experiment', () => {
    // Kohavi, Tang, Xu: Trustworthy Online Controlled Experiments, chapter 3: 821,588 and 815,482 users of 50 % each, p = 1.8e-6.
    expect(sampleRatioProbability([821_588, 815_482], [0.5, 0.5])).toBeCloseTo(1.8e-6, 7);
  });

  it('takes an uneven plan as planned', () => {
    expect(sampleRatioProbability([900, 100], [0.9, 0.1])).toBe(1);
    expect(sampleRatioProbability([900, 100], [0.5, 0.5])).toBeLessThan(1e-100);
  });

  it('says nothing of a handful of users', () => {
    expect(sampleRatioProbability([8, 0], [0.5, 0.5])).toBeNull();
    expect(sampleRatioProbability([0, 0], [0.5, 0.5])).toBeNull();
  });
});
