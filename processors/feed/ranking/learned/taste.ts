// Which of a viewer's opinions the learned part counts as watched, and which as liked.
import type { Weighed } from '../viewer.ts';

/** From this strength of opinion on a video counts as liked: a like, a share, or most of it watched. */
const likedFrom = 0.65;

export const isLiked = ({ opinion }: Weighed): boolean => !opinion.notInterested && opinion.strength >= likedFrom;

/** What was skipped is not watched. */
export const isWatched = ({ opinion }: Weighed): boolean => opinion.notInterested || opinion.strength > 0;
