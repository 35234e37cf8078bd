// Gradient boosting of the logistic loss with regression trees over binned features: the ranker's trees.
import { featureNames } from '../processors/feed/ranking/learned/features-list.ts';
import type { Ranker } from '../processors/feed/ranking/learned/ranker.ts';
import { randomOf } from './random.ts';

export type Examples = {
  /** One vector of features after the other. */
  readonly vectors: Float32Array;
  /** 1 for what was liked later, else 0. */
  readonly labels: Uint8Array;
  readonly weights: Float32Array;
  /** Of the vectors, where they are not the feed's. */
  readonly features?: readonly string[];
};

export type BoostingSettings = {
  readonly trees: number;
  readonly depth: number;
  readonly rate: number;
  /** Second derivatives that a leaf must hold, and what is added to them. */
  readonly leafMin: number;
  readonly ridge: number;
  /** Part of the features that each tree may ask for. */
  readonly featurePart: number;
  /** Features that no tree may ask for, to see what they are worth. */
  readonly without: readonly string[];
  readonly seed: number;
};

const binsMax = 64;

type Binned = { readonly bins: readonly Uint8Array[]; readonly edges: readonly Float32Array[] };
type Growing = { feature: number[]; threshold: number[]; left: number[]; value: number[]; roots: number[] };

/** Friedman (2001), "Greedy function approximation", with second-order leaves as in Chen and Guestrin (2016), "XGBoost". */
export function boost(examples: Examples, settings: BoostingSettings): Ranker {
  const count = examples.labels.length;
  const features = examples.features ?? featureNames;
  const binned = binsOf(examples, features.length);
  const random = randomOf(settings.seed);
  const bias = logOddsOf(examples);
  const scores = new Float64Array(count).fill(bias);
  const gradients = new Float64Array(count);
  const curvatures = new Float64Array(count);
  const allowed = features.flatMap((name, place) => (settings.without.includes(name) ? [] : [place]));
  const trees: Growing = { feature: [], threshold: [], left: [], value: [], roots: [] };
  for (let tree = 0; tree < settings.trees; tree++) {
    for (let row = 0; row < count; row++) {
      const chance = 1 / (1 + Math.exp(-(scores[row] as number)));
      const weight = examples.weights[row] as number;
      gradients[row] = weight * ((examples.labels[row] as number) - chance);
      curvatures[row] = Math.max(1e-9, weight * chance * (1 - chance));
    }
    const asked = allowed.filter(() => random() < settings.featurePart);
    grow(trees, { binned, gradients, curvatures, asked, scores }, settings);
  }
  return {
    bias,
    features,
    roots: Int32Array.from(trees.roots),
    feature: Int32Array.from(trees.feature),
    threshold: Float32Array.from(trees.threshold),
    left: Int32Array.from(trees.left),
    value: Float32Array.from(trees.value),
  };
}

function logOddsOf({ labels, weights }: Examples): number {
  let [positive, all] = [0, 0];
  labels.forEach((label, row) => {
    positive += label * (weights[row] as number);
    all += weights[row] as number;
  });
  const part = Math.min(0.999, Math.max(0.001, positive / Math.max(all, 1e-9)));
  return Math.log(part / (1 - part));
}

/** Each feature's values by the edges that split the examples evenly. */
function binsOf({ vectors, labels }: Examples, width: number): Binned {
  const bins: Uint8Array[] = [];
  const edges: Float32Array[] = [];
  for (let place = 0; place < width; place++) {
    const values = Float32Array.from(labels, (_, row) => vectors[row * width + place] as number);
    const own = edgesOf(values);
    edges.push(own);
    bins.push(Uint8Array.from(values, (value) => binOf(own, value)));
  }
  return { bins, edges };
}

function edgesOf(values: Float32Array): Float32Array {
  const sorted = values.toSorted();
  const edges = new Set<number>();
  for (let bin = 1; bin < binsMax; bin++) {
    const edge = sorted[Math.floor((bin * sorted.length) / binsMax)] as number;
    if (edge < (sorted[sorted.length - 1] as number)) edges.add(edge);
  }
  return Float32Array.from(edges);
}

