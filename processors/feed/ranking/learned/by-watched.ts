// The item-to-item weights turned round, by the video that was watched, so that a viewer's sums for all videos are made in few long strides.
import type { Model } from './model.ts';

/** Own videos by their columns, and how much each counts. */
type Counted = { readonly columns: Int32Array; readonly weights: Float32Array };

/** Row of a watched column: what it says for the video of each column. Made once per model. */
const turned = new WeakMap<Model, Float32Array>();

function byWatched(model: Model): Float32Array {
  const known = turned.get(model);
  if (known) return known;
  const { length } = model.columns;
  const rows = new Float32Array(length * length);
  for (const { column, related } of model.items.values()) {
    if (!related) continue;
    for (let watched = 0; watched < length; watched++)
      rows[watched * length + column] = related.ease_views[watched] as number;
  }
  turned.set(model, rows);
  return rows;
}

/** For the video of each column the sum over the own videos of weight × how much each counts, in their order. */
export function sumsOver(own: Counted, model: Model): Float64Array {
  const { length } = model.columns;
  const rows = byWatched(model);
  const sums = new Float64Array(length);
  for (let at = 0; at < own.columns.length; at++) {
    const start = (own.columns[at] as number) * length;
    const counts = own.weights[at] as number;
    for (let column = 0; column < length; column++)
      sums[column] = (sums[column] as number) + (rows[start + column] as number) * counts;
  }
  return sums;
}

/** The same sums without one of the own videos, the others counting as before. */
export function sumsWithout(sums: Float64Array, { column, count }: { column: number; count: number }, model: Model) {
  const { length } = model.columns;
  const rows = byWatched(model);
  return sums.map((sum, at) => sum - (rows[column * length + at] as number) * count);
}
