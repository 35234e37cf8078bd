// What a run is asked for: which seeds, and whether the short plan.

export type Wanted = { readonly seeds: readonly number[]; readonly isShort: boolean };

export const usage = 'Usage: npm run test:faults -- [--seed N | --seeds A-B] [--short].';

/** Null for what is not understood. */
export function wantedBy(args: readonly string[]): Wanted | null {
  const isShort = args.includes('--short');
  const [name, value, ...more] = args.filter((arg) => arg !== '--short');
  if (name === undefined) return { seeds: [1], isShort };
  if (more.length > 0 || value === undefined) return null;
  const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(value);
  const [from, to] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
  if (!range || to < from || !(name === '--seeds' || (name === '--seed' && from === to))) return null;
  return { seeds: Array.from({ length: to - from + 1 }, (_, i) => from + i), isShort };
}
