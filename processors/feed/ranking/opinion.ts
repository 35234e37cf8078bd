// What a user thinks of each video, from the interactions with it: like > long view > view, skip and not interested negative.

/** One remembered interaction of a user with a video, see projections/history.ts. */
export type Interaction = {
  readonly videoId: string;
  readonly action: string;
  readonly watchDurationMs: number;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
};

export type Opinion = {
  readonly videoId: string;
  /** From -1 (not interested) to 3 (liked, shared, commented, watched to the end). */
  readonly strength: number;
  readonly notInterested: boolean;
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
const notInterestedStrength = -1;
const strengthMax = 3;
/** Stands in for an unknown duration. */
const usualDurationMs = 15_000;

type Sides = { gained: Map<string, number>; watched: number; skipped: boolean; notInterested: boolean };

/** @param interactions all with one video, oldest first, at least one */
export function opinionOf(interactions: readonly Interaction[], durationMs: number): Opinion {
  const sides: Sides = { gained: new Map(), watched: -1, skipped: false, notInterested: false };
  let evidence = interactions[0] as Interaction;
  let at = evidence.at;
  for (const interaction of interactions) {
    take(sides, interaction, durationMs);
    if (tellingOf(interaction) >= tellingOf(evidence)) evidence = interaction;
    at = Math.max(at, interaction.at);
  }
  return { videoId: evidence.videoId, strength: strengthOf(sides), notInterested: sides.notInterested, evidence, at };
}

function take(sides: Sides, { action, watchDurationMs }: Interaction, durationMs: number): void {
  const gain = gains.get(action);
  if (gain !== undefined) {
    sides.gained.set(action, gain);
    sides.notInterested = false;
  } else if (action === 'unlike') sides.gained.delete('like');
  else if (action === 'unfollow') sides.gained.delete('follow');
  else if (action === 'skip') sides.skipped = true;
  else if (action === 'not_interested') sides.notInterested = true;
  else if (action === 'view') {
    sides.watched = Math.max(sides.watched, Math.min(1, watchDurationMs / (durationMs || usualDurationMs)));
  }
}

function strengthOf({ gained, watched, skipped, notInterested }: Sides): number {
  if (notInterested) return notInterestedStrength;
  let strength = watched >= 0 ? viewBase + viewRange * watched : 0;
  for (const gain of gained.values()) strength += gain;
  if (strength === 0 && skipped) return skipStrength;
  return Math.min(strengthMax, strength);
}

function tellingOf({ action }: Interaction): number {
  if (action === 'not_interested') return 2;
  return gains.get(action) ?? (action === 'view' ? viewBase + viewRange / 2 : 0);
}
