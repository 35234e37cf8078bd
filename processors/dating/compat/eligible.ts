// Whether two people may be shown to each other: what each looks for holds for the other. Of places it knows two cells' distance alone.
import { ageOn, type Person } from './person.ts';
import { compatRules } from './rules.ts';

/** What somebody is and looks for, but ages and places. */
export type Kind = Pick<Person, 'gender' | 'genders' | 'intention'>;

/** Goes with every intention. */
const openToAll = 'open';

const intentionsAgree = (a: string, b: string): boolean => a === b || a === openToAll || b === openToAll;

const wishesAge = ({ ageMin, ageMax }: Person, age: number): boolean => age >= ageMin && age <= ageMax;

/** The same both ways. */
export const kindsAgree = (a: Kind, b: Kind): boolean =>
  b.genders.has(a.gender) && a.genders.has(b.gender) && intentionsAgree(a.intention, b.intention);

/** The same both ways. @param km between their cells, see `distanceBetween` */
export function suit(a: Person, b: Person, { km, day }: { km: number; day: number }): boolean {
  if (a.userId === b.userId || km > a.distanceKm || km > b.distanceKm || !kindsAgree(a, b)) return false;
  const [ageOfA, ageOfB] = [ageOn(day, a), ageOn(day, b)];
  const adults = ageOfA >= compatRules.adultAge && ageOfB >= compatRules.adultAge;
  return adults && wishesAge(a, ageOfB) && wishesAge(b, ageOfA);
}
