// From who watched what: how strongly those who liked a viewer's videos also liked this one, and which of them say so most.
import type { Item } from '../item.ts';
import type { Model } from './model.ts';
import type { Profile } from './profile.ts';

/**
 * The sum of the item-to-item weights over what the viewer watched, the latest counting most (Steck 2019, "Embarrassingly shallow autoencoders"),
 * bent so that 0 and less is 0 and `collaborativeHalf` is worth half.
 * @returns in [0, 1]; null where the model does not know the video, or none of the viewer's
 */
export function collaborativeOf(item: Item, profile: Profile): number | null {
  const column = profile.columns.of(item);
  if (column < 0 || profile.speaking.columns.length === 0) return null;
  const sum = profile.together[column] as number;
  return sum <= 0 ? 0 : sum / (sum + collaborativeHalf);
}

/** What each of those that speak adds to that value: its part of the sum, bent as the sum is; empty where the value is null or 0. */
export function collaborativeParts(item: Item, profile: Profile, model: Model): Float64Array {
  const weights = model.items.get(item.id)?.related?.ease_views;
  const { columns, weights: counts } = profile.speaking;
  const parts = new Float64Array(weights ? columns.length : 0);
  let sum = 0;
  for (let at = 0; at < parts.length; at++) {
    parts[at] = ((weights as Float32Array)[columns[at] as number] as number) * (counts[at] as number);
    sum += parts[at] as number;
  }
  if (sum <= 0) return new Float64Array(0);
  for (let at = 0; at < parts.length; at++) parts[at] = (parts[at] as number) / (sum + collaborativeHalf);
  return parts;
}

/** A sum of weights that is worth half. */
export const collaborativeHalf = 0.1;

/** Parts of the similarity: what was watched together says more than what has the same tags. */
export const similarityParts = { collaborative: 0.8, content: 0.2 } as const;
/** What tags alone are worth while nothing is known of who watched it: as much as a usual video watched together. */
export const contentAloneWorth = 0.5;

/** Similarity in [0, 1] from tags and from who watched what; both arguments in [0, 1]. */
export function combinedSimilarity(content: number, collaborative: number | null): number {
  if (collaborative === null) return contentAloneWorth * content;
  return similarityParts.collaborative * collaborative + similarityParts.content * content;
}
