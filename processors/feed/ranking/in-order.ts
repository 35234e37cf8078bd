// Sorts many videos by a number each, as a ranking does with hundreds for every page: natively, their places within the numbers.
import { byId, type Item } from './item.ts';

/** Moves for each video after which comparing all is quicker: many have the same key. */
const movesMax = 16;

/** Places of the largest keys first, of equal ones the smaller id; keys are finite, and fewer than 2^20. */
export function largestFirst({ keys, items }: { readonly keys: Float64Array; readonly items: readonly Item[] }) {
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

/** The last bits of each number give way to its place, counted from the end: neighbours may be confused, nothing else. */
function nearlySorted(keys: Float64Array): Uint32Array {
  const sorted = Float64Array.from(keys);
  const words = new Uint32Array(sorted.buffer);
  const mask = 2 ** (32 - Math.clz32(keys.length)) - 1;
  for (let place = 0; place < keys.length; place++)
    words[lowWord(place)] = ((words[lowWord(place)] as number) | mask) - place;
  sorted.sort();
  return Uint32Array.from(keys, (_, at) => mask - ((words[lowWord(keys.length - 1 - at)] as number) & mask));
}

/** Where a number's last bits are, in the memory of every machine of today. */
const lowWord = (place: number): number => 2 * place;
