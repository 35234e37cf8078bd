// The documented calls on counters and leaderboards: one publishes a view, the other says what to publish instead.
import { expect, it } from 'vitest';
import { LeaderboardIsFolded, leaderboardProducer, updateLeaderboard } from '../../producers/leaderboards.ts';

const made: object[] = [];
const calls = leaderboardProducer(async (input) => {
  made.push(input);
  return {} as never;
});

it('incrementVideoViews publishes a view of nobody in particular', async () => {
  await calls.incrementVideoViews('v1');
  expect(made).toEqual([{ action: 'view', userId: 'anonymous', videoId: 'v1', watchDurationMs: 0 }]);
});

it('updateLeaderboard is refused, naming what to publish', async () => {
  const refused = updateLeaderboard('top_creators', 'u', 5);
  await expect(refused).rejects.toThrow(LeaderboardIsFolded);
  await expect(refused).rejects.toThrow('produceUserActivityEvent');
});
