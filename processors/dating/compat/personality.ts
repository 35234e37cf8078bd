// How well two people's answers go together by the published model: a rank in [0, 1] among the pairs it was tried on, or null where too little is known.
import { knownTraits, type Traits } from './personality-features.ts';
import { matchChance, type PersonalityModel, type Prepared, prepared, rankAmong } from './personality-model.ts';

export type Personality = {
  readonly version: string;
  /** An object of answers is not to be changed once it was asked for. The same for both orders, to the last bit; null where one of them has answered too little. */
  score(a: Traits, b: Traits): number | null;
  /** The chance of a match that the score ranks. */
  chance(a: Traits, b: Traits): number | null;
};

/** With fewer traits known of a person, most of the sum would be the mean of others. */
export const traitsMin = 12;

export function personalityOf(model: PersonalityModel): Personality {
  // A person is compared with hundreds per page: what depends on one alone is worked out once per object of answers.
  const known = new WeakMap<Traits, Prepared | null>();
  const of = (traits: Traits): Prepared | null => {
    let person = known.get(traits);
    if (person === undefined) {
      const ready = prepared(model, traits);
      person = knownTraits(ready.values) < traitsMin ? null : ready;
      known.set(traits, person);
    }
    return person;
  };
  const chance = (a: Traits, b: Traits) => {
    const [one, other] = [of(a), of(b)];
    return one && other ? matchChance(model, one, other) : null;
  };
  return {
    version: model.version,
    chance,
    score: (a, b) => {
      const ranked = chance(a, b);
      return ranked === null ? null : rankAmong(model.quantiles, ranked);
    },
  };
}
