// How fast a video is rising: an exponentially decayed rate of engagement per window, from video_engagement.
import type { VideoEngagement } from '../../schemas/generated.ts';
import {
  type Contributors,
  type Entry,
  entryOf,
  type Mark,
  mark,
  withEntry,
} from '../engagement/domain-contributors.ts';
import type { Moment } from '../runtime/processor.ts';

/** Half-life of each window's rate, in ms. */
export const halfLives = { hour: 1_800_000, day: 43_200_000, week: 302_400_000 } as const;
export type Window = keyof typeof halfLives;
export const windows = Object.keys(halfLives) as Window[];

/**
 * What a person's first of each action adds; a view counts by how long it was watched, up to 1. An unlike takes nothing back, and
 * the next like adds nothing: the rise was real when it happened, and it fades.
 */
const weights = { like: 3, share: 5, comment: 2 } as const;
const fullViewMs = 15_000;

export type Trending = {
  /** Log time that the rates are decayed to; never goes back. */
  readonly at: number;
  readonly rates: Readonly<Record<Window, number>>;
  /** Events that have ever counted. */
  readonly events: number;
  /** Who counted last and with what. */
  readonly contributors: Contributors;
  readonly category: string | null;
  readonly offset: number;
};

export const initialState = (): Trending => ({
  at: 0,
  rates: { hour: 0, day: 0, week: 0 },
  events: 0,
  contributors: '',
  category: null,
  offset: -1,
});

export function evolve(state: Trending, event: VideoEngagement, at: Moment): Trending {
  const now = Math.max(state.at, at.now);
  const { gain, contributors } = gainOf(state, event);
  const rate = (window: Window) => rateAt(state, window, now) + gain * 2 ** (-(now - at.now) / halfLives[window]);
  return {
    at: now,
    rates: { hour: rate('hour'), day: rate('day'), week: rate('week') },
    events: state.events + (gain > 0 ? 1 : 0),
    contributors,
    category: event.action === 'published' ? event.category : state.category,
    offset: at.offset,
  };
}

/** Decayed engagement points of a window at a later time in ms. */
export function rateAt(state: Trending, window: Window, now: number): number {
  return state.rates[window] * 2 ** (-Math.max(0, now - state.at) / halfLives[window]);
}

type Gain = { readonly gain: number; readonly contributors: Contributors };

function gainOf({ contributors }: Trending, event: VideoEngagement): Gain {
  switch (event.action) {
    case 'view':
      return once(contributors, event, Math.min(1, event.watchDurationMs / fullViewMs));
    case 'like':
    case 'share':
    case 'comment':
      return once(contributors, event, weights[event.action]);
    default:
      return { gain: 0, contributors };
  }
}

type By = { readonly action: Mark; readonly userId: string };

/** The first view counts, as a trend is about how many come, not how long they stay. */
function once(contributors: Contributors, { action, userId }: By, gain: number): Gain {
  const entry: Entry = entryOf(contributors, userId, 0);
  if ((entry.marks & mark[action]) !== 0) return { gain: 0, contributors };
  return { gain, contributors: withEntry(contributors, { ...entry, marks: entry.marks | mark[action] }) };
}

/** A score that orders videos rightly at every later time, although rates decay: log2(rate) + time in half-lives. */
export function boardScore(state: Trending, window: Window): number | null {
  const rate = state.rates[window];
  return rate > 0 ? Math.log2(rate) + state.at / halfLives[window] : null;
}
