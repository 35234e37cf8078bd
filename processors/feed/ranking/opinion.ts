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
  /** The interaction that says most, and the time of the last one. */
  readonly evidence: Interaction;
  readonly at: number;
};

/** What each action adds; a view adds from 0.1 to 0.7 by the part that was watched. */
const gains: ReadonlyMap<string, number> = new Map([
  ['share', 1.2],
  ['like', 1],
  ['comment', 0.5],
  ['follow', 0.5],
]);
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
  gained: Map<string, number>;
  watched: number;
  skipped: boolean;
  atFirstSight: boolean;
  objection: NotInterestedReason | null;
};

/** @param interactions all with one video, oldest first, at least one */
export function opinionOf(interactions: readonly Interaction[], durationMs: number): Opinion {
  const sides: Sides = { gained: new Map(), watched: -1, skipped: false, atFirstSight: false, objection: null };
  let evidence = interactions[0] as Interaction;
  let at = evidence.at;
  for (const interaction of interactions) {
    take(sides, interaction, durationMs);
    if (tellingOf(interaction) >= tellingOf(evidence)) evidence = interaction;
    at = Math.max(at, interaction.at);
  }
  const { objection } = sides;
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
  };
}

/** Whoever likes, shares or comments on a video, or follows its creator from it, takes a "not interested" back. */
export const endsObjection = ({ action }: Interaction): boolean => gains.has(action);

/** The part of a video that was watched in this view, in [0, 1]. */
export const partWatched = (watchDurationMs: number, durationMs: number): number =>
  Math.min(1, watchDurationMs / (durationMs || usualDurationMs));

function take(sides: Sides, { action, watchDurationMs, reason }: Interaction, durationMs: number): void {
  const gain = gains.get(action);
  if (gain !== undefined) {
    sides.gained.set(action, gain);
    sides.objection = null;
  } else if (action === 'unlike') sides.gained.delete('like');
  else if (action === 'unfollow') sides.gained.delete('follow');
  else if (action === 'skip') {
    sides.skipped = true;
    sides.atFirstSight ||= watchDurationMs < atFirstSightMs;
  } else if (action === 'not_interested') sides.objection = reason ?? 'video';
  else if (action === 'view') {
    sides.watched = Math.max(sides.watched, partWatched(watchDurationMs, durationMs));
  }
}

function strengthOf({ gained, watched, skipped, objection }: Sides): number {
  if (objection) return objectionStrengths[objection];
  let strength = watched >= 0 ? viewBase + viewRange * watched : 0;
  for (const gain of gained.values()) strength += gain;
  if (strength === 0 && skipped) return skipStrength;
  return Math.min(strengthMax, strength);
}

function tellingOf({ action }: Interaction): number {
  if (action === 'not_interested') return 2;
  return gains.get(action) ?? (action === 'view' ? viewBase + viewRange / 2 : 0);
}
