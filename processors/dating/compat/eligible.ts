// Whether two people may be shown to each other: what each looks for holds for the other. Of places it knows two cells' distance alone.
import { ageOn, type Person } from './person.ts';
import { compatRules } from './rules.ts';

/** Goes with every intention. */
const openToAll = 'open';

const intentionsAgree = (a: string, b: string): boolean => a === b || a === openToAll || b === openToAll;

const wishesAge = ({ ageMin, ageMax }: Person, age: number): boolean => age >= ageMin && age <= ageMax;

/** The same both ways. @param km between their cells, see `distanceBetween` */
export function suit(a: Person, b: Person, { km, day }: { km: number; day: number }): boolean {
  if (!b.genders.has(a.gender) || !a.genders.has(b.gender) || a.userId === b.userId) return false;
  if (km > a.distanceKm || km > b.distanceKm || !intentionsAgree(a.intention, b.intention)) return false;
  const [ageOfA, ageOfB] = [ageOn(day, a), ageOn(day, b)];
  const adults = ageOfA >= compatRules.adultAge && ageOfB >= compatRules.adultAge;
  return adults && wishesAge(a, ageOfB) && wishesAge(b, ageOfA);
}
