// Answers one SQL query over topics: loads the ranges of those it names into a DuckDB file of its own, locks it, runs the query.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, DuckDBTypeId, type Json } from '@duckdb/node-api';
import type { Progress } from '../progress.ts';
import { duckSettings } from '../replay/convert.ts';
import type { Window } from '../replay/range.ts';
import type { Source } from '../replay/replay.ts';
import { load } from './load.ts';
import { InvalidSql, topicsOfSql } from './topics-of-sql.ts';

export type Query = {
  readonly sql: string;
  readonly window: Window;
  /** At most so many rows are fetched; how many there are in all is then unknown. */
  readonly rowsMax: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
};

export type Answer = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Json[])[];
  readonly hasMore: boolean;
  /** Of the query alone, without reading the topics. */
  readonly seconds: number;
};

const querySettings = { ...duckSettings, threads: '2', memory_limit: '1GB' };

/** @throws InvalidSql, InvalidTopic, InvalidPlace */
export async function query(source: Source, { sql, window, rowsMax, progress, signal }: Query): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'profithack-query-'));
  const database = join(folder, 'topics.db');
  const settings = { ...querySettings, temp_directory: join(folder, 'spill') };
  try {
    await withDatabase(database, settings, async (connection) => {
      const topics = await topicsOfSql(connection, sql);
      await load(connection, { source, topics, window, folder, progress, signal });
    });
    return await withDatabase(database, { ...settings, access_mode: 'READ_ONLY' }, async (connection) => {
      // From here on the SQL is the user's: it sees the topics, no file, and cannot change that.
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      signal?.addEventListener('abort', () => connection.interrupt());
      return answer(connection, sql, rowsMax);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function answer(connection: DuckDBConnection, sql: string, rowsMax: number): Promise<Answer> {
  const startedAt = performance.now();
  try {
    const reader = await connection.streamAndReadUntil(sql, rowsMax + 1);
    const isWhole = reader.columnTypes().map(({ typeId }) => wholeNumbers.has(typeId));
    const rows = reader.getRowsJson().map((row) => row.map((cell, i) => (isWhole[i] ? exactNumber(cell) : cell)));
    return {
      columns: reader.deduplicatedColumnNames(),
      rows: rows.slice(0, rowsMax),
      hasMore: rows.length > rowsMax,
      seconds: (performance.now() - startedAt) / 1_000,
    };
  } catch (error) {
    throw new InvalidSql((error as Error).message);
  }
}

const wholeNumbers: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]);

/** DuckDB gives large types as text; what a number holds exactly becomes one. */
function exactNumber(cell: Json): Json {
  return typeof cell === 'string' && Number.isSafeInteger(Number(cell)) ? Number(cell) : cell;
}

async function withDatabase<T>(
  path: string,
  settings: Record<string, string>,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(path, settings);
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
