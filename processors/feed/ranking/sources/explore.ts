// Proposes videos by lot: the hash of user and hour draws them, so that every video has a chance and every machine the same.
import type { Item } from '../item.ts';
import { stableHash } from '../stable-hash.ts';
import type { Source } from './source.ts';

const draws = 40;
const hourMs = 3_600_000;

export const explore: Source = {
  name: 'explore',
  propose({ catalogue, viewer, now }, allowed) {
    const drawn = new Set<Item>();
    const hour = Math.floor(now / hourMs);
    for (let draw = 0; draw < draws; draw++) {
      const item = catalogue.lottery.pick(stableHash(`${viewer.userId}/${hour}/${draw}`));
      if (item && allowed(item)) drawn.add(item);
    }
    return [...drawn];
  },
};
