// What a video is worth on the leaderboards: one formula, whole numbers, people and not repetitions.
import type { Counts, Engagement } from './domain.ts';

/** Points of one person's view, like, share, comment. */
export const points = { viewers: 1, likes: 3, shares: 5, comments: 2 } as const;
export type Figure = keyof typeof points;
export const figures = Object.keys(points) as Figure[];

export const scoreOf = (counts: Pick<Counts, Figure>): number =>
  figures.reduce((sum, figure) => sum + points[figure] * counts[figure], 0);

/** Only what was published, and not removed since, stands on a board: for its creator, too. */
export const isListed = ({ creatorId, removed }: Engagement): boolean => creatorId !== null && !removed;
