// Proposes the newest of those videos that few have had in front of them.
import { firstAllowed, leadersMax, type Source } from './source.ts';

export const fresh: Source = {
  name: 'fresh',
  propose: ({ catalogue }, allowed) => firstAllowed(catalogue.fresh.order(), leadersMax, allowed),
};
