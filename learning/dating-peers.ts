// What a personality model has to beat on waves it has not seen: chance, the base rate, one number alone, logistic regression and boosting on the columns as given.

import { linear, sigmoid } from '../processors/dating/compat/personality-model.ts';
import { rawScore } from '../processors/feed/ranking/learned/ranker.ts';
import { boost } from './boosting.ts';
import { fitLogistic } from './logistic.ts';
import { randomOf } from './random.ts';

/** Rows are the numbers of each side of a date; NaN where unknown. */
export type PeerTraining = {
  readonly rows: readonly Float64Array[];
  readonly labels: readonly number[];
  readonly columns: readonly string[];
};

/** Learns from the training rows, and gives each row of others a chance. */
export type Peer = (training: PeerTraining) => (rows: readonly Float64Array[]) => readonly number[];

const interestsAndAge = [
  'int_corr',
  'age_gap_abs',
  'shared_high',
  'shared_low',
  'int_mean_abs_diff',
  'int_cosine',
  'int_jaccard7',
  'my_age',
  'their_age',
];

const boosting = { trees: 100, depth: 3, rate: 0.1, leafMin: 5, ridge: 1, featurePart: 1, without: [], seed: 1 };

export const datingPeers: Readonly<Record<string, Peer>> = {
  random: () => (rows) => {
    const random = randomOf(1);
    return rows.map(() => random());
  },
  'base rate': ({ labels }) => {
    const rate = labels.reduce((sum, label) => sum + label, 0) / labels.length;
    return (rows) => rows.map(() => rate);
  },
  'age gap': regressionOn(['age_gap_abs']),
  'shared interests (correlation)': regressionOn(['int_corr']),
  'logistic regression, interests and age': regressionOn(interestsAndAge),
  'logistic regression, questionnaire': regressionOn(null),
  'boosting, interests and age': boostingOn(interestsAndAge),
  'boosting, questionnaire': boostingOn(null),
};

/** @param names null for all columns */
function regressionOn(names: readonly string[] | null): Peer {
  return (training) => {
    const scaled = scaler(training, names);
    const fitted = fitLogistic(training.rows.map(scaled), training.labels, 1);
    return (rows) => rows.map((row) => sigmoid(linear(fitted, scaled(row))));
  };
}

function boostingOn(names: readonly string[] | null): Peer {
  return (training) => {
    const scaled = scaler(training, names);
    const rows = training.rows.map(scaled);
    const width = rows[0]?.length ?? 0;
    const vectors = new Float32Array(rows.length * width);
    rows.forEach((row, at) => {
      vectors.set(row, at * width);
    });
    const features = names ?? training.columns;
    const weights = new Float32Array(rows.length).fill(1);
    const ranker = boost({ vectors, labels: Uint8Array.from(training.labels), weights, features }, boosting);
    return (others) => others.map((row) => sigmoid(rawScore(ranker, Float32Array.from(scaled(row)))));
  };
}

/** Unknown is the mean, as is usual. */
function scaler({ rows, columns }: PeerTraining, names: readonly string[] | null) {
  const places = (names ?? columns).map((name) => columns.indexOf(name));
  const scales = places.map((place) => {
    const values = rows.map((row) => row[place] as number).filter((value) => !Number.isNaN(value));
    const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length));
    return { mean, spread: spread || 1 };
  });
  return (row: Float64Array) =>
    Float64Array.from(places, (place, at) => {
      const { mean, spread } = scales[at] as { mean: number; spread: number };
      const value = ((row[place] as number) - mean) / spread;
      return Number.isNaN(value) ? 0 : value;
    });
}
