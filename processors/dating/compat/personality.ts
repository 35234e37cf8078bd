// How well two people's answers go together by the published model: a rank in [0, 1] among the pairs it was tried on, or null where too little is known.
import { knownTraits, type Traits } from './personality-features.ts';
import { matchChance, type PersonalityModel, prepared, rankAmong } from './personality-model.ts';

export type Personality = {
  readonly version: string;
  /** The same for both orders, to the last bit; null where one of them has answered too little. */
  score(a: Traits, b: Traits): number | null;
  /** The chance of a match that the score ranks. */
  chance(a: Traits, b: Traits): number | null;
};

/** With fewer traits known of a person, most of the sum would be the mean of others. */
export const traitsMin = 12;

export function personalityOf(model: PersonalityModel): Personality {
  const chance = (a: Traits, b: Traits) => {
    const [one, other] = [prepared(model, a), prepared(model, b)];
    return Math.min(knownTraits(one.values), knownTraits(other.values)) < traitsMin
      ? null
      : matchChance(model, one, other);
  };
  return {
    version: model.version,
    chance,
    score: (a, b) => {
      const known = chance(a, b);
      return known === null ? null : rankAmong(model.quantiles, known);
    },
  };
}
