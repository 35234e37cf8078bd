// What the feed knows of a video, in the fold's own words, and what its figures' partition is told of it.
import type { VideoUpload } from '../../../schemas/generated.ts';
import type { Reading } from './record.ts';

type Video = {
  status: 'processing' | 'published' | 'moderated' | 'removed';
  creatorId: string;
  title: string;
  category: string;
  tags: readonly string[];
  durationMs: number;
  originalUrl: string;
  premiumCoins: number;
  premiumTier: number;
  publishedAt: number;
  offset: number;
};

export const feedReading: Reading<VideoUpload> = {
  processor: 'feed',
  topic: 'video_uploads',
  arrivesFirst: true,
  take(kept, event, { key, offset }) {
    const before = kept.states.get(key) as Video | undefined;
    const video: Video = before
      ? { ...before }
      : {
          status: 'processing',
          creatorId: '',
          title: '',
          category: '',
          tags: [],
          durationMs: 0,
          originalUrl: '',
          premiumCoins: 0,
          premiumTier: 0,
          publishedAt: 0,
          offset: -1,
        };
    if (event.action === 'uploaded' || event.action === 'published') {
      video.status = event.action === 'published' ? 'published' : 'processing';
      video.title = event.title;
      video.category = event.category;
      video.tags = event.tags ?? [];
      video.originalUrl = event.originalUrl ?? video.originalUrl;
    }
    if (event.action === 'uploaded' || event.action === 'published' || event.action === 'processed')
      video.creatorId = event.creatorId;
    if (event.action === 'processed' || event.action === 'published') video.durationMs = event.durationMs;
    if (event.action === 'published') {
      video.publishedAt = event.publishedAt;
      video.premiumCoins = event.premiumCoins ?? 0;
      video.premiumTier = event.premiumTier ?? 0;
    }
    if (event.action === 'moderated' || event.action === 'removed') video.status = event.action;
    kept.states.set(key, { ...video, offset });
  },
  derive(event) {
    const { videoId } = event;
    const to = { topic: 'video_engagement', key: videoId };
    if (event.action === 'removed') return [{ ...to, event: { action: 'removed', videoId } }];
    if (event.action !== 'published') return [];
    const { creatorId, category, durationMs, publishedAt } = event;
    return [{ ...to, event: { action: 'published', videoId, creatorId, category, durationMs, publishedAt } }];
  },
};
