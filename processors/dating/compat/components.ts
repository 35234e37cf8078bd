// The five components of two people's compatibility: each in [0, 1], the same both ways bit for bit, null where unknown.
import { type Answers, ageOn, type Person } from './person.ts';
import { type Component, compatRules } from './rules.ts';

/** A learned model that says how well two people's answers go together. */
export interface Personality {
  readonly version: string;
  /** In [0, 1], the same both ways; null where the answers do not say. */
  score(a: Answers, b: Answers): number | null;
}

/** Null where unknown. */
export type Values = Readonly<Record<Component, number | null>>;
export type InterestFigures = { readonly shared: number; readonly conflicts: number; readonly all: number };
export type AgeFits = { readonly ofFirst: number; readonly ofSecond: number };

/** Higher than the number of any name. */
const beyond = 2 ** 31 - 1;

/** Walks both people's interests in order once; a conflict is what one likes and the other avoids. */
export function interestFigures(a: Person, b: Person): InterestFigures {
  const [likesOfA, likesOfB, notOfA, notOfB] = [a.interests, b.interests, a.aversions, b.aversions];
  let [i, j, k, l, shared, conflicts, all] = [0, 0, 0, 0, 0, 0, 0];
  while (i < likesOfA.length || j < likesOfB.length) {
    const ofA = i < likesOfA.length ? (likesOfA[i] as number) : beyond;
    const ofB = j < likesOfB.length ? (likesOfB[j] as number) : beyond;
    const name = Math.min(ofA, ofB);
    while (k < notOfA.length && (notOfA[k] as number) < name) k++;
    while (l < notOfB.length && (notOfB[l] as number) < name) l++;
    const isAvoidedByA = k < notOfA.length && notOfA[k] === name;
    const isAvoidedByB = l < notOfB.length && notOfB[l] === name;
    if ((ofA === name && isAvoidedByB) || (ofB === name && isAvoidedByA)) conflicts++;
    if (ofA === ofB) shared++;
    if (ofA === name) i++;
    if (ofB === name) j++;
    all++;
  }
  return { shared, conflicts, all };
}

/** Jaccard (1901): shared of all; less the share of conflicts. Of two who both name some. */
export const interestsFrom = ({ shared, conflicts, all }: InterestFigures): number =>
  (shared / all) * (1 - conflicts / all);

/** Falls linearly to 0 at the nearer of the two distance wishes. @param wished the nearer one, km */
export const locationWithin = (wished: number, km: number): number => (wished > 0 ? Math.max(0, 1 - km / wished) : 0);

/** 1 in the middle half of the wished ages, 0.5 at their ends, 0 five years beyond, linear between. */
export function ageFit({ ageMin, ageMax }: Pick<Person, 'ageMin' | 'ageMax'>, age: number): number {
  const { fullAgeShare, ageFitAtEnd, yearsBeyond } = compatRules;
  const half = (ageMax - ageMin) / 2;
  const off = Math.abs(age - (ageMin + ageMax) / 2);
  if (off <= half * fullAgeShare) return 1;
  if (off <= half) return 1 - ((1 - ageFitAtEnd) * (off - half * fullAgeShare)) / (half * (1 - fullAgeShare));
  return Math.max(0, ageFitAtEnd * (1 - (off - half) / yearsBeyond));
}

/** How each one's age fits the other's wish. */
export const ageFits = (a: Person, b: Person, day: number): AgeFits => ({
  ofFirst: ageFit(b, ageOn(day, a)),
  ofSecond: ageFit(a, ageOn(day, b)),
});

export const ageOf = ({ ofFirst, ofSecond }: AgeFits): number => (ofFirst + ofSecond) / 2;

/** How much two distributions over the day have in common: the sum of the smaller shares. */
export function activityOf(a: Person, b: Person): number | null {
  if (!a.online || !b.online) return null;
  let common = 0;
  for (let hour = 0; hour < 24; hour++) common += Math.min(a.online[hour] ?? 0, b.online[hour] ?? 0);
  return Math.min(1, common);
}

/** Asked in the order of the ids, so that not even rounding can tell who is first. */
export function personalityOf(a: Person, b: Person, model: Personality | null): number | null {
  if (!model || !a.answers || !b.answers) return null;
  const score = a.userId < b.userId ? model.score(a.answers, b.answers) : model.score(b.answers, a.answers);
  return score === null || Number.isNaN(score) ? null : Math.min(1, Math.max(0, score));
}
