// Which topics a query names, by DuckDB's own parser; names of the query's own (WITH) are not topics.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { TopicName } from '../../schemas/topics.ts';
import { readableTopic, readableTopics } from '../readable-topics.ts';

/** Told to whoever typed it. */
export class InvalidSql extends Error {}

type Node = { readonly [name: string]: unknown };

/** @throws InvalidSql if it is not one statement that reads, InvalidTopic if it names a table that is no topic */
export async function topicsOfSql(connection: DuckDBConnection, sql: string): Promise<TopicName[]> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  const parsed = JSON.parse(String(reader.getRows()[0]?.[0])) as {
    error: boolean;
    error_type?: string;
    error_message?: string;
    position?: string;
    statements?: readonly unknown[];
  };
  // PIVOT and EXPLAIN read as well, but the parser does not take them apart: any topic's name in them counts.
  if (parsed.error && /^\s*(explain|pivot|unpivot)\b/i.test(sql))
    return readableTopics.filter((name) => holds(sql, name));
  if (parsed.error && parsed.error_type === 'not implemented')
    throw new InvalidSql('a query only reads: give a SELECT');
  if (parsed.error) throw new InvalidSql(`${parsed.error_message}\n${pointed(sql, Number(parsed.position))}`);
  if (parsed.statements?.length !== 1) throw new InvalidSql('one statement at a time');
  const [tables, own] = [new Set<string>(), new Set<string>()];
  collect(parsed.statements[0], tables, own);
  return [...tables].filter((name) => !own.has(name)).map(readableTopic);
}

function holds(sql: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`, 'i').test(sql);
}

/** Also a name of the query's own can be a topic's: `WITH user_activity AS (SELECT … FROM user_activity)` reads it. */
function collect(value: unknown, tables: Set<string>, own: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, tables, own);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as Node;
  const { type, table_name: name, schema_name: schema, cte_map: ctes } = node;
  if (type === 'BASE_TABLE' && typeof name === 'string' && name && (schema === '' || schema === 'main')) {
    tables.add(name.toLowerCase());
  }
  const named = (ctes as { map?: readonly { key: string }[] } | undefined)?.map ?? [];
  for (const { key } of named) if (!readableTopics.some((topic) => topic === key)) own.add(key.toLowerCase());
  for (const inner of Object.values(node)) collect(inner, tables, own);
}

function pointed(sql: string, position: number): string {
  if (!Number.isInteger(position) || position < 0) return sql;
  const start = sql.lastIndexOf('\n', position - 1) + 1;
  const line = sql.slice(start).split('\n')[0] ?? '';
  return `${line}\n${' '.repeat(position - start)}^`;
}
