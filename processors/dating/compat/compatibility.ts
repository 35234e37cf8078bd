// How well two people go together: five weighted components that add up to the score, what is unknown, and why in plain words.
import {
  type AgeFits,
  activityOf,
  ageFits,
  ageOf,
  interestsOf,
  locationOf,
  type Personality,
  personalityOf,
} from './components.ts';
import type { Person } from './person.ts';
import { reasonsOf } from './reasons.ts';
import { type Component, compatRuleSet, compatRules, components } from './rules.ts';
import { type Unknown, unknownsOf } from './unknowns.ts';

export type Factor = { readonly value: number; readonly weight: number };

/** What is the same for all that is compared at once. */
export type Circumstances = {
  /** See `dayOf`. */
  readonly day: number;
  readonly personality: Personality | null;
};

export type Compatibility = {
  readonly score: number;
  readonly factors: Readonly<Record<Component, Factor>>;
  readonly distanceKm: number;
  /** Both directions of the component age: the one thing here that depends on who is first. */
  readonly ageFits: AgeFits;
  readonly unknown: readonly Unknown[];
  readonly reasons: readonly string[];
  readonly ruleSet: number;
  readonly personalityVersion: string | null;
};

/** All but the personality, which costs most. @param km between their cells, see `distanceBetween` */
const valuesWithoutPersonality = (a: Person, b: Person, { km, day }: { km: number; day: number }) => ({
  interests: interestsOf(a, b),
  location: locationOf(a, b, km),
  age: ageOf(ageFits(a, b, day)),
  activity: activityOf(a, b),
});

const { weights, unknown: ofUnknown } = compatRules;

/** Σ weight × value without the personality; an unknown component counts as the rules say. */
export function partialScoreOf(a: Person, b: Person, known: { km: number; day: number }): number {
  return partialOf(valuesWithoutPersonality(a, b, known));
}

type ValuesWithoutPersonality = ReturnType<typeof valuesWithoutPersonality>;

/** The same of values that are known already. */
export function partialOf({ interests, location, age, activity }: ValuesWithoutPersonality): number {
  const about = weights.interests * (interests ?? ofUnknown) + weights.location * location;
  return about + weights.age * age + weights.activity * (activity ?? ofUnknown);
}

/** The whole score. */
export const withPersonality = (partial: number, personality: number | null): number =>
  partial + weights.personality * (personality ?? ofUnknown);

export function compatibility(a: Person, b: Person, circumstances: Circumstances & { km: number }): Compatibility {
  const { km, day, personality } = circumstances;
  const values = {
    ...valuesWithoutPersonality(a, b, { km, day }),
    personality: personalityOf(a, b, personality),
  };
  const factor = (component: Component): Factor => ({
    value: values[component] ?? ofUnknown,
    weight: weights[component],
  });
  return {
    score: withPersonality(partialOf(values), values.personality),
    factors: Object.fromEntries(components.map((name) => [name, factor(name)])) as Compatibility['factors'],
    distanceKm: km,
    ageFits: ageFits(a, b, day),
    unknown: unknownsOf(a, b, { values, personality }),
    reasons: reasonsOf(a, b, { values, km }),
    ruleSet: compatRuleSet,
    personalityVersion: personality?.version ?? null,
  };
}
