// Proposes videos by lot: the hash of user and hour draws them, so that every video has a chance and every machine the same.
import type { Item } from '../item.ts';
import { begun, stableHashFrom } from '../stable-hash.ts';
import type { Source } from './source.ts';

const draws = 40;
const hourMs = 3_600_000;

export const explore: Source = {
  name: 'explore',
  propose({ catalogue, viewer, now }, allowed) {
    const drawn = new Set<Item>();
    const asked = begun(`${viewer.userId}/${Math.floor(now / hourMs)}/`);
    for (let draw = 0; draw < draws; draw++) {
      const item = catalogue.lottery.pick(stableHashFrom(asked, String(draw)));
      if (item && allowed(item)) drawn.add(item);
    }
    return [...drawn];
  },
};
