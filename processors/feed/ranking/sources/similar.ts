// Proposes what is like the user's interests: videos under the strongest tags, and the most engaging of the strongest categories.
import { byId, type Item } from '../item.ts';
import type { Request } from '../request.ts';
import { similarityOf } from '../scorers/content-similarity.ts';
import { weights } from '../weights.ts';
import { type Allowed, firstAllowed, type Source } from './source.ts';

const itemsMax = 250;
const tagsMax = 16;
/** So many videos are looked at under all tags; a tag that does not fit is too common to tell much. */
const lookedAtMax = 3_000;
const categoriesMax = 4;
const perCategory = 60;

export const similar: Source = {
  name: 'similar',
  propose(request, allowed) {
    const strongest = strongestInterests(request);
    const tagged = underTags(strongest, request, allowed);
    const inCategories = underCategories(strongest, request, allowed);
    return [...tagged, ...inCategories];
  },
};

function strongestInterests({ viewer, catalogue: { vocabulary } }: Request): number[] {
  return [...viewer.interests]
    .filter(([, interest]) => interest > 0)
    .map(([token, interest]) => ({ token, pull: interest * vocabulary.scaleOf(token) }))
    .sort((a, b) => b.pull - a.pull || (vocabulary.nameOf(a.token) < vocabulary.nameOf(b.token) ? -1 : 1))
    .map(({ token }) => token);
}

function underTags(strongest: readonly number[], request: Request, allowed: Allowed): Item[] {
  const { catalogue } = request;
  const found = new Set<Item>();
  let left = lookedAtMax;
  for (const token of strongest.filter((token) => !catalogue.vocabulary.isCategory(token)).slice(0, tagsMax)) {
    const items = catalogue.byTag(token);
    if (items.length > left) continue;
    left -= items.length;
    for (const item of items) found.add(item);
  }
  return best([...found].filter(allowed), request);
}

/** By the two weightiest factors that are known without the page. */
function best(items: readonly Item[], request: Request): Item[] {
  const keyed = items.map((item) => ({
    item,
    key: weights.content_similarity * similarityOf(item, request) + weights.engagement * item.engagementValue,
  }));
  if (keyed.length > itemsMax) keyed.sort((a, b) => b.key - a.key || byId(a.item, b.item));
  return keyed.slice(0, itemsMax).map(({ item }) => item);
}

function underCategories(strongest: readonly number[], { catalogue }: Request, allowed: Allowed): Item[] {
  return strongest
    .filter((token) => catalogue.vocabulary.isCategory(token))
    .slice(0, categoriesMax)
    .flatMap((token) => {
      const category = catalogue.vocabulary.nameOf(token).slice('category:'.length);
      return firstAllowed(catalogue.byCategory(category), perCategory, allowed);
    });
}
