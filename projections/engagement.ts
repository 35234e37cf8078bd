// The rows and boards of videos' figures: Cassandra video_engagement_by_hour, Redis board top_videos.
import type { Engagement } from '../processors/engagement/domain.ts';
import type { Moment, RowTable, Write } from '../processors/runtime/processor.ts';
import type { VideoEngagement } from '../schemas/generated.ts';

export const videoEngagementByHour: RowTable = {
  name: 'video_engagement_by_hour',
  partitionKey: ['video_id', 'day'],
  clustering: ['hour', 'run'],
  columns: {
    video_id: 'text',
    day: 'text',
    hour: 'timestamp',
    run: 'bigint',
    views: 'bigint',
    likes: 'bigint',
    shares: 'bigint',
    comments: 'bigint',
    skips: 'bigint',
    watch_ms: 'bigint',
    measured_views: 'bigint',
    completion_milli: 'bigint',
  },
};

/** `run` is the offset that began this row; a reader adds up the rows of an hour. */
export function hourRow(state: Engagement, event: VideoEngagement, _at: Moment): Write {
  const { start, run, counts } = state.hour;
  return {
    kind: 'row',
    table: videoEngagementByHour,
    row: {
      video_id: event.videoId,
      day: new Date(start).toISOString().slice(0, 10),
      hour: new Date(start),
      run,
      views: counts.views,
      likes: counts.likes,
      shares: counts.shares,
      comments: counts.comments,
      skips: counts.skips,
      watch_ms: counts.watchMs,
      measured_views: counts.measuredViews,
      completion_milli: counts.completionMilli,
    },
  };
}

export function boardScores(state: Engagement, event: VideoEngagement): Write[] {
  if (event.action !== 'view') return [];
  return [{ kind: 'score', board: 'top_videos', member: event.videoId, score: state.views }];
}
