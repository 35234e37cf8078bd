// The rows of everybody's matches in Cassandra, and their reader: newest first, a page at a time.
import type { Client, types } from 'cassandra-driver';
import type { Match } from '../processors/dating/domain.ts';
import { keyspaceOf, type LiveGenerations } from '../processors/runtime/keys.ts';
import type { Moment, RowTable, Write } from '../processors/runtime/processor.ts';

export const matchHistory: RowTable = {
  name: 'match_history',
  partitionKey: ['user_id'],
  clustering: ['matched_at', 'match_id'],
  columns: {
    user_id: 'text',
    matched_at: 'timestamp',
    match_id: 'text',
    other_id: 'text',
    status: 'text',
    changed_at: 'timestamp',
    partition: 'int',
    offset: 'bigint',
  },
};

export function matchRow(userId: string, match: Match, { partition }: Moment): Write {
  return {
    kind: 'row',
    table: matchHistory,
    row: {
      ...{ user_id: userId, matched_at: new Date(match.at), match_id: match.matchId, other_id: match.userId },
      ...{ status: match.status, changed_at: new Date(match.changedAt), partition, offset: match.offset },
    },
  };
}

export type MatchEntry = Pick<Match, 'matchId' | 'userId' | 'at' | 'changedAt' | 'offset'> & {
  readonly status: string;
  readonly partition: number;
};

/** Where a page ended: the last entry shown. */
export type MatchCursor = { readonly at: number; readonly matchId: string };
type Question = { readonly userId: string; readonly limit: number; readonly after?: MatchCursor };

export type MatchHistoryParts = {
  readonly cassandra: Client;
  /** Of the first generation. */
  readonly keyspace: string;
  readonly generations: LiveGenerations;
};

export class MatchHistoryReader {
  readonly #parts: MatchHistoryParts;

  constructor(parts: MatchHistoryParts) {
    this.#parts = parts;
  }

  async page({ userId, limit, after }: Question) {
    const { cassandra, keyspace, generations } = this.#parts;
    const from = `SELECT * FROM ${keyspaceOf(keyspace, generations.live('dating'))}.${matchHistory.name} WHERE user_id = ?`;
    const statement = `${from}${after ? ' AND (matched_at, match_id) < (?, ?)' : ''} LIMIT ?`;
    const place = after ? [new Date(after.at), after.matchId] : [];
    // One more than is shown tells whether there is a next page.
    const { rows } = await cassandra.execute(statement, [userId, ...place, limit + 1]);
    const entries = rows.slice(0, limit).map(entryOf);
    const last = entries.at(-1);
    const next: MatchCursor | null = last && rows.length > limit ? { at: last.at, matchId: last.matchId } : null;
    return { entries, next };
  }
}

const entryOf = (row: types.Row): MatchEntry => ({
  matchId: row.match_id,
  userId: row.other_id,
  at: (row.matched_at as Date).getTime(),
  status: row.status,
  changedAt: (row.changed_at as Date).getTime(),
  partition: row.partition,
  offset: Number(row.offset),
});
