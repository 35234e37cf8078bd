// What a run is asked for: which seeds, whether the short plan, and whether the scenario of money instead of faults of all kinds.

export type Wanted = { readonly seeds: readonly number[]; readonly isShort: boolean; readonly isMoney: boolean };

export const usage = 'Usage: npm run test:faults -- [--seed N | --seeds A-B] [--short] [--money].';

export const help = `${usage}
  --seed N    one seed (1, if none is told); --seeds A-B: several, one after the other
  --short     fewer events and faults, as in npm test
  --money     gifts, repeats and renewals under kills, instead of faults of all kinds
Each starts servers of its own and compares all projections with an independent fold.`;

/** Null for what is not understood. */
export function wantedBy(args: readonly string[]): Wanted | null {
  const [isShort, isMoney] = [args.includes('--short'), args.includes('--money')];
  const [name, value, ...more] = args.filter((arg) => arg !== '--short' && arg !== '--money');
  if (name === undefined) return { seeds: [1], isShort, isMoney };
  if (more.length > 0 || value === undefined) return null;
  const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(value);
  const [from, to] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
  if (!range || to < from || !(name === '--seeds' || (name === '--seed' && from === to))) return null;
  return { seeds: Array.from({ length: to - from + 1 }, (_, i) => from + i), isShort, isMoney };
}
