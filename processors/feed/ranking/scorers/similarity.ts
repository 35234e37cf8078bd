// How like a viewer's interests a video is: by category and tags, by who watched what, and both together.
import type { Item } from '../item.ts';
import { collaborativeOf, combinedSimilarity, contentAloneWorth, similarityParts } from '../learned/collaborative.ts';
import type { Request, Similarity } from '../request.ts';

/** By category and tags alone: the cosine, rare ones counting more. */
export function similarityOf(item: Item, request: Request): number {
  if (request.viewer.interestLength === 0) return 0;
  return cosine(productOf(item, request), request.viewer.interestLength);
}

/** Product of the interests and the video's unit vector. */
export function productOf(item: Item, { viewer, catalogue }: Request): number {
  return catalogue.vocabulary.productOf(viewer.pulls, item);
}

/** In [0, 1]; what points away from the interests is as far as it gets. */
export function cosine(product: number, interestLength: number): number {
  return product <= 0 || interestLength === 0 ? 0 : Math.min(1, product / interestLength);
}

/** By category and tags, and by who watched what; before the first training the first is all there is. */
export function halvesOf(item: Item, request: Request): Similarity {
  const interests = similarityOf(item, request);
  const { profile, published } = request;
  const together = profile && published ? collaborativeOf(item, profile) : null;
  const value = published ? combinedSimilarity(interests, together) : interests;
  return { value, interests, together };
}

/** The value of `halvesOf`, which a page asks of a thousand videos. */
export function contentSimilarityOf(item: Item, request: Request): number {
  const { profile, published } = request;
  const interests = similarityOf(item, request);
  if (!published) return interests;
  return combinedSimilarity(interests, profile && collaborativeOf(item, profile));
}

/** By how much each half counts; the first alone where the second is not known. */
export function sharesOf({ published }: Request, together: number | null) {
  if (!published) return { interests: 1, together: 0 };
  if (together === null) return { interests: contentAloneWorth, together: 0 };
  return { interests: similarityParts.content, together: similarityParts.collaborative };
}
