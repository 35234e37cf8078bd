// What a source is: it proposes videos for one reason, best first, each allowed by the filters.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';

export type Allowed = (item: Item) => boolean;

export type Source = {
  readonly name: string;
  propose(request: Request, allowed: Allowed): readonly Item[];
};

/** So many are read off a standing order. */
export const leadersMax = 100;

/** The first so many that are allowed. */
export function firstAllowed(items: Iterable<Item>, limit: number, allowed: Allowed): Item[] {
  const found: Item[] = [];
  for (const item of items) {
    if (found.length >= limit) break;
    if (allowed(item)) found.push(item);
  }
  return found;
}
