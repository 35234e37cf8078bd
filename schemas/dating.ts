// What a dating profile holds, its limits, and how old somebody is: the personal part travels and is kept as ciphertext only.
import type { AgeBand } from './ids.ts';

export const genders = ['woman', 'man', 'nonbinary'] as const;
export type Gender = (typeof genders)[number];

/** `open` goes with every intention. */
export const intentions = ['relationship', 'casual', 'friendship', 'open'] as const;

export const adultAge = 18;
export const ageMax = 120;

export const profileLimits = {
  nameLength: 50,
  interests: 30,
  wordLength: 40,
  prompts: 5,
  questionLength: 200,
  answerLength: 500,
  distanceKmMin: 3,
  distanceKmMax: 500,
} as const;

export type Wish = {
  readonly genders: readonly string[];
  readonly ageMin: number;
  readonly ageMax: number;
  readonly distanceKm: number;
  readonly intention: string;
};

/** The personal field `dating` of a profile's event. */
export type DatingDetails = {
  readonly name: string;
  /** YYYY-MM-DD */
  readonly birthDate: string;
  readonly gender: string;
  readonly interests: readonly string[];
  readonly aversions: readonly string[];
  readonly prompts: readonly { readonly question: string; readonly answer: string }[];
  readonly videoId: string | null;
  /** Where the person is, as near as anybody keeps it: see cells.ts. */
  readonly cell: string;
  readonly wish: Wish;
  /** By the questions of questionnaire.ts. */
  readonly answers: Readonly<Record<string, number>>;
};

/**
 * Whole years from a birth date to a time in ms, by UTC days; who was born on 29 February is a year older on 1 March.
 * @returns null unless it is a day that exists
 */
export function ageOn(birthDate: string, now: number): number | null {
  const born = /^\d{4}-\d\d-\d\d$/.test(birthDate) ? new Date(birthDate) : null;
  if (!born || Number.isNaN(born.getTime()) || born.toISOString().slice(0, 10) !== birthDate) return null;
  const day = new Date(now);
  const years = day.getUTCFullYear() - born.getUTCFullYear();
  const isBefore =
    day.getUTCMonth() < born.getUTCMonth() ||
    (day.getUTCMonth() === born.getUTCMonth() && day.getUTCDate() < born.getUTCDate());
  return isBefore ? years - 1 : years;
}

/** Null under 18, and of what is no age of a living person. */
export function ageBandOf(age: number): AgeBand | null {
  if (!(age >= adultAge && age <= ageMax)) return null;
  if (age < 25) return '18-24';
  if (age < 35) return '25-34';
  if (age < 45) return '35-44';
  return age < 55 ? '45-54' : '55+';
}
