// Proposes what engages most by its own figures, read off a standing order.
import { firstAllowed, leadersMax, type Source } from './source.ts';

export const engaging: Source = {
  name: 'engaging',
  propose: ({ catalogue }, allowed) => firstAllowed(catalogue.engaging.order(), leadersMax, allowed),
};
