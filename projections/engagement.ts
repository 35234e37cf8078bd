// The rows and boards of videos' figures: Cassandra video_engagement_by_hour, Redis boards of videos and of their creators.
import type { Engagement } from '../processors/engagement/domain.ts';
import { figures, isListed, points, scoreOf } from '../processors/engagement/domain-points.ts';
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

let latest = { start: Number.NaN, hour: new Date(0), day: '' };

/** An hour and its day as rows name them; nearly every event is of the same hour as the one before. */
function namesOf(start: number): typeof latest {
  if (start !== latest.start) {
    const hour = new Date(start);
    latest = { start, hour, day: hour.toISOString().slice(0, 10) };
  }
  return latest;
}

/** `run` is the offset that began this row; a reader adds up the rows of an hour. */
export function hourRow(state: Engagement, event: VideoEngagement, _at: Moment): Write {
  const { start, run, counts } = state.hour;
  const { hour, day } = namesOf(start);
  return {
    kind: 'row',
    table: videoEngagementByHour,
    row: {
      video_id: event.videoId,
      day,
      hour,
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

export const topVideos = 'top_videos';
export const topCreators = 'top_creators';
/** Boards of creators, beside the one of their scores: what these are made of, and how many videos. */
export const creatorFigures = [...figures, 'videos'] as const;
export const creatorBoard = (figure: CreatorFigure): string => `creator_${figure}`;
export type CreatorFigure = (typeof creatorFigures)[number];

/** A video's score as it is now, and by how much its creator's rises or falls with it. */
export function boardScores(state: Engagement, event: VideoEngagement, before: Engagement): Write[] {
  return [...videoScore(state, event, before), ...creatorChanges(state, before)];
}

function videoScore(state: Engagement, { videoId }: VideoEngagement, before: Engagement): Write[] {
  const score = isListed(state) ? scoreOf(state) : null;
  const was = isListed(before) ? scoreOf(before) : null;
  return score === was ? [] : [{ kind: 'score', board: topVideos, member: videoId, score }];
}

function creatorChanges(state: Engagement, before: Engagement): Write[] {
  const [to, from] = [isListed(state) ? state.creatorId : null, isListed(before) ? before.creatorId : null];
  if (to === from) return to === null ? [] : increments(to, (figure) => given(state, figure) - given(before, figure));
  return [
    ...(from === null ? [] : increments(from, (figure) => -given(before, figure))),
    ...(to === null ? [] : increments(to, (figure) => given(state, figure))),
  ];
}

const given = (video: Engagement, figure: CreatorFigure): number => (figure === 'videos' ? 1 : video[figure]);

function increments(creatorId: string, change: (figure: CreatorFigure) => number): Write[] {
  const writes: Write[] = [];
  let score = 0;
  for (const figure of creatorFigures) {
    const by = change(figure);
    if (by === 0) continue;
    writes.push({ kind: 'increment', board: creatorBoard(figure), member: creatorId, by });
    if (figure !== 'videos') score += points[figure] * by;
  }
  if (writes.length > 0) writes.push({ kind: 'increment', board: topCreators, member: creatorId, by: score });
  return writes;
}
