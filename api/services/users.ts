// A user's history, a page at a time, newest first.
import type { HistoryCursor, HistoryEntry } from '../../projections/history-reader.ts';
import { decodeCursor, encodeCursor, wrongCursor } from '../cursors.ts';
import type { Services } from '../ports.ts';

export type GetHistory = { readonly user_id: string; readonly limit: number; readonly cursor?: string };

export async function getHistory(services: Services, { user_id: userId, limit, cursor }: GetHistory) {
  const of = { list: 'history', id: userId } as const;
  const after = cursor === undefined ? undefined : decodeCursor(of, cursor, isHistoryCursor);
  if (after === null) return wrongCursor();
  const { entries, next } = await services.history.page({ userId, limit, ...(after && { after }) });
  return { user_id: userId, entries: entries.map(entryOf), next_cursor: next && encodeCursor(of, next) };
}

function entryOf(entry: HistoryEntry) {
  const { personal } = entry;
  return {
    event_id: entry.eventId,
    action: entry.action,
    video_id: entry.videoId,
    target_id: entry.targetId,
    watch_duration_ms: entry.watchDurationMs,
    occurred_at: new Date(entry.occurredAt).toISOString(),
    source: entry.source,
    text: typeof personal === 'string' ? personal : textOf(personal),
    token: `user_activity:${entry.partition}:${entry.offset}`,
  };
}

function textOf(personal: Readonly<Record<string, unknown>> | null): string | null {
  return typeof personal?.text === 'string' ? personal.text : null;
}

export function isHistoryCursor(value: Readonly<Record<string, unknown>>): value is HistoryCursor {
  const { occurredAt, eventId } = value;
  const isTime = Number.isInteger(occurredAt) && (occurredAt as number) >= 0 && (occurredAt as number) <= 8.64e15;
  return isTime && typeof eventId === 'string' && eventId.length <= 128;
}
