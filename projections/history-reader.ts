// Reads a user's history from Cassandra, newest first, a page at a time across the months; personal text is decrypted here.
import type { Client, types } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import type { History } from '../processors/history/domain.ts';
import { liveGeneration, stateKey } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';
import { monthOf, userSwipeHistory } from './history.ts';

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
  /** Personal fields by name, `erased` once the person's key is gone, null where the action has none. */
  readonly personal: Personal | null;
};

export type Personal = Readonly<Record<string, unknown>> | 'erased';

/** Where a page ended: the last entry shown, and how many were shown until then. */
export type HistoryCursor = { readonly occurredAt: number; readonly eventId: string; readonly shown: number };

export type HistoryPage = { readonly entries: readonly HistoryEntry[]; readonly next: HistoryCursor | null };

export type HistoryReaderParts = {
  readonly cassandra: Client;
  readonly keyspace: string;
  readonly redis: Redis;
  readonly namespace: string;
  readonly decrypt: (userId: string, personal: Buffer) => Personal;
};

type Question = { readonly userId: string; readonly limit: number; readonly after?: HistoryCursor };

/** Months read at a time: few at first, since most of a history is recent; more where a user paused for years. */
const monthsAtOnceMax = 48;
/** Events may be dated a little ahead of our clock. */
const aheadMs = 300_000;

export class HistoryReader {
  readonly #parts: HistoryReaderParts;
  readonly #first: string;
  readonly #after: string;

  constructor(parts: HistoryReaderParts) {
    this.#parts = parts;
    const from = `SELECT * FROM ${parts.keyspace}.${userSwipeHistory.name} WHERE user_id = ? AND month = ?`;
    this.#first = `${from} LIMIT ?`;
    this.#after = `${from} AND (timestamp, event_id) < (?, ?) LIMIT ?`;
  }

  async page({ userId, limit, after }: Question, now: number): Promise<HistoryPage> {
    const known = await this.#eventsOf(userId);
    const shown = after?.shown ?? 0;
    const rows: types.Row[] = [];
    let atOnce = 1;
    let month = monthNumber(after?.occurredAt ?? now + aheadMs);
    // One more than is shown tells whether there is a next page; a user with no event left is not searched back to 1970.
    while (rows.length <= limit && shown + rows.length < known && month >= 0) {
      const months = Array.from({ length: Math.min(atOnce, month + 1) }, (_, i) => month - i);
      const missing = limit + 1 - rows.length;
      const found = await Promise.all(
        months.map((m) => this.#month({ userId, limit: missing, ...(after && { after }) }, m)),
      );
      rows.push(...found.flat());
      month -= months.length;
      atOnce = Math.min(atOnce * 2, monthsAtOnceMax);
    }
    return this.#present(userId, { rows, limit, shown });
  }

  async #month({ userId, limit, after }: Question, month: number): Promise<types.Row[]> {
    const name = monthOf(Date.UTC(1970, month));
    const isFirst = after !== undefined && monthNumber(after.occurredAt) === month;
    const statement = isFirst ? this.#after : this.#first;
    const place = isFirst ? [new Date(after.occurredAt), after.eventId] : [];
    const { rows } = await this.#parts.cassandra.execute(statement, [userId, name, ...place, limit]);
    return rows;
  }

  async #eventsOf(userId: string): Promise<number> {
    const partition = partitionOf(userId, topics.user_activity.partitions);
    const { namespace, redis } = this.#parts;
    const tag = {
      namespace,
      generation: liveGeneration,
      processor: 'history',
      topic: 'user_activity',
      partition,
    } as const;
    const state = await redis.hget(stateKey(tag), userId);
    return state === null ? 0 : (JSON.parse(state) as History).events;
  }

  #present(userId: string, page: { rows: types.Row[]; limit: number; shown: number }): HistoryPage {
    const onPage = page.rows.slice(0, page.limit);
    const entries = onPage.map((row) => this.#entry(userId, row));
    const last = entries.at(-1);
    const isMore = page.rows.length > page.limit && last !== undefined;
    const shown = page.shown + entries.length;
    return { entries, next: isMore ? { occurredAt: last.occurredAt, eventId: last.eventId, shown } : null };
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
      personal: row.personal === null ? null : this.#parts.decrypt(userId, row.personal),
    };
  }
}

/** Months since January 1970, in UTC. */
function monthNumber(timeMs: number): number {
  const date = new Date(timeMs);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}
