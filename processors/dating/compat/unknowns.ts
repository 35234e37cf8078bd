// Says which components are unknown, and why: a figure that stands in for knowledge must not pass for it.

import type { Personality, Values } from './components.ts';
import type { Person } from './person.ts';
import { type Component, components } from './rules.ts';

export type Unknown = { readonly component: Component; readonly why: string };

/** The first of the two is told. */
const who = (isFirst: boolean, isSecond: boolean): string =>
  isFirst && isSecond ? 'both of you have' : isFirst ? 'you have' : 'the other has';
const whose = (isFirst: boolean, isSecond: boolean): string =>
  isFirst && isSecond ? 'both of you are' : isFirst ? 'you are' : 'the other is';

/** @param a who is told */
export function unknownsOf(
  a: Person,
  b: Person,
  { values, personality }: { values: Values; personality: Personality | null },
): Unknown[] {
  const why = (component: Component): string => {
    if (component === 'interests')
      return `${who(a.interests.length === 0, b.interests.length === 0)} named no interests`;
    if (component === 'activity')
      return `too little is known of when ${whose(a.online === null, b.online === null)} online`;
    if (!personality) return 'no model of personality is published yet';
    if (!a.answers || !b.answers) return `${who(!a.answers, !b.answers)} not answered the questions`;
    return 'the answers are too few to compare';
  };
  const unknown: Unknown[] = [];
  for (const component of components) if (values[component] === null) unknown.push({ component, why: why(component) });
  return unknown;
}
