// Why two people are shown to each other, in plain words with the figures that were computed; those that count most come first.

import { interestFigures, type Values } from './components.ts';
import type { Person } from './person.ts';
import { type Component, compatRules, components } from './rules.ts';

type Figures = { readonly values: Values; readonly km: number };
type Words = (value: number, people: readonly [Person, Person], figures: Figures) => string;

const percent = (share: number): string => `${Math.round(100 * share)}%`;
const nearKm = 10;

const words: Readonly<Record<Component, Words>> = {
  interests: (_, [a, b]) => {
    const { shared, conflicts, all } = interestFigures(a, b);
    const likes = shared > 0 ? `${percent(shared / all)} shared interests` : 'No shared interests';
    if (conflicts === 0) return likes;
    return `${likes}; ${conflicts} of ${all} ${conflicts === 1 ? 'is' : 'are'} what one of you avoids`;
  },
  location: (_, __, { km }) => (km <= nearKm ? `Only ${km} km away` : `${km} km away`),
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

/** One for each component that is known. */
export function reasonsOf(a: Person, b: Person, figures: Figures): string[] {
  const known = components.flatMap((component) => {
    const value = figures.values[component];
    return value === null ? [] : [{ component, value, counts: compatRules.weights[component] * value }];
  });
  const first = known.sort((one, other) => other.counts - one.counts);
  return first.map(({ component, value }) => words[component](value, [a, b], figures));
}
