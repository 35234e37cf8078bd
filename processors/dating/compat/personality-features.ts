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

export const pairFeatureNames = [
  'age_gap',
  'goes_out_gap',
  'goes_on_dates_gap',
  'preference_gap',
  'hobby_gap',
  'hobby_correlation',
  'hobbies_both_love',
  'hobbies_both_of_either',
] as const;

const loved = 7;
/** Fewer hobbies rated by both tell nothing of both. */
const hobbiesMin = 5;
const gapMaxYears = 12;

const gapAt = (place: number, a: TraitValues, b: TraitValues) => Math.abs((a[place] as number) - (b[place] as number));

/** In the order of the names, NaN where unknown; of a and b the same as of b and a, to the last bit. */
export function pairValuesOf(a: TraitValues, b: TraitValues): number[] {
  let preferences = 0;
  for (const place of preferencePlaces) preferences += gapAt(place, a, b);
  return [
    Math.min(gapMaxYears, gapAt(agePlace, a, b)),
    gapAt(goesOutPlace, a, b),
    gapAt(goesOnDatesPlace, a, b),
    preferences,
    ...hobbyValues(a, b),
  ];
}

/** One walk over the hobbies that both rated: it is asked for hundreds of pairs per page. */
function hobbyValues(a: TraitValues, b: TraitValues): [number, number, number, number] {
  let [count, gaps, sumA, sumB, both, ofEither] = [0, 0, 0, 0, 0, 0];
  let [squareA, squareB, product] = [0, 0, 0];
  for (let place = firstHobby; place < firstHobby + hobbyNames.length; place++) {
    const [one, other] = [a[place] as number, b[place] as number];
    if (!Number.isFinite(one - other)) continue;
    count += 1;
    gaps += Math.abs(one - other);
    sumA += one;
    sumB += other;
    squareA += one * one;
    squareB += other * other;
    product += one * other;
    if (one >= loved && other >= loved) both += 1;
    if (one >= loved || other >= loved) ofEither += 1;
  }
  if (count < hobbiesMin) return [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  // Pearson's; 0 where one rates all the same.
  const spread = (squareA - (sumA * sumA) / count) * (squareB - (sumB * sumB) / count);
  const correlation = spread < 1e-9 ? 0 : (product - (sumA * sumB) / count) / Math.sqrt(spread);
  return [gaps / count, correlation, both, both / Math.max(1, ofEither)];
}
