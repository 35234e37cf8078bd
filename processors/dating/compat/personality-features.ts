// What the personality model knows of a person and of two: an allow-list of the questionnaire's answers and the age, and numbers made of these alone.
import { answerNames, hobbyNames, preferenceNames } from '../../../schemas/questionnaire.ts';

/** The allow-list. What is not in it cannot be given a weight: race, ethnicity and religion have no name here. */
export const traitNames = [...answerNames, 'age'] as const;
export type TraitName = (typeof traitNames)[number];

/** Answers of the questionnaire, and the age in years. */
export type Traits = Readonly<Partial<Record<TraitName, number>>>;

/** One number per trait in the order of `traitNames`; NaN where it is unknown. */
export type TraitValues = Float64Array;

/** Fewer points given than this are no division of points. */
const preferencesMin = 4;
const firstHobby = traitNames.indexOf(hobbyNames[0] as TraitName);
const places = (names: readonly TraitName[]) => names.map((name) => traitNames.indexOf(name));
const preferencePlaces = places(preferenceNames);
const agePlace = traitNames.indexOf('age');
const goesOutPlace = traitNames.indexOf('goes_out');
const goesOnDatesPlace = traitNames.indexOf('goes_on_dates');

/** Preferences become parts of their sum: who gives 10 points to each says the same as who gives 1. */
export function traitValuesOf(traits: Traits): TraitValues {
  const values = Float64Array.from(traitNames, (name) => traits[name] ?? Number.NaN);
  const given = preferencePlaces.filter((place) => Number.isFinite(values[place]));
  const sum = given.reduce((total, place) => total + (values[place] as number), 0);
  const isDivision = given.length >= preferencesMin && sum > 0;
  for (const place of preferencePlaces) values[place] = isDivision ? (values[place] as number) / sum : Number.NaN;
  return values;
}

export const knownTraits = (values: TraitValues): number => values.filter((value) => Number.isFinite(value)).length;

/** All symmetric: of a and b the same as of b and a, to the last bit. */
export const pairFeatures: Readonly<Record<string, (a: TraitValues, b: TraitValues) => number>> = {
  age_gap: (a, b) => Math.min(12, gapAt(agePlace, a, b)),
  goes_out_gap: (a, b) => gapAt(goesOutPlace, a, b),
  goes_on_dates_gap: (a, b) => gapAt(goesOnDatesPlace, a, b),
  preference_gap: (a, b) => preferencePlaces.reduce((sum, place) => sum + gapAt(place, a, b), 0),
  hobby_gap: (a, b) => ofHobbies(a, b, (pairs) => mean(pairs.map(([one, other]) => Math.abs(one - other)))),
  hobby_correlation: (a, b) => ofHobbies(a, b, correlation),
  hobbies_both_love: (a, b) => ofHobbies(a, b, (pairs) => pairs.filter(bothLove).length),
  hobbies_both_of_either: (a, b) =>
    ofHobbies(a, b, (pairs) => pairs.filter(bothLove).length / Math.max(1, pairs.filter(oneLoves).length)),
};
export const pairFeatureNames = Object.keys(pairFeatures);

type Ratings = readonly [number, number];
const loved = 7;
const bothLove = ([one, other]: Ratings) => one >= loved && other >= loved;
const oneLoves = ([one, other]: Ratings) => one >= loved || other >= loved;

const gapAt = (place: number, a: TraitValues, b: TraitValues) => Math.abs((a[place] as number) - (b[place] as number));

/** Fewer hobbies rated by both tell nothing of both. */
const hobbiesMin = 5;

function ofHobbies(a: TraitValues, b: TraitValues, of: (pairs: readonly Ratings[]) => number): number {
  const pairs = hobbyNames
    .map((_, at): Ratings => [a[firstHobby + at] as number, b[firstHobby + at] as number])
    .filter(([one, other]) => Number.isFinite(one) && Number.isFinite(other));
  return pairs.length < hobbiesMin ? Number.NaN : of(pairs);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's; 0 where one rates all the same. */
function correlation(pairs: readonly Ratings[]): number {
  const [ones, others] = [mean(pairs.map(([one]) => one)), mean(pairs.map(([, other]) => other))];
  let [both, one2, other2] = [0, 0, 0];
  for (const [one, other] of pairs) {
    both += (one - ones) * (other - others);
    one2 += (one - ones) ** 2;
    other2 += (other - others) ** 2;
  }
  return one2 === 0 || other2 === 0 ? 0 : both / Math.sqrt(one2 * other2);
}
