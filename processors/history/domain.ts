// What a user has done so far: counts, whom they follow, and how much; folded from user_activity by user.
import type { UserActivity } from '../../schemas/generated.ts';
import type { Moment } from '../runtime/processor.ts';
import { type Exposure, exposuresAfter } from './domain-exposures.ts';

export const followsMax = 1_000;
/** So many latest interactions per user stay at hand for interests. */
export const recentMax = 512;

export type History = {
  readonly events: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The earliest and the latest `occurredAt`: where rows can be. */
  readonly oldestAt: number;
  readonly newestAt: number;
  readonly watchMs: number;
  /** How often each action. */
  readonly actions: Readonly<Record<string, number>>;
  /** Creator → offset of the follow, oldest first. */
  readonly follows: readonly (readonly [creatorId: string, offset: number])[];
  /** The latest experiments that the user was exposed to. */
  readonly exposures: readonly Exposure[];
};

export const initialState = (): History => ({
  events: 0,
  firstAt: 0,
  lastAt: 0,
  oldestAt: 0,
  newestAt: 0,
  watchMs: 0,
  actions: {},
  follows: [],
  exposures: [],
});

export function evolve(history: History, event: UserActivity, at: Moment): History {
  const exposures = exposuresAfter(history.exposures, event, at);
  // An exposure is nothing that the user did.
  if (event.action === 'exposed') return { ...history, exposures };
  return {
    events: history.events + 1,
    firstAt: history.events === 0 ? at.now : Math.min(history.firstAt, at.now),
    lastAt: Math.max(history.lastAt, at.now),
    oldestAt: history.events === 0 ? event.occurredAt : Math.min(history.oldestAt, event.occurredAt),
    newestAt: Math.max(history.newestAt, event.occurredAt),
    watchMs: history.watchMs + (event.action === 'view' ? event.watchDurationMs : 0),
    actions: { ...history.actions, [event.action]: (history.actions[event.action] ?? 0) + 1 },
    follows: followsAfter(history.follows, event, at),
    exposures,
  };
}

function followsAfter(follows: History['follows'], event: UserActivity, at: Moment): History['follows'] {
  if (event.action !== 'follow' && event.action !== 'unfollow') return follows;
  const others = follows.filter(([creatorId]) => creatorId !== event.creatorId);
  if (event.action === 'unfollow') return others;
  return [...others, [event.creatorId, at.offset] as const].slice(-followsMax);
}

/** Actions that concern a video's figures, and so travel on to its partition. */
const aboutVideo = ['view', 'skip', 'like', 'unlike', 'share', 'comment', 'not_interested'] as const;
export type AboutVideo = Extract<UserActivity, { action: (typeof aboutVideo)[number] }>;

export function isAboutVideo(event: UserActivity): event is AboutVideo {
  return (aboutVideo as readonly string[]).includes(event.action);
}
