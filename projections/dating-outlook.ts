// What a walk through matches sees all the way, and what orders those who are met on it.
import type { Circumstances } from '../processors/dating/compat/compatibility.ts';
import type { Person } from '../processors/dating/compat/person.ts';
import { compatRules } from '../processors/dating/compat/rules.ts';
import { distanceBetween, distanceKmMax } from '../schemas/cells.ts';

/** The viewer as they were, the day, the model and the boosts. */
export type Outlook = Circumstances & {
  readonly viewer: Person;
  readonly isBoosted: (userId: string) => boolean;
};

export const rankOf = (score: number, isBoosted: boolean): number => (isBoosted ? score + compatRules.boost : score);

/** How far the viewer's wish goes, whole km. */
export const reachOf = ({ distanceKm }: Person): number => Math.min(distanceKmMax, Math.floor(distanceKm));

/** How far somebody is from the viewer of a walk. */
export const kmBetween = (a: Person, b: Person): number => distanceBetween(a.cell, b.cell);
