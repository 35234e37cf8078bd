// How fast a video is rising: an exponentially decayed rate of engagement per window, from video_engagement.
import type { VideoEngagement } from '../../schemas/generated.ts';
import type { Moment } from '../runtime/processor.ts';

/** Half-life of each window's rate, in ms. */
export const halfLives = { hour: 1_800_000, day: 43_200_000, week: 302_400_000 } as const;
export type Window = keyof typeof halfLives;
export const windows = Object.keys(halfLives) as Window[];

/** What one action adds; a view counts by how long it was watched, up to 1. */
const weights = {
  like: 3,
  share: 5,
  comment: 2,
  unlike: 0,
  skip: 0,
  not_interested: 0,
  published: 0,
  removed: 0,
} as const;
const fullViewMs = 15_000;

export type Trending = {
  /** Log time that the rates are decayed to; never goes back. */
  readonly at: number;
  readonly rates: Readonly<Record<Window, number>>;
  readonly events: number;
  readonly category: string | null;
  readonly offset: number;
};

export const initialState = (): Trending => ({
  at: 0,
  rates: { hour: 0, day: 0, week: 0 },
  events: 0,
  category: null,
  offset: -1,
});

export function evolve(state: Trending, event: VideoEngagement, at: Moment): Trending {
  const now = Math.max(state.at, at.now);
  const gain = gainOf(event);
  const rate = (window: Window) => rateAt(state, window, now) + gain * 2 ** (-(now - at.now) / halfLives[window]);
  return {
    at: now,
    rates: { hour: rate('hour'), day: rate('day'), week: rate('week') },
    events: state.events + (gain > 0 ? 1 : 0),
    category: event.action === 'published' ? event.category : state.category,
    offset: at.offset,
  };
}

/** Decayed engagement points of a window at a later time in ms. */
export function rateAt(state: Trending, window: Window, now: number): number {
  return state.rates[window] * 2 ** (-Math.max(0, now - state.at) / halfLives[window]);
}

function gainOf(event: VideoEngagement): number {
  if (event.action === 'view') return Math.min(1, event.watchDurationMs / fullViewMs);
  return weights[event.action];
}

/** A score that orders videos rightly at every later time, although rates decay: log2(rate) + time in half-lives. */
export function boardScore(state: Trending, window: Window): number | null {
  const rate = state.rates[window];
  return rate > 0 ? Math.log2(rate) + state.at / halfLives[window] : null;
}
