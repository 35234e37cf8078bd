// Reads one video from the committed states of feed, engagement and trending: what it is and its live figures.
import type { Redis } from 'ioredis';
import type { Engagement } from '../processors/engagement/domain.ts';
import type { Candidate } from '../processors/feed/domain.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import { rateAt, type Trending } from '../processors/trending/domain.ts';
import { StateReader } from './state-reader.ts';

/** Everything known of a video, or null for what no event has said yet. */
export type VideoFigures = {
  readonly candidate: Candidate | null;
  readonly engagement: Engagement | null;
  readonly trending: Trending | null;
};

export class VideoReader {
  readonly #states: StateReader;

  constructor(redis: Redis, namespace: string, generations: LiveGenerations) {
    this.#states = new StateReader(redis, namespace, generations);
  }

  async figures(videoId: string): Promise<VideoFigures | null> {
    const [candidate, engagement, trending] = await Promise.all([
      this.#states.state<Candidate>('feed', 'video_uploads', videoId),
      this.#states.state<Engagement>('engagement', 'video_engagement', videoId),
      this.#states.state<Trending>('trending', 'video_engagement', videoId),
    ]);
    return candidate || engagement || trending ? { candidate, engagement, trending } : null;
  }
}

/** The live counters of a video, as answers and pushes show them. Times in ms, rates in [0, 1]. */
export function countersOf(engagement: Engagement | null) {
  const views = engagement?.views ?? 0;
  const measured = engagement?.measuredViews ?? 0;
  return {
    views,
    viewers: engagement?.viewers ?? 0,
    likes: engagement?.likes ?? 0,
    shares: engagement?.shares ?? 0,
    comments: engagement?.comments ?? 0,
    skips: engagement?.skips ?? 0,
    not_interested: engagement?.notInterested ?? 0,
    watch_ms: engagement?.watchMs ?? 0,
    average_watch_ms: views > 0 ? Math.round((engagement?.watchMs ?? 0) / views) : 0,
    completion_rate: measured > 0 ? (engagement?.completionMilli ?? 0) / (measured * 1_000) : null,
  };
}

/** Engagement points per window, decayed to a time in ms. */
export function ratesOf(trending: Trending | null, now: number) {
  if (!trending) return { hour: 0, day: 0, week: 0 };
  return {
    hour: rateAt(trending, 'hour', now),
    day: rateAt(trending, 'day', now),
    week: rateAt(trending, 'week', now),
  };
}
