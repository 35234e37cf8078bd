// Turns staged JSON lines into CSV or Parquet with DuckDB: one thread and the lines' order, so that the same lines give the same bytes.
import { DuckDBInstance } from '@duckdb/node-api';
import type { Column } from './columns.ts';

export type Conversion = {
  readonly lines: string;
  readonly columns: readonly Column[];
  readonly format: 'csv' | 'parquet';
  readonly out: string;
  /** A folder for what does not fit into memory. */
  readonly spill: string;
};

export const duckSettings = { threads: '1', memory_limit: '512MB', preserve_insertion_order: 'true' };

export async function convert({ lines, columns, format, out, spill }: Conversion): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { ...duckSettings, temp_directory: spill });
  const connection = await instance.connect();
  const options = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
  // A list in CSV would be ambiguous where an item holds a comma.
  const typed = columns.map(({ name, type }) => ({
    name,
    type: format === 'csv' && type.endsWith('[]') ? 'JSON' : type,
  }));
  try {
    await connection.run(`COPY (${selectLines(lines, typed)}) TO ${quoted(out)} (${options})`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export function selectLines(lines: string, columns: readonly Column[]): string {
  const types = columns.map(({ name, type }) => `${quoted(name)}: ${quoted(type)}`).join(', ');
  return `SELECT * FROM read_json(${quoted(lines)}, format = 'newline_delimited', compression = 'uncompressed', columns = {${types}})`;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
