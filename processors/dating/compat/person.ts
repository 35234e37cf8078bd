// A dating profile as scoring wants it: names as sorted numbers, online times as smoothed shares, the birth date as one number.
import { type Cell, parseCell } from '../../../schemas/cells.ts';
import { compatRules } from './rules.ts';

/** Answers to the questionnaire, by the name of the question. */
export type Answers = Readonly<Partial<Record<string, number>>>;

export type DatingWish = {
  readonly genders: readonly string[];
  readonly ageMin: number;
  readonly ageMax: number;
  readonly distanceKm: number;
  readonly intention: string;
};

export type DatingDetails = {
  readonly name: string;
  /** YYYY-MM-DD */
  readonly birthDate: string;
  readonly gender: string;
  readonly interests: readonly string[];
  readonly aversions: readonly string[];
  readonly prompts: readonly { readonly question: string; readonly answer: string }[];
  readonly videoId: string | null;
  readonly cell: string;
  readonly wish: DatingWish;
  readonly answers: Answers;
};

/** A profile as it is read: decrypted, with the place of the event it comes from. */
export type DatingProfile = {
  readonly userId: string;
  readonly status: string;
  readonly ageBand: string | null;
  /** Null where it is unreadable, or gone. */
  readonly dating: DatingDetails | null;
  /** By UTC hour, how often active then. */
  readonly online: readonly number[];
  readonly offset: number;
  readonly partition: number;
};

export type Person = {
  readonly userId: string;
  readonly gender: string;
  readonly genders: ReadonlySet<string>;
  readonly ageMin: number;
  readonly ageMax: number;
  readonly distanceKm: number;
  readonly intention: string;
  /** Year, month and day as one number: 19990131. */
  readonly birthDay: number;
  /** Ascending. */
  readonly interests: readonly number[];
  readonly aversions: readonly number[];
  /** 24 shares that add up to 1; null where too little is known. */
  readonly online: Float64Array | null;
  /** Null where there are none. */
  readonly answers: Answers | null;
  readonly cell: Cell;
};

const spelled = (name: string): string => name.trim().toLowerCase();

/** Different names as they are compared: without case or outer blanks. */
export const namesOf = (names: readonly string[]): readonly string[] => [...new Set(names.map(spelled))];

/** A calendar day as a number; whole years between two are a subtraction. */
function dayNumber(date: string): number | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  const time = found ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) return null;
  return Number(date.replaceAll('-', ''));
}

/** The UTC day of a time, as `birthDay` is written. */
export function dayOf(at: number): number {
  const date = new Date(at);
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

/** Whole years; who is born on 29 February has the birthday of other years on 1 March. */
export const ageOn = (day: number, { birthDay }: Person): number => Math.floor((day - birthDay) / 10_000);

/** Smoothed around the clock, then divided by the sum; null where too little is known. */
export function onlineShares(online: readonly number[]): Float64Array | null {
  if (online.length !== 24 || !online.every((hours) => hours >= 0)) return null;
  const sum = online.reduce((total, hours) => total + hours, 0);
  if (!(sum >= compatRules.onlineHoursMin && Number.isFinite(sum))) return null;
  const { same, neighbour } = compatRules.smoothing;
  const at = (hour: number) => online[(hour + 24) % 24] ?? 0;
  return Float64Array.from(online, (hours, h) => (same * hours + neighbour * (at(h - 1) + at(h + 1))) / sum);
}

/** What is found among many is kept in whole numbers of so many bits. */
const fits = (number: number, bits: number): boolean => number >= 0 && number < 2 ** bits;
const isAge = (years: number): boolean => Number.isInteger(years) && fits(years, 15);

const numbersOf = (names: readonly string[], numberOf: (name: string) => number): readonly number[] =>
  namesOf(names)
    .map(numberOf)
    .sort((a, b) => a - b);

/** @param numberOf a number for each name, the same for the same name @returns null where the profile is unreadable or makes no sense */
export function personOf(profile: DatingProfile, numberOf: (name: string) => number): Person | null {
  const { userId, dating, online } = profile;
  if (!dating) return null;
  const birthDay = dayNumber(dating.birthDate);
  const cell = parseCell(dating.cell);
  if (birthDay === null || !cell) return null;
  const { genders, ageMin, ageMax, distanceKm, intention } = dating.wish;
  if (!isAge(ageMin) || !isAge(ageMax) || !fits(distanceKm, 30)) return null;
  return {
    userId,
    gender: dating.gender,
    genders: new Set(genders),
    ageMin,
    ageMax,
    distanceKm,
    intention,
    birthDay,
    interests: numbersOf(dating.interests, numberOf),
    aversions: numbersOf(dating.aversions, numberOf),
    online: onlineShares(online),
    answers: Object.keys(dating.answers).length > 0 ? dating.answers : null,
    cell,
  };
}
