// Proposes what is like the user's interests: videos under the strongest tags, and the most engaging of the strongest categories.
import { largestBy } from '../in-order.ts';
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import { contentSimilarityOf } from '../scorers/similarity.ts';
import { weights } from '../weights.ts';
import { type Allowed, firstAllowed, type Source } from './source.ts';

const itemsMax = 200;
const tagsMax = 16;
/** So many videos are looked at under all tags; a tag that does not fit is too common to tell much. */
const lookedAtMax = 600;
const categoriesMax = 4;
const perCategory = 30;

export const similar: Source = {
  name: 'similar',
  propose(request, allowed) {
    const tags = strongest(request, { categories: false, most: tagsMax });
    const categories = strongest(request, { categories: true, most: categoriesMax });
    return underTags(tags, request, allowed).concat(underCategories(categories, request, allowed));
  },
};

/** The tags or categories that the interests hold most of, strongest first. */
function strongest(request: Request, which: { categories: boolean; most: number }): number[] {
  const { vocabulary } = request.catalogue;
  const best: { token: number; pull: number }[] = [];
  const before = (a: { token: number; pull: number }, b: { token: number; pull: number }) =>
    a.pull > b.pull || (a.pull === b.pull && vocabulary.nameOf(a.token) < vocabulary.nameOf(b.token));
  const { keys, values } = request.viewer.pulls;
  for (let next = 0; next < keys.length; next++) {
    const [token, pull] = [keys[next] as number, values[next] as number];
    if (pull <= 0 || vocabulary.isCategory(token) !== which.categories) continue;
    if (best.length === which.most && pull < (best.at(-1)?.pull ?? 0)) continue;
    const at = best.findIndex((other) => before({ token, pull }, other));
    best.splice(at < 0 ? best.length : at, 0, { token, pull });
    best.length = Math.min(best.length, which.most);
  }
  return best.map(({ token }) => token);
}

function underTags(tags: readonly number[], request: Request, allowed: Allowed): readonly Item[] {
  const { found, size } = request.catalogue;
  found.clear(size);
  const items: Item[] = [];
  let left = lookedAtMax;
  for (const tag of tags) {
    const tagged = request.catalogue.byTag(tag);
    if (tagged.length > left) continue;
    left -= tagged.length;
    for (const item of tagged) {
      if (found.of(item) > 0) continue;
      found.set(item, 1);
      if (allowed(item)) items.push(item);
    }
  }
  return best(items, request);
}

/** By the two weightiest factors that are known without the page. */
function best(items: readonly Item[], request: Request): readonly Item[] {
  if (items.length <= itemsMax) return items;
  return largestBy(items, itemsMax, (item) => {
    const similarity = weights.content_similarity * contentSimilarityOf(item, request);
    return similarity + weights.engagement * request.catalogue.figures.engagementOf(item);
  });
}

function underCategories(categories: readonly number[], { catalogue }: Request, allowed: Allowed): Item[] {
  return categories.flatMap((token) => {
    const category = catalogue.vocabulary.nameOf(token).slice('category:'.length);
    return firstAllowed(catalogue.byCategory(category), perCategory, allowed);
  });
}
