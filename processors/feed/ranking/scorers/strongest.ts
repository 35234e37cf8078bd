// Which of a viewer's opinions speak most for a video: by category and tags, and by who watched what.
import type { Item } from '../item.ts';
import { collaborativeParts } from '../learned/collaborative.ts';
import type { Because, Request, Strongest } from '../request.ts';
import type { Weighed } from '../viewer.ts';
import { halvesOf, sharesOf } from './similarity.ts';

const strongestMax = 3;

/**
 * The opinions that add most to the factor, of equal ones the later first. By category and tags an opinion's part is its weight × cosine of the
 * two videos ÷ length of the interests; by who watched what its part of the sum of weights, bent as the sum is. Each by the share of its half.
 */
export function strongestFor(item: Item, request: Request): readonly Strongest[] {
  const { viewer, remembered } = request;
  const known = remembered.strongest.get(item);
  if (known) return known;
  const parts = partsOf(item, request);
  const strongest: Strongest[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] as number;
    if (part <= (strongest[strongestMax - 1]?.part ?? 0)) continue;
    insert(strongest, { opinion: viewer.opinions[at] as Weighed, part }, (other) => part >= other.part);
  }
  remembered.strongest.set(item, strongest);
  return strongest;
}

/** What each opinion adds to the factor. */
function partsOf(item: Item, request: Request): Float64Array {
  const { viewer, catalogue, remembered, profile, published } = request;
  const { together } = halvesOf(item, request);
  const shares = sharesOf(request, together);
  remembered.tokens ??= catalogue.vocabulary.tokenLists(viewer.items);
  const parts =
    viewer.interestLength === 0
      ? new Float64Array(viewer.opinions.length)
      : catalogue.vocabulary.similarities(item, remembered.tokens);
  const scale = viewer.interestLength === 0 ? 0 : shares.interests / viewer.interestLength;
  for (let at = 0; at < parts.length; at++)
    parts[at] = scale * (viewer.opinions[at] as Weighed).weight * (parts[at] as number);
  if (together === null || !profile || !published) return parts;
  const { videos } = profile.speaking;
  const collaborative = collaborativeParts(item, profile, published.model);
  // Those that speak are some of the opinions, in the same order.
  for (let at = 0, next = 0; at < parts.length && next < collaborative.length; at++) {
    if (videos[next] !== viewer.opinions[at]) continue;
    parts[at] = (parts[at] as number) + shares.together * (collaborative[next++] as number);
  }
  return parts;
}

/** The viewer's videos that others watched together with this one, and their parts of the similarity by that: the largest first. */
export function becauseOf(item: Item, { profile, published }: Request): readonly Because[] {
  if (!profile || !published) return [];
  const parts = collaborativeParts(item, profile, published.model);
  const because: Because[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] as number;
    if (part <= (because[strongestMax - 1]?.part ?? 0)) continue;
    const { videoId } = profile.speaking.videos[at] as Weighed;
    insert(because, { videoId, part }, (other) => part > other.part);
  }
  return because;
}

function insert<One>(strongest: One[], one: One, isBefore: (other: One) => boolean): void {
  const at = strongest.findIndex(isBefore);
  strongest.splice(at < 0 ? strongest.length : at, 0, one);
  strongest.length = Math.min(strongest.length, strongestMax);
}
