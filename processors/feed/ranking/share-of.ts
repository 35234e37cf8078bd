// How large a part of some videos each creator and each category makes up.
import { categoryOf, creatorOf, type Item } from './item.ts';

export function shareOf(items: readonly Item[]) {
  const creators = new Map<string, number>();
  const categories = new Map<string, number>();
  for (const item of items) {
    creators.set(creatorOf(item), (creators.get(creatorOf(item)) ?? 0) + 1);
    categories.set(categoryOf(item), (categories.get(categoryOf(item)) ?? 0) + 1);
  }
  const part = (count: number | undefined) => (items.length === 0 ? 0 : (count ?? 0) / items.length);
  return {
    count: items.length,
    ofCreator: (item: Item) => part(creators.get(creatorOf(item))),
    ofCategory: (item: Item) => (categoryOf(item) === '' ? 0 : part(categories.get(categoryOf(item)))),
  };
}
