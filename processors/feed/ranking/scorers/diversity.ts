// Diversity: 1 minus how much a video repeats the page so far, and what the user saw last; against the filter bubble.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import { type Finding, percent } from './scorer.ts';

/** Parts of the repetition; together 1. */
export const repetitionParts = { page: 0.5, category: 0.3, creator: 0.2 } as const;
/** Two videos of one creator are at least this alike, whatever their tags. */
export const sameCreatorLikeness = 0.8;

export function likeness(a: Item, b: Item, { catalogue }: Request): number {
  const alike = catalogue.vocabulary.similarity(a, b);
  return a.creatorId === b.creatorId ? Math.max(sameCreatorLikeness, alike) : alike;
}

/** @param onPage the likeness to the most alike video already on the page, in [0, 1] */
export function diversityOf(item: Item, onPage: number, { viewer }: Request): number {
  const { page, category, creator } = repetitionParts;
  const repetition =
    page * onPage + category * viewer.latest.ofCategory(item) + creator * viewer.latest.ofCreator(item);
  return Math.max(0, 1 - repetition);
}

export function explainDiversity(
  item: Item,
  closest: { item: Item | null; likeness: number },
  request: Request,
): Finding {
  const { latest } = request.viewer;
  const value = diversityOf(item, closest.likeness, request);
  return {
    value,
    inputs: {
      page_likeness: closest.likeness,
      most_alike: closest.item?.id ?? null,
      category: item.category,
      category_share: latest.ofCategory(item),
      creator_share: latest.ofCreator(item),
      latest_videos: latest.count,
    },
    certainty: 1,
    evidence: [],
    sentence:
      value >= 0.7 && (latest.count > 0 || closest.item)
        ? `Adds variety (${percent(1 - value)}% repetition of this page and your last videos)`
        : null,
  };
}
