// Why two people are shown to each other, in plain words with the figures that were computed; those that count most come first.

import type { InterestFigures, Values } from './components.ts';
import { type Component, compatRules, components } from './rules.ts';

type Found = { readonly values: Values; readonly figures: InterestFigures; readonly km: number };
type Words = (value: number, found: Found) => string;

const percent = (share: number): string => `${Math.round(100 * share)}%`;
const nearKm = 10;

const words: Readonly<Record<Component, Words>> = {
  interests: (_, { figures: { shared, conflicts, all } }) => {
    const likes = shared > 0 ? `${percent(shared / all)} shared interests` : 'No shared interests';
    if (conflicts === 0) return likes;
    return `${likes}; ${conflicts} of ${all} ${conflicts === 1 ? 'is' : 'are'} what one of you avoids`;
  },
  location: (_, { km }) => (km <= nearKm ? `Only ${km} km away` : `${km} km away`),
  age: (value) => {
    if (value === 1) return 'Perfect age match';
    return value >= 0.75
      ? `Good age match (${percent(value)})`
      : `At the edge of the ages looked for (${percent(value)})`;
  },
  activity: (value) =>
    value >= 0.5
      ? `Online at the same hours (${percent(value)} overlap)`
      : `Seldom online together (${percent(value)} overlap)`,
  personality: (value) => {
    if (value >= 0.7) return `Great chemistry predicted (${percent(value)} compatibility)`;
    return `${value >= 0.5 ? 'Good' : 'Little'} chemistry predicted (${percent(value)} compatibility)`;
  },
};

type Known = { readonly component: Component; readonly value: number; readonly counts: number };

/** One for each component that is known. */
export function reasonsOf(found: Found): string[] {
  const first: Known[] = [];
  for (const component of components) {
    const value = found.values[component];
    if (value === null) continue;
    const counts = compatRules.weights[component] * value;
    let at = first.length;
    while (at > 0 && (first[at - 1] as Known).counts < counts) at--;
    first.splice(at, 0, { component, value, counts });
  }
  return first.map(({ component, value }) => words[component](value, found));
}
