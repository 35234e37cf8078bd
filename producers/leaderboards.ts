// The documented calls that concern counters and leaderboards: they act through events, as the figures are folded from these.

import type { UserActivityInput } from './activity.ts';
import type { Acknowledgement } from './publish.ts';

/** Whose views are those that nobody is named for; as for everybody, they are one viewer. */
export const nobody = 'anonymous';

/** A board is the sum of what was done with videos: a score that came from elsewhere would be gone with the next rebuild. */
export class LeaderboardIsFolded extends Error {
  constructor(board: string) {
    super(
      `${board} cannot be set: it is folded from views, likes, shares and comments. Publish what happened with produceUserActivityEvent({ userId, videoId, action }) instead`,
    );
    this.name = 'LeaderboardIsFolded';
  }
}

type Produce = (input: UserActivityInput) => Promise<Acknowledgement>;

export const leaderboardProducer = (produce: Produce) => ({
  /** A view by nobody in particular: the public counter rises each time, rates and leaderboards as by one viewer. */
  incrementVideoViews: (videoId: string): Promise<Acknowledgement> =>
    produce({ action: 'view', userId: nobody, videoId, watchDurationMs: 0 }),
});

/** @throws LeaderboardIsFolded always, with what to publish instead */
export const updateLeaderboard = (board: string, _userId: string, _score: number): Promise<never> =>
  Promise.reject(new LeaderboardIsFolded(board));
