// A video's figures: what was done with it by how many, how far it was watched, and the hour that is being counted.
import type { VideoEngagement } from '../../schemas/generated.ts';
import type { Moment } from '../runtime/processor.ts';
import { type Contributors, entryOf, type Mark, mark, noteOf, numberOf, withEntry } from './domain-contributors.ts';

const hourMs = 3_600_000;

/** All but `views` and `watchMs` count a person once, as far as `contributors` remembers. */
export type Counts = {
  /** Every view, repeated ones too: the public counter. */
  readonly views: number;
  /** People who viewed: what the rates are made of. */
  readonly viewers: number;
  readonly likes: number;
  readonly shares: number;
  readonly comments: number;
  readonly skips: number;
  readonly notInterested: number;
  readonly watchMs: number;
  /** Viewers of a known duration, and the sum over them of the largest part watched at once, in thousandths. */
  readonly measuredViews: number;
  readonly completionMilli: number;
};

export type Engagement = Counts & {
  readonly creatorId: string | null;
  readonly category: string | null;
  readonly durationMs: number;
  readonly removed: boolean;
  readonly lastAt: number;
  /** Offset of the last event in these figures. */
  readonly offset: number;
  /** Who counted last and with what; the note is 1 + the largest completion. */
  readonly contributors: Contributors;
  /** The hour being counted. Each uninterrupted run of an hour is a row of its own, so that a late event never rewrites one. */
  readonly hour: { readonly start: number; readonly run: number; readonly counts: Counts };
};

const nothing: Counts = {
  views: 0,
  viewers: 0,
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
  removed: false,
  lastAt: 0,
  offset: -1,
  contributors: '',
  hour: { start: -1, run: -1, counts: nothing },
});

export function evolve(state: Engagement, event: VideoEngagement, at: Moment): Engagement {
  const start = Math.floor(at.now / hourMs) * hourMs;
  const hour = state.hour.start === start ? state.hour : { start, run: at.offset, counts: nothing };
  const { contributors, step } = stepOf(state, event);
  return {
    ...state,
    ...factsOf(event),
    ...after(state, step),
    lastAt: at.now,
    offset: at.offset,
    contributors,
    hour: { ...hour, counts: after(hour.counts, step) },
  };
}

function factsOf(event: VideoEngagement): Partial<Engagement> {
  if (event.action === 'removed') return { removed: true };
  if (event.action !== 'published') return {};
  return { creatorId: event.creatorId, category: event.category, durationMs: event.durationMs, removed: false };
}

type Step = { readonly [name in keyof Counts]?: number };
type Outcome = { readonly contributors: Contributors; readonly step: Step };

/** What an event adds, given who has acted before. */
function stepOf(state: Engagement, event: VideoEngagement): Outcome {
  switch (event.action) {
    case 'view':
      return viewed(state, event);
    case 'like':
      return once(state, event, { likes: 1 });
    case 'share':
      return once(state, event, { shares: 1 });
    case 'comment':
      return once(state, event, { comments: 1 });
    case 'skip':
      return once(state, event, { skips: 1 });
    case 'not_interested':
      return once(state, event, { notInterested: 1 });
    case 'unlike':
      return unliked(state, event.userId);
    case 'published':
    case 'removed':
      return { contributors: state.contributors, step: {} };
    default:
      return event satisfies never;
  }
}

const noteLength = 2;
const unwatched = noteOf(0);
type By<Action> = { readonly action: Action; readonly userId: string };

function once({ contributors }: Engagement, { action, userId }: By<Mark>, step: Step): Outcome {
  const entry = entryOf(contributors, userId, noteLength);
  if ((entry.marks & mark[action]) !== 0) return { contributors, step: {} };
  const marked = { ...entry, marks: entry.marks | mark[action], note: entry.note || unwatched };
  return { contributors: withEntry(contributors, marked), step };
}

/** Takes back a like that counts; of somebody who is not remembered it is believed, as the like may have been long ago. */
function unliked({ contributors }: Engagement, userId: string): Outcome {
  const entry = entryOf(contributors, userId, noteLength);
  if (entry.at < 0) return { contributors, step: { likes: -1 } };
  if ((entry.marks & mark.like) === 0) return { contributors, step: {} };
  return { contributors: withEntry(contributors, { ...entry, marks: entry.marks ^ mark.like }), step: { likes: -1 } };
}

/** A person's best view counts for completion, so that coming back to see the rest is no loss and repeating no gain. */
function viewed(
  { contributors, durationMs }: Engagement,
  { userId, watchDurationMs }: { readonly userId: string; readonly watchDurationMs: number },
): Outcome {
  const entry = entryOf(contributors, userId, noteLength);
  const isNew = (entry.marks & mark.view) === 0;
  const known = entry.note === '' ? 0 : numberOf(entry.note);
  const watched = durationMs > 0 ? 1 + Math.min(1_000, Math.floor((watchDurationMs * 1_000) / durationMs)) : 0;
  const every = { views: 1, watchMs: watchDurationMs };
  if (!isNew && watched <= known) return { contributors, step: every };
  const marked = { ...entry, marks: entry.marks | mark.view, note: noteOf(Math.max(known, watched)) };
  const gained = {
    measuredViews: known === 0 && watched > 0 ? 1 : 0,
    completionMilli: partOf(watched) - partOf(known),
  };
  return {
    contributors: withEntry(contributors, marked),
    step: { ...every, viewers: isNew ? 1 : 0, ...(watched > known ? gained : {}) },
  };
}

/** Thousandths of a note, which is one more of them, or 0 as long as nothing could be measured. */
const partOf = (note: number): number => Math.max(0, note - 1);

/** Likes never fall below zero, as an hour, or a memory that began later, may not know what is taken back. */
const after = (counts: Counts, step: Step): Counts => ({
  views: counts.views + (step.views ?? 0),
  viewers: counts.viewers + (step.viewers ?? 0),
  likes: Math.max(0, counts.likes + (step.likes ?? 0)),
  shares: counts.shares + (step.shares ?? 0),
  comments: counts.comments + (step.comments ?? 0),
  skips: counts.skips + (step.skips ?? 0),
  notInterested: counts.notInterested + (step.notInterested ?? 0),
  watchMs: counts.watchMs + (step.watchMs ?? 0),
  measuredViews: counts.measuredViews + (step.measuredViews ?? 0),
  completionMilli: counts.completionMilli + (step.completionMilli ?? 0),
});
