// Proposes what is trending, read off a standing order.
import { firstAllowed, leadersMax, type Source } from './source.ts';

export const trending: Source = {
  name: 'trending',
  propose: ({ catalogue }, allowed) => firstAllowed(catalogue.trending.order(), leadersMax, allowed),
};
