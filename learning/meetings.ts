// People who met in waves, and the two groups of a wave that met only each other. Who belongs to which is read off who met whom, never off an answer to come.
import type { TraitValues } from '../processors/dating/compat/personality-features.ts';

/** One side of a meeting; `yes` and `match` are unknown of those who are to be scored. */
export type Meeting = { readonly person: string; readonly partner: string; readonly wave: string };
export type JudgedMeeting = Meeting & { readonly yes: 0 | 1; readonly match: 0 | 1 };

export type People = ReadonlyMap<string, TraitValues>;

/**
 * -1 or 1 within each set of people who are connected by meetings; people of a set that is not of two groups are left out.
 * Which group is called -1 means nothing: the first person met decides.
 */
export function coloursOf(meetings: readonly Meeting[]): Map<string, number>[] {
  const met = new Map<string, Set<string>>();
  for (const { person, partner } of meetings) {
    added(met, person, partner);
    added(met, partner, person);
  }
  const seen = new Set<string>();
  const sets: Map<string, number>[] = [];
  for (const first of met.keys()) {
    if (seen.has(first)) continue;
    const colours = new Map([[first, -1]]);
    let isOfTwo = true;
    for (const [person, colour] of colours) {
      seen.add(person);
      for (const partner of met.get(person) ?? []) {
        const known = colours.get(partner);
        if (known === colour) isOfTwo = false;
        if (known === undefined) colours.set(partner, -colour);
      }
    }
    if (isOfTwo) sets.push(colours);
  }
  return sets;
}

function added(sets: Map<string, Set<string>>, key: string, value: string): void {
  const known = sets.get(key);
  if (known) known.add(value);
  else sets.set(key, new Set([value]));
}

const alignmentsMax = 20;

/**
 * The same group of every wave gets the same sign: that under which the groups' differences of answers add up to most.
 * @param scaled traits of everyone, standardised
 */
export function aligned(
  sets: readonly Map<string, number>[],
  scaled: ReadonlyMap<string, Float64Array>,
): Map<string, number> {
  const differences = sets.map((colours) => differenceOf(colours, scaled));
  const largest = [...differences].sort((a, b) => dot(b, b) - dot(a, a))[0];
  if (!largest) return new Map();
  let direction = largest;
  let signs = differences.map(() => 1);
  for (let turn = 0; turn < alignmentsMax; turn++) {
    const next = differences.map((difference) => (dot(difference, direction) < 0 ? -1 : 1));
    direction = direction.map((_, at) =>
      differences.reduce((sum, difference, set) => sum + (next[set] as number) * (difference[at] as number), 0),
    );
    if (turn > 0 && next.every((sign, at) => sign === signs[at])) break;
    signs = next;
  }
  return new Map(
    sets.flatMap((colours, set) => [...colours].map(([id, colour]) => [id, colour * (signs[set] as number)])),
  );
}

/** @param oddsOf log odds of a person to be of group 1; the group with the higher mean is group 1 */
export function oriented(sets: readonly Map<string, number>[], oddsOf: (id: string) => number): Map<string, number> {
  const sides = new Map<string, number>();
  for (const colours of sets) {
    const meanOf = (colour: number) => {
      const odds = [...colours].flatMap(([id, own]) => (own === colour ? [oddsOf(id)] : []));
      return odds.reduce((sum, value) => sum + value, 0) / odds.length;
    };
    const sign = meanOf(1) >= meanOf(-1) ? 1 : -1;
    for (const [id, colour] of colours) sides.set(id, colour * sign);
  }
  return sides;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);

/** Mean of group 1 less mean of group -1. */
function differenceOf(colours: ReadonlyMap<string, number>, scaled: ReadonlyMap<string, Float64Array>): Float64Array {
  const width = scaled.values().next().value?.length ?? 0;
  const sum = new Float64Array(width);
  const counts = { '1': 0, '-1': 0 };
  for (const colour of colours.values()) counts[colour > 0 ? '1' : '-1'] += 1;
  for (const [id, colour] of colours) {
    const count = counts[colour > 0 ? '1' : '-1'];
    scaled.get(id)?.forEach((value, at) => {
      sum[at] = (sum[at] as number) + (colour * value) / count;
    });
  }
  return sum;
}
