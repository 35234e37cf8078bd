// A video's figures in the fold's own words: totals, the hour that is being counted as a row, and its place among the most viewed.
import type { VideoEngagement } from '../../../schemas/generated.ts';
import type { Kept, Place, Reading } from './record.ts';

type Figures = {
  views: number;
  likes: number;
  shares: number;
  comments: number;
  skips: number;
  notInterested: number;
  watchMs: number;
  measuredViews: number;
  completionMilli: number;
};
type Video = Figures & {
  creatorId: string | null;
  category: string | null;
  durationMs: number;
  lastAt: number;
  offset: number;
  hour: { start: number; run: number; counts: Figures };
};

const hourMs = 3_600_000;
const none = (): Figures => ({
  views: 0,
  likes: 0,
  shares: 0,
  comments: 0,
  skips: 0,
  notInterested: 0,
  watchMs: 0,
  measuredViews: 0,
  completionMilli: 0,
});

export const engagementReading: Reading<VideoEngagement> = {
  processor: 'engagement',
  topic: 'video_engagement',
  arrivesFirst: false,
  take(kept, event, place) {
    const video = counted(kept, event, place);
    const { start, run, counts } = video.hour;
    const day = new Date(start).toISOString().slice(0, 10);
    kept.row('video_engagement_by_hour', [event.videoId, day, start, run].join(' '), {
      video_id: event.videoId,
      day,
      hour: start,
      run,
      views: counts.views,
      likes: counts.likes,
      shares: counts.shares,
      comments: counts.comments,
      skips: counts.skips,
      watch_ms: counts.watchMs,
      measured_views: counts.measuredViews,
      completion_milli: counts.completionMilli,
    });
    if (event.action === 'view') kept.score('top_videos', event.videoId, video.views);
  },
  derive: () => [],
};

/** An hour that is left and comes again is a run of its own. */
function counted(kept: Kept, event: VideoEngagement, { key, now, offset }: Place): Video {
  const before = (kept.states.get(key) as Video | undefined) ?? {
    ...none(),
    creatorId: null,
    category: null,
    durationMs: 0,
    lastAt: 0,
    offset: -1,
    hour: { start: -1, run: -1, counts: none() },
  };
  const start = now - (((now % hourMs) + hourMs) % hourMs);
  const hour = before.hour.start === start ? before.hour : { start, run: offset, counts: none() };
  const video = { ...before, lastAt: now, offset, hour: { ...hour, counts: { ...hour.counts } } };
  add(video, event, before.durationMs);
  add(video.hour.counts, event, before.durationMs);
  if (event.action === 'published') {
    video.creatorId = event.creatorId;
    video.category = event.category;
    video.durationMs = event.durationMs;
  }
  kept.states.set(key, video);
  return video;
}

function add(figures: Figures, event: VideoEngagement, durationMs: number): void {
  if (event.action === 'like') figures.likes += 1;
  if (event.action === 'unlike') figures.likes = Math.max(0, figures.likes - 1);
  if (event.action === 'share') figures.shares += 1;
  if (event.action === 'comment') figures.comments += 1;
  if (event.action === 'skip') figures.skips += 1;
  if (event.action === 'not_interested') figures.notInterested += 1;
  if (event.action !== 'view') return;
  figures.views += 1;
  figures.watchMs += event.watchDurationMs;
  if (durationMs <= 0) return;
  figures.measuredViews += 1;
  figures.completionMilli += Math.min(1_000, Math.floor((event.watchDurationMs * 1_000) / durationMs));
}
