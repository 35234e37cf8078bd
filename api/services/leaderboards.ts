// The leaderboards: the best videos and creators, with the figures behind their scores.
import type { Services } from '../ports.ts';

export type GetLeaderboard = { readonly limit: number };

export async function getTopVideos(services: Services, { limit }: GetLeaderboard) {
  const best = await services.leaderboards.topVideos(limit);
  return {
    videos: best.map(({ place, score, videoId, creatorId, title, figures }) => ({
      place,
      video_id: videoId,
      creator_id: creatorId,
      title,
      score,
      figures,
    })),
  };
}

export async function getTopCreators(services: Services, { limit }: GetLeaderboard) {
  const best = await services.leaderboards.topCreators(limit);
  return {
    creators: best.map(({ place, score, creatorId, figures }) => ({ place, creator_id: creatorId, score, figures })),
  };
}
