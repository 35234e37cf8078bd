// Keeps back what the viewer has had in front of them, among their latest interactions.
import type { Filter } from './filter.ts';

export const seen: Filter = (item, { viewer }) => (viewer.seen.has(item.id) ? 'seen' : null);
