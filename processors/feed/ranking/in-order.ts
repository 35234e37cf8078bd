// Puts many videos in order by a number each, as a ranking does with hundreds for every page: natively, their places within the numbers.
import { byId, type Item } from './item.ts';

/** Moves for each video after which comparing all is quicker: many have the same key. */
const movesMax = 16;
/** Steps from the smallest key to the largest, among which the step of the last that is wanted is looked for. */
const stepCount = 256;

/** A finite key for each video, fewer than 2^20. */
type Keyed = { readonly keys: Float64Array; readonly items: readonly Item[] };

/** Places of the largest keys first, of equal ones the smaller id. */
export function largestFirst({ keys, items }: Keyed): Uint32Array {
  const isBefore = (a: number, b: number): boolean => {
    const difference = (keys[a] as number) - (keys[b] as number);
    return difference > 0 || (difference === 0 && byId(items[a] as Item, items[b] as Item) < 0);
  };
  const places = nearlySorted(keys);
  let moves = movesMax * places.length;
  for (let at = 1; at < places.length && moves >= 0; at++) {
    const place = places[at] as number;
    let to = at;
    for (; to > 0 && isBefore(place, places[to - 1] as number); to--) places[to] = places[to - 1] as number;
    places[to] = place;
    moves -= at - to;
  }
  return moves >= 0 ? places : places.sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

/** The first so many places of that order; the rest is not sorted. */
export function largest({ keys, items }: Keyed, count: number): Uint32Array {
  const likely = keys.length <= count ? null : placesFrom(stepOf(keys, count));
  if (!likely) return largestFirst({ keys, items });
  const chosen = { keys: new Float64Array(likely.length), items: new Array<Item>(likely.length) };
  for (let at = 0; at < likely.length; at++) {
    chosen.keys[at] = keys[likely[at] as number] as number;
    chosen.items[at] = items[likely[at] as number] as Item;
  }
  const order = largestFirst(chosen).subarray(0, count);
  for (let at = 0; at < order.length; at++) order[at] = likely[order[at] as number] as number;
  return order;
}

/** The videos of the largest keys, so many at most, largest first. */
export function largestBy(items: readonly Item[], count: number, keyOf: (item: Item) => number): Item[] {
  const places = largest({ keys: keysOf(items, keyOf), items }, count);
  const chosen = new Array<Item>(places.length);
  for (let at = 0; at < places.length; at++) chosen[at] = items[places[at] as number] as Item;
  return chosen;
}

/** A loop of its own, as it takes a tenth of what `Float64Array.from` does. */
export function keysOf(items: readonly Item[], keyOf: (item: Item) => number): Float64Array {
  const keys = new Float64Array(items.length);
  for (let at = 0; at < items.length; at++) keys[at] = keyOf(items[at] as Item);
  return keys;
}

/** Steps of keys, and the one that the last of `count` stands on. */
function stepOf(keys: Float64Array, count: number) {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let place = 0; place < keys.length; place++) {
    const key = keys[place] as number;
    if (key < least) least = key;
    if (key > most) most = key;
  }
  const perKey = (stepCount - 1) / (most - least);
  // Where all keys are the same, or nearly, all stand on the first step.
  const stepsPerKey = Number.isFinite(perKey) ? perKey : 0;
  const steps = new Uint8Array(keys.length);
  const counts = new Uint32Array(stepCount);
  for (let place = 0; place < keys.length; place++) {
    steps[place] = ((keys[place] as number) - least) * stepsPerKey;
    counts[steps[place] as number] = (counts[steps[place] as number] as number) + 1;
  }
  let last = stepCount - 1;
  let found = counts[last] as number;
  while (found < count) {
    last -= 1;
    found += counts[last] as number;
  }
  return { steps, last, found };
}

/** Places of all that stand on a step or above it. */
function placesFrom({ steps, last, found }: ReturnType<typeof stepOf>): Uint32Array {
  const places = new Uint32Array(found);
  let next = 0;
  for (let place = 0; place < steps.length; place++) if ((steps[place] as number) >= last) places[next++] = place;
  return places;
}

/** The last bits of each number give way to its place, counted from the end: neighbours may be confused, nothing else. */
function nearlySorted(keys: Float64Array): Uint32Array {
  const sorted = keys.slice();
  const words = new Uint32Array(sorted.buffer);
  const { length } = keys;
  const mask = 2 ** (32 - Math.clz32(length)) - 1;
  for (let place = 0; place < length; place++)
    words[lowWord(place)] = ((words[lowWord(place)] as number) | mask) - place;
  sorted.sort();
  const places = new Uint32Array(length);
  for (let at = 0; at < length; at++) places[at] = mask - ((words[lowWord(length - 1 - at)] as number) & mask);
  return places;
}

/** Where a number's last bits are, in the memory of every machine of today. */
const lowWord = (place: number): number => 2 * place;
