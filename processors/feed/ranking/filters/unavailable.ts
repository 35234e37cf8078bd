// Keeps out what may not be shown to anybody now: in processing, dated ahead, moderated or removed.
import type { Filter } from './filter.ts';

/** Clocks of uploaders and servers may differ by so much. */
const clockDifferenceMs = 300_000;

export const unavailable: Filter = (item, { now }) => {
  if (!item.live && item.candidate.state.status !== 'published') return item.candidate.state.status;
  return item.publishedAt > now + clockDifferenceMs ? 'not_yet_published' : null;
};
