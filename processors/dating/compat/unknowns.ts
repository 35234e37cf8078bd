// Says which components are unknown, and why: a figure that stands in for knowledge must not pass for it.

import type { Personality, Values } from './components.ts';
import type { Person } from './person.ts';
import { type Component, components } from './rules.ts';

export type Unknown = { readonly component: Component; readonly why: string };

export function unknownsOf(
  a: Person,
  b: Person,
  { values, personality }: { values: Values; personality: Personality | null },
): Unknown[] {
  const why = (component: Component): string => {
    if (component === 'interests') return 'one of you has named no interests';
    if (component === 'activity') return 'it is not known yet when one of you is online';
    if (!personality) return 'no model of personality is published yet';
    if (!a.answers || !b.answers) return 'one of you has not answered the questions';
    return 'the answers are too few to compare';
  };
  const unknown = components.filter((component) => values[component] === null);
  return unknown.map((component) => ({ component, why: why(component) }));
}
