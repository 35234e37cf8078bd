// What a viewer's ties to creators are worth: for following one, and for what the viewer made of the creator's videos so far.
import type { Catalogue } from './catalogue.ts';
import type { Viewer } from './viewer.ts';

const followWorth = 0.6;
/** The most that watching alone is worth, and the points that are worth half of it. */
const watchingWorth = 0.7;
const halfPoints = 2;

/** By creator's number, of those whom the viewer has to do with. */
export function affinitiesOf({ follows, ties }: Viewer, catalogue: Catalogue): Map<number, number> {
  const affinities = new Map<number, number>();
  const set = (creatorId: string, affinity: number) => {
    const creator = catalogue.creatorNumber(creatorId);
    if (creator !== undefined) affinities.set(creator, affinity);
  };
  for (const [creatorId, { points }] of ties) set(creatorId, affinityFrom(follows.has(creatorId), points));
  for (const creatorId of follows.keys()) {
    if (!ties.has(creatorId)) set(creatorId, affinityFrom(true, 0));
  }
  return affinities;
}

function affinityFrom(follows: boolean, points: number): number {
  const watching = points <= 0 ? 0 : points / (points + halfPoints);
  return follows ? followWorth + (1 - followWorth) * watching : watchingWorth * watching;
}
