// Proposes what others watched who watched this user's videos, the user's strongest opinions first; nothing before the first training.
import type { Item } from '../item.ts';
import { neighboursOf } from '../learned/neighbours.ts';
import type { Source } from './source.ts';

const itemsMax = 150;
const opinionsMax = 30;

export const watchedTogether: Source = {
  name: 'watched_together',
  propose({ published, viewer, catalogue }, allowed) {
    if (!published) return [];
    const strongest = viewer.opinions
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight || b.opinion.evidence.offset - a.opinion.evidence.offset)
      .slice(0, opinionsMax);
    const found = new Set<Item>();
    for (const { videoId } of strongest) {
      for (const id of neighboursOf(videoId, published.model)) {
        const item = catalogue.get(id);
        if (item?.live && allowed(item)) found.add(item);
        if (found.size >= itemsMax) return [...found];
      }
    }
    return [...found];
  },
};
