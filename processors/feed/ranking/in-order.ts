// Sorts many videos by a number each: merges over bare numbers, as a ranking sorts hundreds for every page.
import { byId, type Item } from './item.ts';

type Keyed = { readonly keys: Float64Array; readonly items: readonly Item[] };

/** Places of the largest keys first, of equal ones the smaller id; no key may be NaN. */
export function largestFirst(keyed: Keyed): Uint32Array {
  const count = keyed.keys.length;
  let from = new Uint32Array(count);
  let to = new Uint32Array(count);
  for (let at = 0; at < count; at++) from[at] = at;
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) merge(from, to, { start, width, keyed });
    [from, to] = [to, from];
  }
  return from;
}

type Run = { readonly start: number; readonly width: number; readonly keyed: Keyed };

function merge(from: Uint32Array, to: Uint32Array, { start, width, keyed: { keys, items } }: Run): void {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(start + 2 * width, from.length);
  let [left, right] = [start, middle];
  for (let at = start; at < end; at++) {
    const [a, b] = [from[left] as number, from[right] as number];
    const [keyA, keyB] = [keys[a] as number, keys[b] as number];
    const takesLeft =
      right >= end ||
      (left < middle && (keyA > keyB || (keyA === keyB && byId(items[a] as Item, items[b] as Item) <= 0)));
    to[at] = takesLeft ? a : b;
    if (takesLeft) left += 1;
    else right += 1;
  }
}
