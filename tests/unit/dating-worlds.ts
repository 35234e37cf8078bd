// Waves of invented people whose yes follows a rule that is known, so that a test can say what there was to learn.
import type { JudgedMeeting, People } from '../../learning/meetings.ts';
import { type Random, randomOf } from '../../learning/random.ts';
import { type Traits, traitNames, traitValuesOf } from '../../processors/dating/compat/personality-features.ts';

export type World = { readonly people: People; readonly meetings: readonly JudgedMeeting[] };

export const traitsDrawn = (random: Random, isOfFirst: boolean): Traits => {
  const traits: Record<string, number> = {};
  for (const name of traitNames) traits[name] = 1 + Math.floor(random() * 10);
  traits.age = 20 + Math.floor(random() * 20);
  // The two groups answer differently here, as groups do.
  traits.hobby_shopping = Math.max(1, Math.min(10, (traits.hobby_shopping ?? 5) + (isOfFirst ? 4 : -4)));
  traits.hobby_gaming = Math.max(1, Math.min(10, (traits.hobby_gaming ?? 5) + (isOfFirst ? -4 : 4)));
  return traits;
};

/** @param oddsOf log odds that the one says yes to the other */
export function world(
  waves: number,
  each: number,
  seed: number,
  oddsOf: (own: Traits, other: Traits) => number,
): World & { readonly traits: ReadonlyMap<string, Traits> } {
  const random = randomOf(seed);
  const traits = new Map<string, Traits>();
  const meetings: JudgedMeeting[] = [];
  for (let wave = 0; wave < waves; wave++) {
    const ids = (group: string) => Array.from({ length: each }, (_, at) => `${wave}/${group}${at}`);
    const [ones, others] = [ids('a'), ids('b')];
    for (const id of ones) traits.set(id, traitsDrawn(random, true));
    for (const id of others) traits.set(id, traitsDrawn(random, false));
    for (const one of ones)
      for (const other of others) {
        const says = (from: string, to: string): 0 | 1 => {
          const odds = oddsOf(traits.get(from) as Traits, traits.get(to) as Traits);
          return random() < 1 / (1 + Math.exp(-odds)) ? 1 : 0;
        };
        const [first, second] = [says(one, other), says(other, one)];
        const match = first === 1 && second === 1 ? 1 : 0;
        meetings.push({ person: one, partner: other, wave: `${wave}`, yes: first, match });
        meetings.push({ person: other, partner: one, wave: `${wave}`, yes: second, match });
      }
  }
  return { people: new Map([...traits].map(([id, own]) => [id, traitValuesOf(own)])), meetings, traits };
}
