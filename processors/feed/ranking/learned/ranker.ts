// Boosted regression trees as a sum of contributions: what each split adds to the expectation is credited to its feature.
import { decodeFloats, decodeIntegers, encodeFloats, encodeIntegers } from './encoding.ts';
import { factorOfFeature, featureNames, type LearnedFactor, learnedFactors } from './features-list.ts';

/** All trees' nodes one after the other; a node's children stand next to each other. */
export type Ranker = {
  readonly bias: number;
  readonly features: readonly string[];
  readonly roots: Int32Array;
  /** The feature that is asked for, -1 at a leaf. */
  readonly feature: Int32Array;
  /** Up to the threshold it goes left. */
  readonly threshold: Float32Array;
  /** The left child; the right one follows it. */
  readonly left: Int32Array;
  /** The expectation at the node: at a leaf what the tree adds; a root's counts to the bias. */
  readonly value: Float32Array;
};

export type EncodedRanker = { readonly bias: number; readonly features: readonly string[] } & Readonly<
  Record<'roots' | 'feature' | 'threshold' | 'left' | 'value', string>
>;

/** Sum of the leaves that a vector comes to. */
export function rawScore(ranker: Ranker, vector: Float32Array): number {
  const { roots, feature, threshold, left, value } = ranker;
  let score = ranker.bias;
  for (let tree = 0; tree < roots.length; tree++) {
    let node = roots[tree] as number;
    let asked = feature[node] as number;
    while (asked >= 0) {
      node = (left[node] as number) + ((vector[asked] as number) <= (threshold[node] as number) ? 0 : 1);
      asked = feature[node] as number;
    }
    score += value[node] as number;
  }
  return score;
}

/** What is there before any feature is known: the bias and the expectation of every tree. */
export function baseOf({ bias, roots, value }: Ranker): number {
  return roots.reduce((sum, root) => sum + (value[root] as number), bias);
}

/**
 * Contribution per feature; with `baseOf` they sum to the raw score. The change of the expectation at a split is the
 * split's feature's (Saabas, "Interpreting random forests", 2014).
 */
export function contributionsOf(ranker: Ranker, vector: Float32Array): Float64Array {
  const { roots, feature, threshold, left, value } = ranker;
  const contributions = new Float64Array(ranker.features.length);
  for (const root of roots) {
    let node = root;
    for (let asked = feature[node] as number; asked >= 0; asked = feature[node] as number) {
      const next = (left[node] as number) + ((vector[asked] as number) <= (threshold[node] as number) ? 0 : 1);
      contributions[asked] = (contributions[asked] as number) + (value[next] as number) - (value[node] as number);
      node = next;
    }
  }
  return contributions;
}

export type Bounds = Readonly<Record<LearnedFactor, { readonly lowest: number; readonly highest: number }>>;

/** Between what a factor's contribution can lie for any vector: the sum of what it can be in each tree. */
export function boundsOf(ranker: Ranker): Bounds {
  const factors = ranker.features.map((name) => learnedFactors.indexOf(factorIn(name)));
  const lowest = new Float64Array(learnedFactors.length);
  const highest = new Float64Array(learnedFactors.length);
  for (const root of ranker.roots) {
    const low = new Float64Array(learnedFactors.length).fill(Number.POSITIVE_INFINITY);
    const high = new Float64Array(learnedFactors.length).fill(Number.NEGATIVE_INFINITY);
    eachLeaf(ranker, root, factors, new Float64Array(learnedFactors.length), (sums) => {
      for (let at = 0; at < sums.length; at++) {
        low[at] = Math.min(low[at] as number, sums[at] as number);
        high[at] = Math.max(high[at] as number, sums[at] as number);
      }
    });
    for (let at = 0; at < low.length; at++) {
      lowest[at] = (lowest[at] as number) + (low[at] as number);
      highest[at] = (highest[at] as number) + (high[at] as number);
    }
  }
  return Object.fromEntries(
    learnedFactors.map((name, at) => [name, { lowest: lowest[at] ?? 0, highest: highest[at] ?? 0 }]),
  ) as Bounds;
}

function eachLeaf(
  ranker: Ranker,
  node: number,
  factors: readonly number[],
  sums: Float64Array,
  visit: (sums: Float64Array) => void,
): void {
  const asked = ranker.feature[node] as number;
  if (asked < 0) {
    visit(sums);
    return;
  }
  const left = ranker.left[node] as number;
  for (const child of [left, left + 1]) {
    const along = Float64Array.from(sums);
    const factor = factors[asked] as number;
    along[factor] = (along[factor] as number) + (ranker.value[child] as number) - (ranker.value[node] as number);
    eachLeaf(ranker, child, factors, along, visit);
  }
}

export function factorIn(name: string): LearnedFactor {
  return (factorOfFeature as Readonly<Record<string, LearnedFactor>>)[name] ?? 'content_similarity';
}

export function encodeRanker({ bias, features, roots, feature, threshold, left, value }: Ranker): EncodedRanker {
  return {
    bias,
    features,
    roots: encodeIntegers(roots),
    feature: encodeIntegers(feature),
    threshold: encodeFloats(threshold),
    left: encodeIntegers(left),
    value: encodeFloats(value),
  };
}

/** @throws when it was trained on other features than this build computes */
export function rankerFrom(encoded: EncodedRanker): Ranker {
  if (encoded.features.join() !== featureNames.join())
    throw new Error('The ranker knows other features than this build');
  return {
    bias: encoded.bias,
    features: encoded.features,
    roots: decodeIntegers(encoded.roots),
    feature: decodeIntegers(encoded.feature),
    threshold: decodeFloats(encoded.threshold),
    left: decodeIntegers(encoded.left),
    value: decodeFloats(encoded.value),
  };
}
