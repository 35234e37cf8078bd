// The rows and keys of a user's history: Cassandra user_swipe_history, and in Redis the latest interactions and whose feedback is whose.
import { stableHash } from '../processors/feed/ranking/stable-hash.ts';
import { type History, recentMax, videoOf } from '../processors/history/domain.ts';
import type { Moment, RowTable, Write } from '../processors/runtime/processor.ts';
import type { UserActivity } from '../schemas/generated.ts';
import { type NotInterestedReason, notInterestedReasons } from '../schemas/ids.ts';

export const userSwipeHistory: RowTable = {
  name: 'user_swipe_history',
  partitionKey: ['user_id', 'month'],
  clustering: ['timestamp', 'event_id'],
  columns: {
    user_id: 'text',
    month: 'text',
    timestamp: 'timestamp',
    event_id: 'text',
    action: 'text',
    video_id: 'text',
    target_id: 'text',
    watch_duration_ms: 'bigint',
    source: 'text',
    partition: 'int',
    offset: 'bigint',
    personal: 'blob',
  },
};

let month = { start: 0, end: 0, name: '' };

/** The month of a time in ms, as in 2026-11 (UTC). */
export function monthOf(timeMs: number): string {
  if (timeMs < month.start || timeMs >= month.end) {
    const date = new Date(timeMs);
    const start = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    month = { start, end, name: date.toISOString().slice(0, 7) };
  }
  return month.name;
}

export function historyRow(event: UserActivity, at: Moment): Write {
  return {
    kind: 'row',
    table: userSwipeHistory,
    row: {
      user_id: event.userId,
      month: monthOf(event.occurredAt),
      timestamp: new Date(event.occurredAt),
      event_id: event.eventId,
      action: event.action,
      video_id: 'videoId' in event ? event.videoId : null,
      target_id: targetOf(event),
      watch_duration_ms: 'watchDurationMs' in event ? event.watchDurationMs : null,
      source: event.source,
      partition: at.partition,
      offset: at.offset,
      personal: 'personal' in event ? event.personal : null,
    },
  };
}

function targetOf(event: UserActivity): string | null {
  // A decoded event has every field of its topic's record: what is not its own is null, never absent.
  if (event.action === 'follow' || event.action === 'unfollow') return event.creatorId;
  return 'targetUserId' in event ? event.targetUserId : null;
}

/** One remembered interaction: the evidence that interests are made of. */
export type Recent = {
  readonly videoId: string;
  readonly action: string;
  readonly watchDurationMs: number;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
  /** Of a negative one alone: by which its effect can be asked for. */
  readonly eventId?: string;
  /** Of "not interested". */
  readonly reason?: NotInterestedReason;
};

/** The hash of a user's latest interactions: slot (a ring of `recentMax`) → one interaction. */
export const recentHash = (userId: string): string => `recent:${userId}`;

/** The slot of a user's n-th interaction, counted from 0. */
export const recentSlot = (n: number): string => String(n % recentMax);

export function recentField(state: History, event: UserActivity, at: Moment): Write[] {
  const videoId = videoOf(event);
  if (videoId === null) return [];
  const watched = 'watchDurationMs' in event ? (event.watchDurationMs ?? 0) : 0;
  const value = JSON.stringify([videoId, event.action, watched, at.now, at.partition, at.offset, ...negativeOf(event)]);
  return [{ kind: 'field', hash: recentHash(event.userId), field: recentSlot(state.interactions - 1), value }];
}

function negativeOf(event: UserActivity): string[] {
  if (event.action === 'not_interested') return [event.eventId, reasonOf(event.reason)];
  return event.action === 'skip' ? [event.eventId] : [];
}

/** What older clients wrote in words of their own stands for the video. */
function reasonOf(given: string | null): NotInterestedReason {
  return notInterestedReasons.find((reason) => reason === given) ?? 'video';
}

export function parseRecent(value: string): Recent {
  const [videoId, action, watchDurationMs, at, partition, offset, eventId, reason] = JSON.parse(value);
  const known = { videoId, action, watchDurationMs, at, partition, offset };
  return eventId === undefined ? known : { ...known, eventId, ...(reason && { reason }) };
}

/**
 * Event id of negative feedback → user, per partition, for whoever asks by the id alone. A table of fixed size: an id has one
 * place, and a later one with the same place takes it.
 */
export const feedbackHash = 'feedback';
const feedbackPlaces = 16_384;

export const feedbackPlace = (eventId: string): string => String(stableHash(eventId) % feedbackPlaces);

const negative = new Set<string>(['not_interested', 'skip', 'block', 'report']);

export function feedbackField({ action, eventId, userId }: UserActivity): Write[] {
  if (!negative.has(action)) return [];
  const value = JSON.stringify([eventId, userId]);
  return [{ kind: 'field', hash: feedbackHash, field: feedbackPlace(eventId), value }];
}
