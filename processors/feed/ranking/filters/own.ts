// Keeps out the viewer's own videos.
import { creatorOf } from '../item.ts';
import type { Filter } from './filter.ts';

export const own: Filter = (item, { viewer }) => (creatorOf(item) === viewer.userId ? 'own' : null);
