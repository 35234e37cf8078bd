// The learned personality model: how it says one side's yes and a match of two people, as sums of weights that stand in its record on the topic `models`.
import {
  pairFeatureNames,
  pairValuesOf,
  type Traits,
  type TraitValues,
  traitNames,
  traitValuesOf,
} from './personality-features.ts';

export const personalityModelName = 'personality';
export const personalityFormat = 1;

export type Scale = { readonly mean: readonly number[]; readonly deviation: readonly number[] };
export type Linear = { readonly bias: number; readonly weights: readonly number[] };

/** As it is published: JSON. Weights are in the order of the names; another order or other names are refused. */
export type PersonalityModel = {
  readonly format: typeof personalityFormat;
  readonly version: string;
  readonly traits: readonly string[];
  readonly pair_features: readonly string[];
  readonly trait_scale: Scale;
  readonly pair_scale: Scale;
  /** Log odds that a person belongs to the one and not to the other of the two groups that met. */
  readonly group: Linear;
  readonly yes: Linear;
  readonly match: Linear;
  /** Parts of the sum that becomes the log odds of a match, learned on people whom neither part had seen. */
  readonly blend: { readonly bias: number; readonly both_yes: number; readonly match: number };
  /** Chances of a match of pairs that it had not seen, in 100 even steps: what a score is a rank among. */
  readonly quantiles: readonly number[];
  readonly notes: Readonly<Record<string, string | number>>;
};

export class UnusablePersonality extends Error {}

const deviationsMax = 2.5;

/** Distances from the mean in standard deviations, bounded; what is unknown is the mean. */
export function standardised(values: ArrayLike<number>, { mean, deviation }: Scale): Float64Array {
  const scaled = new Float64Array(mean.length);
  for (let at = 0; at < scaled.length; at++) {
    const value = ((values[at] as number) - (mean[at] as number)) / (deviation[at] as number);
    if (Number.isFinite(value)) scaled[at] = Math.max(-deviationsMax, Math.min(deviationsMax, value));
  }
  return scaled;
}

export const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

export function linear({ bias, weights }: Linear, vector: ArrayLike<number>): number {
  let sum = bias;
  for (let at = 0; at < weights.length; at++) sum += (weights[at] as number) * (vector[at] as number);
  return sum;
}

/** A person ready to be compared. `group` is from -1 to 1: how clearly the answers are those of one of the two groups. */
export type Prepared = { readonly values: TraitValues; readonly scaled: Float64Array; readonly group: number };

export function prepared(model: PersonalityModel, traits: Traits): Prepared {
  const values = traitValuesOf(traits);
  const scaled = standardised(values, model.trait_scale);
  return { values, scaled, group: Math.tanh(linear(model.group, scaled) / 2) };
}

/** @param side half the difference of the groups of whoever says yes and of the other: 0 where both are alike */
export function yesVector(own: Float64Array, other: Float64Array, side: number, part = 1): Float64Array {
  const width = own.length;
  const vector = new Float64Array(4 * width + 1);
  vector.set(own, 0);
  vector.set(other, width);
  for (let at = 0; at < width; at++) {
    vector[2 * width + at] = side * part * (own[at] as number);
    vector[3 * width + at] = side * part * (other[at] as number);
  }
  vector[4 * width] = side;
  return vector;
}

const pairPart = 0.5;

/** The same for both orders: sums, and differences times a side that changes its sign with them. */
export function matchVector(a: Float64Array, b: Float64Array, side: number, pair: Float64Array): Float64Array {
  const width = a.length;
  const vector = new Float64Array(2 * width + pair.length);
  for (let at = 0; at < width; at++) {
    vector[at] = ((a[at] as number) + (b[at] as number)) * Math.SQRT1_2;
    vector[width + at] = side * ((a[at] as number) - (b[at] as number)) * Math.SQRT1_2;
  }
  for (let at = 0; at < pair.length; at++) vector[2 * width + at] = (pair[at] as number) * pairPart;
  return vector;
}

/** Chance from 0 to 1 that the one says yes to the other. */
export function yesChance(model: PersonalityModel, one: Prepared, other: Prepared): number {
  return sigmoid(linear(model.yes, yesVector(one.scaled, other.scaled, (one.group - other.group) / 2)));
}

/** Chance from 0 to 1 that both say yes; the same for both orders. */
export function matchChance(model: PersonalityModel, a: Prepared, b: Prepared): number {
  const side = (a.group - b.group) / 2;
  const yes = (one: Prepared, other: Prepared, from: number) =>
    linear(model.yes, yesVector(one.scaled, other.scaled, from));
  const pair = standardised(pairValuesOf(a.values, b.values), model.pair_scale);
  const { bias, both_yes, match } = model.blend;
  const direct = linear(model.match, matchVector(a.scaled, b.scaled, side, pair));
  return sigmoid(bias + both_yes * (yes(a, b, side) + yes(b, a, -side)) + match * direct);
}

/** The part of pairs with a lower chance, from 0 to 1, even between two steps. */
export function rankAmong(quantiles: readonly number[], chance: number): number {
  const steps = quantiles.length - 1;
  if (chance <= (quantiles[0] as number)) return 0;
  for (let step = 1; step <= steps; step++) {
    const [low, high] = [quantiles[step - 1] as number, quantiles[step] as number];
    if (chance < high) return (step - 1 + (chance - low) / (high - low)) / steps;
  }
  return 1;
}

const isNumbers = (values: unknown, count: number) =>
  Array.isArray(values) && values.length === count && values.every((value) => Number.isFinite(value));

/** @throws UnusablePersonality for a record of another format, of other traits than these, or with a number that is none */
export function personalityModelFrom(record: unknown): PersonalityModel {
  const model = record as PersonalityModel;
  if (model?.format !== personalityFormat) throw new UnusablePersonality(`its format is not ${personalityFormat}`);
  if (String(model.traits) !== String(traitNames) || String(model.pair_features) !== String(pairFeatureNames))
    throw new UnusablePersonality('it was learned from other traits than those that are allowed here');
  const [traits, pairs] = [traitNames.length, pairFeatureNames.length];
  const isWhole =
    isNumbers(model.trait_scale?.mean, traits) &&
    isNumbers(model.trait_scale.deviation, traits) &&
    isNumbers(model.pair_scale?.mean, pairs) &&
    isNumbers(model.pair_scale.deviation, pairs) &&
    isNumbers(model.group?.weights, traits) &&
    isNumbers(model.yes?.weights, 4 * traits + 1) &&
    isNumbers(model.match?.weights, 2 * traits + pairs) &&
    isNumbers(model.quantiles, 101) &&
    isNumbers([model.group.bias, model.yes.bias, model.match.bias], 3) &&
    isNumbers([model.blend?.bias, model.blend?.both_yes, model.blend?.match], 3);
  if (!isWhole) throw new UnusablePersonality('a number of it is missing');
  return model;
}
