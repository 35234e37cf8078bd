// How good chances of yes or no are: AUC, log loss, calibration, and the gain over another on the same dates with its interval.
import { randomOf, wholeBelow } from './random.ts';

/** Mann and Whitney (1947): the part of pairs of a yes and a no in which the yes has the higher score, equal ones half. NaN without both. */
export function aucOf(scores: ArrayLike<number>, labels: ArrayLike<number>, counts?: ArrayLike<number>): number {
  return weightedAuc(orderOf(scores), scores, labels, counts);
}

const orderOf = (scores: ArrayLike<number>) =>
  Uint32Array.from(scores, (_, at) => at).sort((a, b) => (scores[a] as number) - (scores[b] as number));

function weightedAuc(
  order: Uint32Array,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  counts?: ArrayLike<number>,
): number {
  let [below, right, positives] = [0, 0, 0];
  for (let from = 0; from < order.length; ) {
    const score = scores[order[from] as number];
    let [yes, no] = [0, 0];
    let to = from;
    for (; to < order.length && scores[order[to] as number] === score; to++) {
      const row = order[to] as number;
      const count = counts ? (counts[row] as number) : 1;
      if (labels[row] === 1) yes += count;
      else no += count;
    }
    right += yes * (below + no / 2);
    below += no;
    positives += yes;
    from = to;
  }
  return positives === 0 || below === 0 ? Number.NaN : right / (positives * below);
}

/** Mean of -ln of the chance given to what came, in nats. */
export function logLossOf(chances: ArrayLike<number>, labels: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) {
    const chance = Math.min(1 - 1e-9, Math.max(1e-9, chances[row] as number));
    sum -= Math.log(labels[row] === 1 ? chance : 1 - chance);
  }
  return sum / labels.length;
}

export type CalibrationBin = { readonly count: number; readonly foreseen: number; readonly came: number };

/** As many rows in each bin, from the lowest chance to the highest: mean chance, and the part that came. */
export function calibrationOf(
  chances: ArrayLike<number>,
  labels: ArrayLike<number>,
  bins = 10,
): readonly CalibrationBin[] {
  const order = orderOf(chances);
  return Array.from({ length: bins }, (_, bin) => {
    const rows = order.subarray(Math.floor((bin * order.length) / bins), Math.floor(((bin + 1) * order.length) / bins));
    const mean = (of: ArrayLike<number>) => rows.reduce((sum, row) => sum + (of[row] as number), 0) / rows.length;
    return { count: rows.length, foreseen: mean(chances), came: mean(labels) };
  }).filter(({ count }) => count > 0);
}

/** Mean gap of the bins between what was foreseen and what came, each by its rows. */
export function calibrationErrorOf(bins: readonly CalibrationBin[]): number {
  const rows = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.reduce((sum, { count, foreseen, came }) => sum + (count / rows) * Math.abs(foreseen - came), 0);
}

export type AucGain = { readonly gain: number; readonly lower: number; readonly upper: number };

/**
 * Efron and Tibshirani (1993), paired: the same draws for both. Units are drawn whole, so rows that hang together stay together.
 * @param units the unit of each row (its date, or its wave) @param samples draws; the interval is from the 2.5th to the 97.5th percentile
 */
export function aucGainOf(
  { ours, theirs }: { readonly ours: ArrayLike<number>; readonly theirs: ArrayLike<number> },
  labels: ArrayLike<number>,
  units: readonly string[],
  { seed, samples = 1_000 }: { readonly seed: number; readonly samples?: number },
): AucGain {
  const names = [...new Set(units)];
  const placeOf = new Map(names.map((name, place) => [name, place]));
  const unitOf = Uint32Array.from(units, (unit) => placeOf.get(unit) as number);
  const [ourOrder, theirOrder] = [orderOf(ours), orderOf(theirs)];
  const gainWith = (counts?: ArrayLike<number>) =>
    weightedAuc(ourOrder, ours, labels, counts) - weightedAuc(theirOrder, theirs, labels, counts);
  const random = randomOf(seed);
  const counts = new Uint16Array(labels.length);
  const gains = Float64Array.from({ length: samples }, () => {
    const drawn = new Uint16Array(names.length);
    for (let draw = 0; draw < names.length; draw++) {
      const unit = wholeBelow(random, names.length);
      drawn[unit] = (drawn[unit] as number) + 1;
    }
    for (let row = 0; row < counts.length; row++) counts[row] = drawn[unitOf[row] as number] as number;
    return gainWith(counts);
  })
    .filter((gain) => !Number.isNaN(gain))
    .sort();
  return {
    gain: gainWith(),
    lower: gains[Math.floor(gains.length * 0.025)] ?? Number.NaN,
    upper: gains[Math.ceil(gains.length * 0.975) - 1] ?? Number.NaN,
  };
}
