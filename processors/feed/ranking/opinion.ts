// What a user thinks of each video, from the interactions with it: like > long view > view, skip and not interested negative.

import type { NotInterestedReason } from '../../../schemas/ids.ts';

/** One remembered interaction of a user with a video, see projections/history.ts. */
export type Interaction = {
  readonly videoId: string;
  readonly action: string;
  readonly watchDurationMs: number;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
  /** Of a negative one. */
  readonly eventId?: string;
  /** Of "not interested". */
  readonly reason?: NotInterestedReason;
};

export type Opinion = {
  readonly videoId: string;
  /** From -1 (not interested) to 3 (liked, shared, commented, watched to the end). */
  readonly strength: number;
  readonly notInterested: boolean;
  /** What the user objects to; null where they do not, or no longer. */
  readonly reason: NotInterestedReason | null;
  /** Passed over within the first seconds, and nothing good since. */
  readonly skipped: boolean;
  /** Of those that still stand the interaction that says most: a like that was taken back says nothing. */
  readonly evidence: Interaction;
  /** Time of the last one. */
  readonly at: number;
  /** All that it was made of, oldest first. */
  readonly interactions: readonly Interaction[];
};

/** What each action adds; a view adds from 0.1 to 0.7 by the part that was watched. */
const gainsInOrder = [
  ['share', 1.2],
  ['like', 1],
  ['comment', 0.5],
  ['follow', 0.5],
] as const;
const gains: ReadonlyMap<string, number> = new Map(gainsInOrder);
const viewBase = 0.1;
const viewRange = 0.6;
const skipStrength = -0.4;
/** What it says of the content: who objects to a creator may well like the topic. */
const objectionStrengths: Readonly<Record<NotInterestedReason, number>> = { video: -1, creator: -0.4, topic: -1 };
/** A skip after this is no skip "at first sight". */
const atFirstSightMs = 3_000;
const strengthMax = 3;
/** Stands in for an unknown duration. */
const usualDurationMs = 15_000;

type Sides = {
  /** Of each action the latest that nothing has taken back, in the order of the log: most videos have met one. */
  standing: Interaction[];
  watched: number;
  skipped: boolean;
  atFirstSight: boolean;
  objection: NotInterestedReason | null;
};

/** @param interactions all with one video, oldest first, at least one */
export function opinionOf(interactions: readonly Interaction[], durationMs: number): Opinion {
  const sides: Sides = { standing: [], watched: -1, skipped: false, atFirstSight: false, objection: null };
  let at = Number.NEGATIVE_INFINITY;
  for (const interaction of interactions) {
    take(sides, interaction, durationMs);
    at = Math.max(at, interaction.at);
  }
  const { objection } = sides;
  const evidence = mostTelling(sides.standing, interactions.at(-1) as Interaction);
  const strength = strengthOf(sides);
  const skipped = sides.atFirstSight && strength < 0;
  return {
    videoId: evidence.videoId,
    strength,
    notInterested: objection !== null,
    reason: objection,
    skipped,
    evidence,
    at,
    interactions,
  };
}

function mostTelling(standing: readonly Interaction[], last: Interaction): Interaction {
  let most = null as Interaction | null;
  for (const one of standing) if (!most || tellingOf(one) >= tellingOf(most)) most = one;
  return most ?? last;
}

/** Whoever likes, shares or comments on a video, or follows its creator from it, takes a "not interested" back. */
export const endsObjection = ({ action }: Interaction): boolean => gains.has(action);

/** The part of a video that was watched in this view, in [0, 1]. */
export const partWatched = (watchDurationMs: number, durationMs: number): number =>
  Math.min(1, watchDurationMs / (durationMs || usualDurationMs));

function take(sides: Sides, interaction: Interaction, durationMs: number): void {
  const { action, watchDurationMs, reason } = interaction;
  const { standing } = sides;
  if (action === 'unlike') takeBack('like', standing);
  else if (action === 'unfollow') takeBack('follow', standing);
  else {
    takeBack(action, standing);
    standing.push(interaction);
  }
  if (gains.has(action)) {
    sides.objection = null;
    takeBack('not_interested', standing);
  } else if (action === 'skip') {
    sides.skipped = true;
    sides.atFirstSight ||= watchDurationMs < atFirstSightMs;
  } else if (action === 'not_interested') sides.objection = reason ?? 'video';
  else if (action === 'view') {
    sides.watched = Math.max(sides.watched, partWatched(watchDurationMs, durationMs));
  }
}

function takeBack(action: string, standing: Interaction[]): void {
  const at = standing.findIndex((one) => one.action === action);
  if (at >= 0) standing.splice(at, 1);
}

function strengthOf({ standing, watched, skipped, objection }: Sides): number {
  if (objection) return objectionStrengths[objection];
  let strength = watched >= 0 ? viewBase + viewRange * watched : 0;
  for (const [action, gain] of gainsInOrder) if (standing.some((one) => one.action === action)) strength += gain;
  if (strength === 0 && skipped) return skipStrength;
  return Math.min(strengthMax, strength);
}

function tellingOf({ action }: Interaction): number {
  if (action === 'not_interested') return 2;
  return gains.get(action) ?? (action === 'view' ? viewBase + viewRange / 2 : 0);
}
