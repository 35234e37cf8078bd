// Matches by looking at everybody in turn, as they were found before there were crowds: what the quick way must equal to the last bit.
import type { Personality } from '../../processors/dating/compat/components.ts';
import { ageFit } from '../../processors/dating/compat/components.ts';
import { ageOn, type DatingProfile, dayOf, type Person, personOf } from '../../processors/dating/compat/person.ts';
import { compatRules } from '../../processors/dating/compat/rules.ts';
import { Names } from '../../projections/dating-names.ts';
import { shellPeople } from '../../projections/dating-shell.ts';
import { distanceBetween } from '../../schemas/cells.ts';

type Known = { readonly km: number; readonly day: number };
export type Plain = { readonly userId: string; readonly km: number; readonly score: number; readonly rank: number };

function suit(a: Person, b: Person, { km, day }: Known): boolean {
  if (!b.genders.has(a.gender) || !a.genders.has(b.gender) || a.userId === b.userId) return false;
  const isOpen = a.intention === 'open' || b.intention === 'open' || a.intention === b.intention;
  if (km > a.distanceKm || km > b.distanceKm || !isOpen) return false;
  const [ageOfA, ageOfB] = [ageOn(day, a), ageOn(day, b)];
  const wished = ageOfB >= a.ageMin && ageOfB <= a.ageMax && ageOfA >= b.ageMin && ageOfA <= b.ageMax;
  return ageOfA >= compatRules.adultAge && ageOfB >= compatRules.adultAge && wished;
}

function interestsOf(a: Person, b: Person): number | null {
  if (a.interests.length === 0 || b.interests.length === 0) return null;
  const [ofA, ofB, not, nor] = [a.interests, b.interests, a.aversions, b.aversions].map((list) => new Set(list));
  const all = [...new Set([...a.interests, ...b.interests])];
  const shared = all.filter((name) => ofA?.has(name) && ofB?.has(name)).length;
  const conflicts = all.filter(
    (name) => (ofA?.has(name) && nor?.has(name)) || (ofB?.has(name) && not?.has(name)),
  ).length;
  return (shared / all.length) * (1 - conflicts / all.length);
}

function activityOf(a: Person, b: Person): number | null {
  if (!a.online || !b.online) return null;
  let common = 0;
  for (let hour = 0; hour < 24; hour++) common += Math.min(a.online[hour] ?? 0, b.online[hour] ?? 0);
  return Math.min(1, common);
}

function personalityOf(a: Person, b: Person, model: Personality | null): number | null {
  if (!model || !a.answers || !b.answers) return null;
  return a.userId < b.userId ? model.score(a.answers, b.answers) : model.score(b.answers, a.answers);
}

function scoreOf(a: Person, b: Person, { km, day }: Known, model: Personality | null): number {
  const { weights, unknown } = compatRules;
  const wished = Math.min(a.distanceKm, b.distanceKm);
  const location = wished > 0 ? Math.max(0, 1 - km / wished) : 0;
  const age = (ageFit(b, ageOn(day, a)) + ageFit(a, ageOn(day, b))) / 2;
  const about = weights.interests * (interestsOf(a, b) ?? unknown) + weights.location * location;
  const partial = about + weights.age * age + weights.activity * (activityOf(a, b) ?? unknown);
  return partial + weights.personality * (personalityOf(a, b, model) ?? unknown);
}

export type Plainly = {
  readonly model: Personality | null;
  readonly boosted: ReadonlySet<string>;
  readonly now: number;
  /** Of a shell at least. */
  readonly enough?: number;
};

/** The definition, by trying everybody: rings until enough suit are a shell; in it by rank, then id. */
export function plainly(profiles: readonly DatingProfile[], userId: string, about: Plainly): Plain[] {
  const { model, boosted, now, enough = shellPeople } = about;
  const names = new Names();
  const day = dayOf(now);
  const people = profiles
    .filter(({ status, ageBand }) => status === 'visible' && ageBand)
    .map((profile) => personOf(profile, (name) => names.take(name)) as Person);
  const viewer = people.find((person) => person.userId === userId);
  if (!viewer) return [];
  const suiting = people.flatMap((person) => {
    const km = distanceBetween(viewer.cell, person.cell);
    if (!suit(viewer, person, { km, day })) return [];
    const score = scoreOf(viewer, person, { km, day }, model);
    return [{ userId: person.userId, km, score, rank: boosted.has(person.userId) ? score + 0.1 : score, shell: 0 }];
  });
  suiting.sort((a, b) => a.km - b.km);
  let [shell, size] = [0, 0];
  for (const [n, one] of suiting.entries()) {
    const startsRing = one.km !== suiting[n - 1]?.km;
    if (startsRing && size >= enough) [shell, size] = [shell + 1, 0];
    one.shell = shell;
    size++;
  }
  suiting.sort((a, b) => a.shell - b.shell || b.rank - a.rank || (a.userId < b.userId ? -1 : 1));
  return suiting.map(({ shell: _, ...one }) => one);
}
