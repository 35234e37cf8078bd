// From who watched what: how strongly those who liked a viewer's videos also liked this one, and which of them say so most.
import type { Item } from '../item.ts';
import type { Model } from './model.ts';
import type { Profile } from './profile.ts';

export type Collaborative = {
  /** In [0, 1]; null where the model does not know the video, or none of the viewer's. */
  readonly value: number | null;
  /** The viewer's videos that speak for it most, with their parts of the sum before it is bent into [0, 1]. */
  readonly because: readonly { readonly videoId: string; readonly part: number }[];
};

const becauseMax = 3;

/**
 * The sum of the item-to-item weights over what the viewer watched, the latest counting most (Steck 2019, "Embarrassingly shallow autoencoders"),
 * bent so that 0 and less is 0 and `collaborativeHalf` is worth half.
 */
export function collaborativeOf(item: Item, profile: Profile, model: Model): Collaborative {
  const weights = model.items.get(item.id)?.related?.ease_views;
  const { columns, weights: counts, videos } = profile.fading;
  if (!weights || columns.length === 0) return { value: null, because: [] };
  let sum = 0;
  const because: { videoId: string; part: number }[] = [];
  for (let at = 0; at < columns.length; at++) {
    const part = (weights[columns[at] as number] as number) * (counts[at] as number);
    sum += part;
    if (part > (because[becauseMax - 1]?.part ?? 0) && !videos[at]?.opinion.notInterested) {
      const place = because.findIndex((other) => part > other.part);
      because.splice(place < 0 ? because.length : place, 0, { videoId: videos[at]?.videoId ?? '', part });
      because.length = Math.min(because.length, becauseMax);
    }
  }
  return { value: sum <= 0 ? 0 : sum / (sum + collaborativeHalf), because };
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
