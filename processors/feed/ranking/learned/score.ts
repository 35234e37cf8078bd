// The learned score as five weighted factors: each factor's contribution, moved into [0, 1] by its bounds.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import { featuresOf } from './features.ts';
import { type LearnedFactor, learnedFactors } from './features-list.ts';
import type { Model } from './model.ts';
import type { Profile } from './profile.ts';
import { type Bounds, baseOf, boundsOf, contributionsOf, factorIn, type Ranker, rawScore } from './ranker.ts';

/** What the five share; the rest is for diversity, which depends on the page. */
export const learnedShare = 0.95;

export type LearnedFeature = { readonly name: string; readonly value: number; readonly contribution: number };
export type LearnedFinding = {
  /** In [0, 1]. */
  readonly value: number;
  readonly weight: number;
  /** All of the factor's, the largest contribution first. */
  readonly features: readonly LearnedFeature[];
};

type Scale = { readonly bounds: Bounds; readonly range: number; readonly lowest: number };
const scales = new WeakMap<Ranker, Scale>();

/** The bounds of each factor, and the least and the range of their sum, computed once per ranker. */
export function scaleOf(ranker: Ranker): Scale {
  const known = scales.get(ranker);
  if (known) return known;
  const bounds = boundsOf(ranker);
  const all = learnedFactors.map((name) => bounds[name]);
  const scale = {
    bounds,
    lowest: all.reduce((sum, { lowest }) => sum + lowest, 0),
    range: all.reduce((sum, { lowest, highest }) => sum + highest - lowest, 0),
  };
  scales.set(ranker, scale);
  return scale;
}

/** In [0, 0.95]: what `explainLearned`'s weights and values sum to, without the contributions. */
export function learnedScore(
  item: Item,
  request: Request,
  profile: Profile,
  model: Model & { ranker: Ranker },
): number {
  const { ranker } = model;
  const { lowest, range } = scaleOf(ranker);
  const contributed = rawScore(ranker, featuresOf(item, request, profile, model)) - rankerBase(ranker);
  return range === 0 ? 0 : (learnedShare * (contributed - lowest)) / range;
}

const bases = new WeakMap<Ranker, number>();
function rankerBase(ranker: Ranker): number {
  let base = bases.get(ranker);
  if (base === undefined) {
    base = baseOf(ranker);
    bases.set(ranker, base);
  }
  return base;
}

/** Each factor's value and weight with the features behind it; the products of weight and value sum to `learnedScore`. */
export function explainLearned(
  item: Item,
  request: Request,
  profile: Profile,
  model: Model & { ranker: Ranker },
): Readonly<Record<LearnedFactor, LearnedFinding>> {
  const { ranker } = model;
  const { bounds, range } = scaleOf(ranker);
  const vector = featuresOf(item, request, profile, model);
  const contributions = contributionsOf(ranker, vector);
  const findings = learnedFactors.map((factor): [LearnedFactor, LearnedFinding] => {
    const features = ranker.features
      .map((name, place) => ({ name, value: vector[place] ?? 0, contribution: contributions[place] ?? 0 }))
      .filter(({ name }) => factorIn(name) === factor)
      .sort((a, b) => b.contribution - a.contribution);
    const sum = features.reduce((total, { contribution }) => total + contribution, 0);
    const { lowest, highest } = bounds[factor];
    const width = highest - lowest;
    const value = width === 0 ? 0 : Math.min(1, Math.max(0, (sum - lowest) / width));
    return [factor, { value, weight: range === 0 ? 0 : (learnedShare * width) / range, features }];
  });
  return Object.fromEntries(findings) as unknown as Record<LearnedFactor, LearnedFinding>;
}
