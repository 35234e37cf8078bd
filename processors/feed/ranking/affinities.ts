// What a viewer's ties to creators are worth: for following one, and for what the viewer made of the creator's videos so far.
import type { Catalogue } from './catalogue.ts';
import type { Item } from './item.ts';
import { type Numbered, withNumber } from './numbered.ts';
import type { Viewer } from './viewer.ts';

const followWorth = 0.6;
/** The most that watching alone is worth, and the points that are worth half of it. */
const watchingWorth = 0.7;
const halfPoints = 2;

/** By creator's number, of those whom the viewer has to do with. */
export function affinitiesOf(viewer: Viewer, catalogue: Catalogue): Numbered {
  const { follows, ties } = viewer;
  const keys = new Int32Array(ties.size + follows.size);
  const values = new Float64Array(keys.length);
  let count = 0;
  const add = (creator: number, affinity: number): void => {
    keys[count] = creator;
    values[count] = affinity;
    count += 1;
  };
  ties.forEach(({ creator, points }, creatorId) => {
    add(creator, affinityFrom(follows.has(creatorId), points));
  });
  for (const creatorId of follows.keys()) {
    const creator = ties.has(creatorId) ? undefined : catalogue.creatorNumber(creatorId);
    if (creator !== undefined) add(creator, affinityFrom(true, 0));
  }
  return { keys: keys.subarray(0, count), values: values.subarray(0, count) };
}

/** The same where a viewer differs in what there is with one creator only. */
export function affinitiesWith(
  affinities: Numbered,
  { follows, ties }: Viewer,
  { creator, creatorId }: Item,
): Numbered {
  const tie = ties.get(creatorId);
  const affinity = tie || follows.has(creatorId) ? affinityFrom(follows.has(creatorId), tie?.points ?? 0) : 0;
  return withNumber(affinities, creator, affinity);
}

function affinityFrom(follows: boolean, points: number): number {
  const watching = points <= 0 ? 0 : points / (points + halfPoints);
  return follows ? followWorth + (1 - followWorth) * watching : watchingWorth * watching;
}
