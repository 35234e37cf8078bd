// The board of the best videos where moderation holds back more of them than are read at first.
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { partitionOf } from '../../infra/kafka.ts';
import { initialState as noEngagement } from '../../processors/engagement/domain.ts';
import { initialState as noCandidate } from '../../processors/feed/domain.ts';
import { firstGenerations } from '../../processors/runtime/keys.ts';
import { Leaderboards } from '../../projections/leaderboards.ts';
import { topics } from '../../schemas/topics.ts';

/** `v1` has the largest score; the first `moderated` are held back. */
function boards(videos: number, moderated: number): Leaderboards {
  const all = Array.from({ length: videos }, (_, n) => ({ id: `v${n + 1}`, score: 1_000 - n }));
  const redis = {
    zrevrange: async (key: string, from: number, to: number) => {
      const partition = Number(/video_engagement:(\d+)/.exec(key)?.[1]);
      const own = all.filter(({ id }) => partitionOf(id, topics.video_engagement.partitions) === partition);
      return own.slice(from, to + 1).flatMap(({ id, score }) => [id, String(score)]);
    },
    hget: async (key: string, id: string) => {
      if (key.includes('engagement:video_engagement')) return JSON.stringify(noEngagement());
      const status = Number(id.slice(1)) <= moderated ? 'moderated' : 'published';
      return JSON.stringify({ ...noCandidate(), status });
    },
  } as unknown as Redis;
  return new Leaderboards(redis, '', firstGenerations);
}

const idsOf = async (of: Leaderboards, limit: number) => (await of.topVideos(limit)).map(({ videoId }) => videoId);

it('reads on until there are as many as were asked for', async () => {
  expect(await idsOf(boards(900, 80), 3)).toEqual(['v81', 'v82', 'v83']);
  expect(await idsOf(boards(900, 400), 3)).toEqual(['v401', 'v402', 'v403']);
});

it('ends where there are no more', async () => {
  expect(await idsOf(boards(90, 88), 10)).toEqual(['v89', 'v90']);
  expect(await idsOf(boards(0, 0), 10)).toEqual([]);
});
