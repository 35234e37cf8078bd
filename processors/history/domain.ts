// What a user has done so far: counts, whom they follow, and how much; folded from user_activity by user.
import type { UserActivity } from '../../schemas/generated.ts';
import type { Moment } from '../runtime/processor.ts';
import { type Exposure, exposuresAfter } from './domain-exposures.ts';

export const followsMax = 1_000;
export const blocksMax = 1_000;
/** So many latest interactions with videos per user stay at hand: what was seen does not come back meanwhile. */
export const recentMax = 4_096;

/** A creator whose videos are kept from a user, by the event that asked for it. */
export type Hidden = readonly [userId: string, offset: number, eventId: string];

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
  /** Interactions with videos: the next slot of the ring, see projections/history.ts. */
  readonly interactions: number;
  /** Whom the user has blocked, oldest first; ends a follow, and none begins while it stands. */
  readonly blocks: readonly Hidden[];
  /** Whom the user has reported, oldest first, until the user follows them. */
  readonly reports: readonly Hidden[];
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
  interactions: 0,
  blocks: [],
  reports: [],
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
    exposures,
    follows: followsAfter(history, event, at),
    interactions: history.interactions + (videoOf(event) === null ? 0 : 1),
    blocks: event.action === 'block' ? hiddenAfter(history.blocks, event, at) : history.blocks,
    reports: reportsAfter(history.reports, event, at),
  };
}

/** The video that an event is about; null for what concerns none. */
export function videoOf(event: UserActivity): string | null {
  return 'videoId' in event && event.videoId ? event.videoId : null;
}

function followsAfter({ follows, blocks }: History, event: UserActivity, at: Moment): History['follows'] {
  if (event.action === 'block') return withoutCreator(follows, event.targetUserId);
  if (event.action !== 'follow' && event.action !== 'unfollow') return follows;
  const others = withoutCreator(follows, event.creatorId);
  if (event.action === 'unfollow' || blocks.some(([userId]) => userId === event.creatorId)) return others;
  return [...others, [event.creatorId, at.offset] as const].slice(-followsMax);
}

const withoutCreator = (follows: History['follows'], userId: string) => follows.filter(([id]) => id !== userId);

function reportsAfter(reports: History['reports'], event: UserActivity, at: Moment): History['reports'] {
  if (event.action === 'report') return hiddenAfter(reports, event, at);
  return event.action === 'follow' ? reports.filter(([userId]) => userId !== event.creatorId) : reports;
}

type AboutUser = Extract<UserActivity, { action: 'block' | 'report' }>;

function hiddenAfter(hidden: readonly Hidden[], { targetUserId, eventId }: AboutUser, at: Moment): readonly Hidden[] {
  const others = hidden.filter(([userId]) => userId !== targetUserId);
  return [...others, [targetUserId, at.offset, eventId] as const].slice(-blocksMax);
}

/** Actions that concern a video's figures, and so travel on to its partition. */
const aboutVideo = ['view', 'skip', 'like', 'unlike', 'share', 'comment', 'not_interested'] as const;
export type AboutVideo = Extract<UserActivity, { action: (typeof aboutVideo)[number] }>;

export function isAboutVideo(event: UserActivity): event is AboutVideo {
  return (aboutVideo as readonly string[]).includes(event.action);
}
