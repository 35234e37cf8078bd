// Three sources read off standing orders: what is trending, what is new with few views, what engages most.
import { firstAllowed, type Source } from './source.ts';

const itemsMax = 100;

export const trending: Source = {
  name: 'trending',
  propose: ({ catalogue }, allowed) => firstAllowed(catalogue.trending.order(), itemsMax, allowed),
};

export const fresh: Source = {
  name: 'fresh',
  propose: ({ catalogue }, allowed) => firstAllowed(catalogue.fresh.order(), itemsMax, allowed),
};

export const engaging: Source = {
  name: 'engaging',
  propose: ({ catalogue }, allowed) => firstAllowed(catalogue.engaging.order(), itemsMax, allowed),
};
