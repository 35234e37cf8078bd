// The rows and keys of a user's history: Cassandra user_swipe_history, and the latest interactions in Redis.
import { type History, recentMax } from '../processors/history/domain.ts';
import type { Moment, RowTable, Write } from '../processors/runtime/processor.ts';
import type { UserActivity } from '../schemas/generated.ts';

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
};

/** The hash of a user's latest interactions: slot (a ring of `recentMax`) → one interaction. */
export const recentHash = (userId: string): string => `recent:${userId}`;

export function recentField(state: History, event: UserActivity, at: Moment): Write[] {
  if (!('videoId' in event) || !event.videoId) return [];
  const watched = 'watchDurationMs' in event ? (event.watchDurationMs ?? 0) : 0;
  const value = JSON.stringify([event.videoId, event.action, watched, at.now, at.partition, at.offset]);
  const slot = String((state.events - 1) % recentMax);
  return [{ kind: 'field', hash: recentHash(event.userId), field: slot, value }];
}

export function parseRecent(value: string): Recent {
  const [videoId, action, watchDurationMs, at, partition, offset] = JSON.parse(value);
  return { videoId, action, watchDurationMs, at, partition, offset };
}
