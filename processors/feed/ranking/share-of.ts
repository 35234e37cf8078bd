// How large a part of some videos each creator and each category makes up.
import type { Item } from './item.ts';

export function shareOf(items: readonly Item[]) {
  const creators = new Map<string, number>();
  const categories = new Map<string, number>();
  for (const item of items) {
    creators.set(item.creatorId, (creators.get(item.creatorId) ?? 0) + 1);
    categories.set(item.category, (categories.get(item.category) ?? 0) + 1);
  }
  const part = (count: number | undefined) => (items.length === 0 ? 0 : (count ?? 0) / items.length);
  return {
    count: items.length,
    ofCreator: (item: Item) => part(creators.get(item.creatorId)),
    ofCategory: (item: Item) => (item.category === '' ? 0 : part(categories.get(item.category))),
  };
}
