// Keeps out what may not be shown to anybody now: in processing, dated ahead, moderated or removed.
import type { Filter } from './filter.ts';

/** Clocks of uploaders and servers may differ by so much. */
const clockDifferenceMs = 300_000;

export const unavailable: Filter = ({ candidate: { state } }, { now }) => {
  if (state.status !== 'published') return state.status;
  return state.publishedAt > now + clockDifferenceMs ? 'not_yet_published' : null;
};
