// Keeps out the viewer's own videos.
import type { Filter } from './filter.ts';

export const own: Filter = (item, { viewer }) => (item.creatorId === viewer.userId ? 'own' : null);
