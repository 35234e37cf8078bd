// One video: what it is and its live figures.
import { countersOf, ratesOf, type VideoFigures } from '../../projections/videos.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';

export type GetVideo = { readonly id: string };

export async function getVideo(services: Services, { id }: GetVideo) {
  const figures = await services.videos.figures(id);
  if (!figures) return new Refusal('not_found', `no event has ever named the video ${id}`, { field: 'id' });
  return videoOf(id, figures, services.now());
}

/** A video as answers show it; of one that was viewed but never uploaded only the figures are known. */
export function videoOf(videoId: string, { candidate, engagement, trending }: VideoFigures, now: number) {
  return {
    video_id: videoId,
    status: candidate?.status ?? 'unknown',
    creator_id: candidate?.creatorId || (engagement?.creatorId ?? null),
    title: candidate?.title || null,
    category: candidate?.category || (engagement?.category ?? null),
    tags: candidate?.tags ?? [],
    duration_ms: candidate?.durationMs || engagement?.durationMs || null,
    premium: premiumOf(candidate),
    published_at: candidate?.publishedAt ? new Date(candidate.publishedAt).toISOString() : null,
    engagement: countersOf(engagement),
    trending: ratesOf(trending, now),
  };
}

/** What a premium video takes, null of a free one; where it lies is told by its playback alone. */
function premiumOf(candidate: VideoFigures['candidate']) {
  const { premiumCoins: coins = 0, premiumTier: tier = 0 } = candidate ?? {};
  return coins === 0 && tier === 0 ? null : { coins: coins || null, tier: tier || null };
}
