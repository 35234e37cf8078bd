// The same liked items among negatives that are drawn by popularity: uniform ones flatter whoever ranks by popularity. Pure.
import { randomOf } from '../../learning/random.ts';
import type { CandidateList } from './candidates.ts';

export type Interactions = {
  /** User → the items that the user had to do with. */
  readonly ofUser: ReadonlyMap<string, ReadonlySet<string>>;
  /** Item → how many users had to do with it. */
  readonly usersOf: ReadonlyMap<string, number>;
};

/** Each list keeps its liked items and gets as many other items, drawn without repeats by the number of their users. */
export function withPopularNegatives(
  lists: readonly CandidateList[],
  { ofUser, usersOf }: Interactions,
  seed: number,
): CandidateList[] {
  const random = randomOf(seed);
  const items = [...usersOf.keys()].sort();
  const bounds: number[] = [];
  let total = 0;
  for (const item of items) {
    total += usersOf.get(item) ?? 0;
    bounds.push(total);
  }
  return lists.map(({ user, candidates }) => {
    const liked = candidates.filter(({ isPositive }) => isPositive);
    const taken = new Set([...(ofUser.get(user) ?? []), ...liked.map(({ item }) => item)]);
    const wanted = Math.min(candidates.length - liked.length, items.filter((item) => !taken.has(item)).length);
    const negatives: CandidateList['candidates'][number][] = [];
    while (negatives.length < wanted) {
      const item = items[firstAbove(bounds, random() * total)] as string;
      if (taken.has(item)) continue;
      taken.add(item);
      negatives.push({ item, isPositive: false });
    }
    return { user, candidates: [...liked, ...negatives] };
  });
}

/** Place of the first bound that is larger. */
function firstAbove(bounds: readonly number[], value: number): number {
  let [low, high] = [0, bounds.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
