// Reads a user's history from Cassandra, newest first, a page at a time across the months; personal text is decrypted here.
import type { Client, types } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import type { History } from '../processors/history/domain.ts';
import { keyspaceOf, stateKey } from '../processors/runtime/keys.ts';
import { monthOf, userSwipeHistory } from './history.ts';
import { type HistoryPlace, historyTag } from './viewer-evidence.ts';

export type HistoryEntry = {
  readonly eventId: string;
  readonly action: string;
  readonly videoId: string | null;
  readonly targetId: string | null;
  readonly watchDurationMs: number | null;
  /** ms since 1970 */
  readonly occurredAt: number;
  readonly source: string;
  readonly partition: number;
  readonly offset: number;
  /** Personal fields by name, `erased` once the person's key is gone, `unreadable` if damaged, null where the action has none. */
  readonly personal: Personal | null;
};

export type Personal = Readonly<Record<string, unknown>> | 'erased' | 'unreadable';

/** Where a page ended: the last entry shown. */
export type HistoryCursor = { readonly occurredAt: number; readonly eventId: string };

export type HistoryPage = { readonly entries: readonly HistoryEntry[]; readonly next: HistoryCursor | null };

export type HistoryReaderParts = HistoryPlace & {
  readonly cassandra: Client;
  /** Of the first generation. */
  readonly keyspace: string;
  readonly redis: Redis;
  readonly decrypt: (userId: string, personal: Buffer) => Personal;
};

type Question = { readonly userId: string; readonly limit: number; readonly after?: HistoryCursor };

/** Months read at a time: few at first, since most of a history is recent; more where a user paused for years. */
const monthsAtOnceMax = 48;

export class HistoryReader {
  readonly #parts: HistoryReaderParts;

  constructor(parts: HistoryReaderParts) {
    this.#parts = parts;
  }

  async page({ userId, limit, after }: Question): Promise<HistoryPage> {
    const span = await this.#spanOf(userId);
    if (!span) return { entries: [], next: null };
    const rows: types.Row[] = [];
    let atOnce = 1;
    let month = monthNumber(Math.min(span.newestAt, after?.occurredAt ?? span.newestAt));
    const oldest = Math.max(0, monthNumber(span.oldestAt));
    // One more than is shown tells whether there is a next page.
    while (rows.length <= limit && month >= oldest) {
      const months = Array.from({ length: Math.min(atOnce, month - oldest + 1) }, (_, i) => month - i);
      const missing = limit + 1 - rows.length;
      const found = await Promise.all(
        months.map((m) => this.#month({ userId, limit: missing, ...(after && { after }) }, m)),
      );
      rows.push(...found.flat());
      month -= months.length;
      atOnce = Math.min(atOnce * 2, monthsAtOnceMax);
    }
    return this.#present(userId, rows, limit);
  }

  async #month({ userId, limit, after }: Question, month: number): Promise<types.Row[]> {
    const name = monthOf(Date.UTC(1970, month));
    const isFirst = after !== undefined && monthNumber(after.occurredAt) === month;
    const from = `SELECT * FROM ${this.#keyspace()}.${userSwipeHistory.name} WHERE user_id = ? AND month = ?`;
    const statement = `${from}${isFirst ? ' AND (timestamp, event_id) < (?, ?)' : ''} LIMIT ?`;
    const place = isFirst ? [new Date(after.occurredAt), after.eventId] : [];
    const { rows } = await this.#parts.cassandra.execute(statement, [userId, name, ...place, limit]);
    return rows;
  }

  #keyspace(): string {
    return keyspaceOf(this.#parts.keyspace, this.#parts.generations.live('history'));
  }

  /** Where a user's rows can be; null for somebody who never did anything. */
  async #spanOf(userId: string): Promise<Pick<History, 'oldestAt' | 'newestAt'> | null> {
    const state = await this.#parts.redis.hget(stateKey(historyTag(this.#parts, userId)), userId);
    return state === null ? null : (JSON.parse(state) as History);
  }

  #present(userId: string, rows: readonly types.Row[], limit: number): HistoryPage {
    const entries = rows.slice(0, limit).map((row) => this.#entry(userId, row));
    const last = entries.at(-1);
    const isMore = rows.length > limit && last !== undefined;
    return { entries, next: isMore ? { occurredAt: last.occurredAt, eventId: last.eventId } : null };
  }

  #entry(userId: string, row: types.Row): HistoryEntry {
    return {
      eventId: row.event_id,
      action: row.action,
      videoId: row.video_id,
      targetId: row.target_id,
      watchDurationMs: row.watch_duration_ms === null ? null : Number(row.watch_duration_ms),
      occurredAt: (row.timestamp as Date).getTime(),
      source: row.source,
      partition: row.partition,
      offset: Number(row.offset),
      personal: row.personal === null ? null : this.#personal(userId, row.personal),
    };
  }

  /** What cannot be decrypted (damaged, or another's) must not hide the rest. */
  #personal(userId: string, personal: Buffer): Personal {
    try {
      return this.#parts.decrypt(userId, personal);
    } catch {
      return 'unreadable';
    }
  }
}

/** Months since January 1970, in UTC. */
function monthNumber(timeMs: number): number {
  const date = new Date(timeMs);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}
