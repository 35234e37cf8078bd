// A video's figures: what was done with it, how far it was watched, and the hour that is being counted.
import type { VideoEngagement } from '../../schemas/generated.ts';
import type { Moment } from '../runtime/processor.ts';

const hourMs = 3_600_000;

export type Counts = {
  readonly views: number;
  readonly likes: number;
  readonly shares: number;
  readonly comments: number;
  readonly skips: number;
  readonly notInterested: number;
  readonly watchMs: number;
  /** Views of a known duration, and the sum of their watched shares in thousandths. */
  readonly measuredViews: number;
  readonly completionMilli: number;
};

export type Engagement = Counts & {
  readonly creatorId: string | null;
  readonly category: string | null;
  readonly durationMs: number;
  readonly lastAt: number;
  /** Offset of the last event in these figures. */
  readonly offset: number;
  /** The hour being counted. Each uninterrupted run of an hour is a row of its own, so that a late event never rewrites one. */
  readonly hour: { readonly start: number; readonly run: number; readonly counts: Counts };
};

const nothing: Counts = {
  views: 0,
  likes: 0,
  shares: 0,
  comments: 0,
  skips: 0,
  notInterested: 0,
  watchMs: 0,
  measuredViews: 0,
  completionMilli: 0,
};

export const initialState = (): Engagement => ({
  ...nothing,
  creatorId: null,
  category: null,
  durationMs: 0,
  lastAt: 0,
  offset: -1,
  hour: { start: -1, run: -1, counts: nothing },
});

export function evolve(state: Engagement, event: VideoEngagement, at: Moment): Engagement {
  const facts =
    event.action === 'published'
      ? { creatorId: event.creatorId, category: event.category, durationMs: event.durationMs }
      : {};
  const start = Math.floor(at.now / hourMs) * hourMs;
  const hour = state.hour.start === start ? state.hour : { start, run: at.offset, counts: nothing };
  return {
    ...state,
    ...counted(state, event, state.durationMs),
    ...facts,
    lastAt: at.now,
    offset: at.offset,
    hour: { ...hour, counts: counted(hour.counts, event, state.durationMs) },
  };
}

function counted(c: Counts, event: VideoEngagement, durationMs: number): Counts {
  const counts: Counts = {
    views: c.views,
    likes: c.likes,
    shares: c.shares,
    comments: c.comments,
    skips: c.skips,
    notInterested: c.notInterested,
    watchMs: c.watchMs,
    measuredViews: c.measuredViews,
    completionMilli: c.completionMilli,
  };
  switch (event.action) {
    case 'view':
      return withView(counts, event.watchDurationMs, durationMs);
    case 'skip':
      return { ...counts, skips: c.skips + 1 };
    case 'like':
      return { ...counts, likes: c.likes + 1 };
    case 'unlike':
      return { ...counts, likes: Math.max(0, c.likes - 1) };
    case 'share':
      return { ...counts, shares: c.shares + 1 };
    case 'comment':
      return { ...counts, comments: c.comments + 1 };
    case 'not_interested':
      return { ...counts, notInterested: c.notInterested + 1 };
    case 'published':
    case 'removed':
      return counts;
    default:
      return event satisfies never;
  }
}

function withView(c: Counts, watchMs: number, durationMs: number): Counts {
  const viewed = { ...c, views: c.views + 1, watchMs: c.watchMs + watchMs };
  if (durationMs <= 0) return viewed;
  const completion = Math.min(1_000, Math.floor((watchMs * 1_000) / durationMs));
  return { ...viewed, measuredViews: c.measuredViews + 1, completionMilli: c.completionMilli + completion };
}
