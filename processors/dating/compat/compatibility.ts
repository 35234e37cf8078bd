// How well two people go together: five weighted components that add up to the score, what is unknown, and why in plain words.
import {
  type AgeFits,
  activityOf,
  ageFits,
  ageOf,
  interestFigures,
  interestsFrom,
  locationWithin,
  type Personality,
  personalityOf,
  type Values,
} from './components.ts';
import type { Person } from './person.ts';
import { reasonsOf } from './reasons.ts';
import { type Component, compatRuleSet, compatRules } from './rules.ts';
import { type Unknown, unknownsOf } from './unknowns.ts';

export type Factor = { readonly value: number; readonly weight: number };

/** Distances and ages are never unknown. */
type Known = Values & { readonly location: number; readonly age: number };

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

const { weights, unknown: ofUnknown } = compatRules;

/** Σ weight × value without the personality, which costs most; an unknown component counts as the rules say. */
export function partialOf({ interests, location, age, activity }: Omit<Known, 'personality'>): number {
  const about = weights.interests * (interests ?? ofUnknown) + weights.location * location;
  return about + weights.age * age + weights.activity * (activity ?? ofUnknown);
}

/** The whole score. */
export const withPersonality = (partial: number, personality: number | null): number =>
  partial + weights.personality * (personality ?? ofUnknown);

const factorOf = (value: number | null, weight: number): Factor => ({ value: value ?? ofUnknown, weight });

export function compatibility(a: Person, b: Person, circumstances: Circumstances & { km: number }): Compatibility {
  const { km, day, personality } = circumstances;
  const figures = interestFigures(a, b);
  const fits = ageFits(a, b, day);
  const values = {
    interests: a.interests.length > 0 && b.interests.length > 0 ? interestsFrom(figures) : null,
    location: locationWithin(Math.min(a.distanceKm, b.distanceKm), km),
    age: ageOf(fits),
    activity: activityOf(a, b),
    personality: personalityOf(a, b, personality),
  };
  return {
    score: withPersonality(partialOf(values), values.personality),
    factors: {
      interests: factorOf(values.interests, weights.interests),
      location: factorOf(values.location, weights.location),
      age: factorOf(values.age, weights.age),
      activity: factorOf(values.activity, weights.activity),
      personality: factorOf(values.personality, weights.personality),
    },
    distanceKm: km,
    ageFits: fits,
    unknown: unknownsOf(a, b, { values, personality }),
    reasons: reasonsOf({ values, figures, km }),
    ruleSet: compatRuleSet,
    personalityVersion: personality?.version ?? null,
  };
}
