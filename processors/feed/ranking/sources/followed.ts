// Proposes the newest videos of creators whom the user follows, the latest follow first, and of those watched with pleasure.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import { firstAllowed, type Source } from './source.ts';

const itemsMax = 150;
const perCreator = 10;
const creatorsMax = 100;
const watchedCreatorsMax = 20;

export const followed: Source = {
  name: 'followed',
  propose(request, allowed) {
    const items: Item[] = [];
    for (const creatorId of creatorsOf(request)) {
      if (items.length >= itemsMax) break;
      items.push(...firstAllowed(request.catalogue.byCreator(creatorId), perCreator, allowed));
    }
    return items.slice(0, itemsMax);
  },
};

function creatorsOf({ viewer }: Request): string[] {
  const follows = [...viewer.follows].sort((a, b) => b[1] - a[1]).slice(0, creatorsMax);
  const watched = [...viewer.ties]
    .filter(([creatorId, tie]) => tie.points > 0 && !viewer.follows.has(creatorId))
    .sort((a, b) => b[1].points - a[1].points || (a[0] < b[0] ? -1 : 1))
    .slice(0, watchedCreatorsMax);
  return [...follows, ...watched].map(([creatorId]) => creatorId);
}
