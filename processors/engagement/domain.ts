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

/** Written out field by field, as copies by spreading would cost more than all else here. */
export function evolve(state: Engagement, event: VideoEngagement, at: Moment): Engagement {
  const start = Math.floor(at.now / hourMs) * hourMs;
  const isSameHour = state.hour.start === start;
  const { contributors, step } = stepOf(state, event);
  const counts = after(state, step);
  const facts = event.action === 'published' ? event : state;
  return {
    views: counts.views,
    viewers: counts.viewers,
    likes: counts.likes,
    shares: counts.shares,
    comments: counts.comments,
    skips: counts.skips,
    notInterested: counts.notInterested,
    watchMs: counts.watchMs,
    measuredViews: counts.measuredViews,
    completionMilli: counts.completionMilli,
    creatorId: facts.creatorId,
    category: facts.category,
    durationMs: facts.durationMs,
    removed: event.action === 'removed' || (state.removed && event.action !== 'published'),
    lastAt: at.now,
    offset: at.offset,
    contributors,
    hour: {
      start,
      run: isSameHour ? state.hour.run : at.offset,
      counts: after(isSameHour ? state.hour.counts : nothing, step),
    },
  };
}

/** What is added to each count. */
type Step = Counts;
type Outcome = { readonly contributors: Contributors; readonly step: Step };

const one = {
  like: { ...nothing, likes: 1 },
  share: { ...nothing, shares: 1 },
  comment: { ...nothing, comments: 1 },
  skip: { ...nothing, skips: 1 },
  not_interested: { ...nothing, notInterested: 1 },
  unlike: { ...nothing, likes: -1 },
};

/** What an event adds, given who has acted before. */
function stepOf(state: Engagement, event: VideoEngagement): Outcome {
  switch (event.action) {
    case 'view':
      return viewed(state, event);
    case 'like':
    case 'share':
    case 'comment':
    case 'skip':
    case 'not_interested':
      return once(state, event);
    case 'unlike':
      return unliked(state, event.userId);
    case 'published':
    case 'removed':
      return { contributors: state.contributors, step: nothing };
    default:
      return event satisfies never;
  }
}

const noteLength = 2;
const unwatched = noteOf(0);
type By<Action> = { readonly action: Action; readonly userId: string };

function once({ contributors }: Engagement, { action, userId }: By<Exclude<Mark, 'view'>>): Outcome {
  const entry = entryOf(contributors, userId, noteLength);
  if ((entry.marks & mark[action]) !== 0) return { contributors, step: nothing };
  const marked = { ...entry, marks: entry.marks | mark[action], note: entry.note || unwatched };
  return { contributors: withEntry(contributors, marked), step: one[action] };
}

/** Takes back a like that counts; of somebody who is not remembered it is believed, as the like may have been long ago. */
function unliked({ contributors }: Engagement, userId: string): Outcome {
  const entry = entryOf(contributors, userId, noteLength);
  if (entry.at < 0) return { contributors, step: one.unlike };
  if ((entry.marks & mark.like) === 0) return { contributors, step: nothing };
  return { contributors: withEntry(contributors, { ...entry, marks: entry.marks ^ mark.like }), step: one.unlike };
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
  const isBetter = watched > known;
  const step = {
    ...nothing,
    views: 1,
    watchMs: watchDurationMs,
    viewers: isNew ? 1 : 0,
    measuredViews: known === 0 && isBetter ? 1 : 0,
    completionMilli: isBetter ? partOf(watched) - partOf(known) : 0,
  };
  if (!isNew && !isBetter) return { contributors, step };
  const marked = { ...entry, marks: entry.marks | mark.view, note: noteOf(Math.max(known, watched)) };
  return { contributors: withEntry(contributors, marked), step };
}

/** Thousandths of a note, which is one more of them, or 0 as long as nothing could be measured. */
const partOf = (note: number): number => Math.max(0, note - 1);

/** Likes never fall below zero, as an hour, or a memory that began later, may not know what is taken back. */
const after = (counts: Counts, step: Step): Counts => ({
  views: counts.views + step.views,
  viewers: counts.viewers + step.viewers,
  likes: Math.max(0, counts.likes + step.likes),
  shares: counts.shares + step.shares,
  comments: counts.comments + step.comments,
  skips: counts.skips + step.skips,
  notInterested: counts.notInterested + step.notInterested,
  watchMs: counts.watchMs + step.watchMs,
  measuredViews: counts.measuredViews + step.measuredViews,
  completionMilli: counts.completionMilli + step.completionMilli,
});