/** How many edges are below the value. */
function binOf(edges: Float32Array, value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Fit = {
  readonly binned: Binned;
  readonly gradients: Float64Array;
  readonly curvatures: Float64Array;
  readonly asked: readonly number[];
  readonly scores: Float64Array;
};
type Leaf = { readonly rows: Int32Array; readonly sums: Float64Array };
type Sums = { readonly gradient: number; readonly curvature: number };
type Split = { readonly feature: number; readonly bin: number; readonly gain: number };

function grow(trees: Growing, fit: Fit, settings: BoostingSettings): void {
  const rows = Int32Array.from(fit.scores, (_, row) => row);
  const root = trees.value.length;
  trees.roots.push(root);
  add(trees, sumsOf(rows, fit), settings);
  split(trees, root, { rows, sums: histogramOf(rows, fit) }, settings.depth, fit, settings);
}

function add(trees: Growing, { gradient, curvature }: Sums, { ridge, rate }: BoostingSettings): void {
  trees.feature.push(-1);
  trees.threshold.push(0);
  trees.left.push(-1);
  trees.value.push(Math.fround((rate * gradient) / (curvature + ridge)));
}

function split(trees: Growing, node: number, leaf: Leaf, depth: number, fit: Fit, settings: BoostingSettings): void {
  const best = depth > 0 ? bestSplit(leaf, fit, settings) : null;
  if (!best) {
    for (const row of leaf.rows) fit.scores[row] = (fit.scores[row] as number) + (trees.value[node] as number);
    return;
  }
  const bins = fit.binned.bins[best.feature] as Uint8Array;
  const below = leaf.rows.filter((row) => (bins[row] as number) <= best.bin);
  const above = leaf.rows.filter((row) => (bins[row] as number) > best.bin);
  const left = trees.value.length;
  add(trees, sumsOf(below, fit), settings);
  add(trees, sumsOf(above, fit), settings);
  trees.feature[node] = best.feature;
  trees.threshold[node] = fit.binned.edges[best.feature]?.[best.bin] as number;
  trees.left[node] = left;
  const [lower, upper] = childrenOf(leaf, below, above, depth - 1, fit);
  split(trees, left, lower, depth - 1, fit, settings);
  split(trees, left + 1, upper, depth - 1, fit, settings);
}

/** The sums of the smaller child are counted, those of the larger are the parent's less these. */
function childrenOf(leaf: Leaf, below: Int32Array, above: Int32Array, depth: number, fit: Fit): [Leaf, Leaf] {
  if (depth === 0)
    return [
      { rows: below, sums: leaf.sums },
      { rows: above, sums: leaf.sums },
    ];
  const fewer = below.length < above.length ? below : above;
  const counted = histogramOf(fewer, fit);
  for (let at = 0; at < counted.length; at++) leaf.sums[at] = (leaf.sums[at] as number) - (counted[at] as number);
  return fewer === below
    ? [
        { rows: below, sums: counted },
        { rows: above, sums: leaf.sums },
      ]
    : [
        { rows: below, sums: leaf.sums },
        { rows: above, sums: counted },
      ];
}

/** Gradients and curvatures per feature that is asked for and bin, in turns. */
function histogramOf(rows: Int32Array, { asked, binned, gradients, curvatures }: Fit): Float64Array {
  const sums = new Float64Array(asked.length * binsMax * 2);
  asked.forEach((feature, place) => {
    const bins = binned.bins[feature] as Uint8Array;
    const own = sums.subarray(place * binsMax * 2, (place + 1) * binsMax * 2);
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] as number;
      const bin = 2 * (bins[row] as number);
      own[bin] = (own[bin] as number) + (gradients[row] as number);
      own[bin + 1] = (own[bin + 1] as number) + (curvatures[row] as number);
    }
  });
  return sums;
}

function sumsOf(rows: Int32Array, { gradients, curvatures }: Fit): Sums {
  let [gradient, curvature] = [0, 0];
  for (const row of rows) {
    gradient += gradients[row] as number;
    curvature += curvatures[row] as number;
  }
  return { gradient, curvature };
}

function bestSplit({ rows, sums }: Leaf, fit: Fit, { leafMin, ridge }: BoostingSettings): Split | null {
  const all = sumsOf(rows, fit);
  if (all.curvature < 2 * leafMin) return null;
  const before = all.gradient ** 2 / (all.curvature + ridge);
  let best: Split | null = null;
  fit.asked.forEach((feature, place) => {
    const edges = fit.binned.edges[feature]?.length ?? 0;
    let [gradient, curvature] = [0, 0];
    for (let bin = 0; bin < edges; bin++) {
      gradient += sums[(place * binsMax + bin) * 2] as number;
      curvature += sums[(place * binsMax + bin) * 2 + 1] as number;
      if (curvature < leafMin || all.curvature - curvature < leafMin) continue;
      const [rest, restCurvature] = [all.gradient - gradient, all.curvature - curvature];
      const gain = gradient ** 2 / (curvature + ridge) + rest ** 2 / (restCurvature + ridge) - before;
      if (gain > (best?.gain ?? 1e-6)) best = { feature, bin, gain };
    }
  });
  return best;
}
