// Every Cassandra table of the platform, one line each, and the statement that makes one.
import type { RowTable } from '../processors/runtime/processor.ts';
import { videoEngagementByHour } from './engagement.ts';
import { userSwipeHistory } from './history.ts';
import { matchHistory } from './match-history.ts';
import { ledgerStatement, revenueByHour } from './statements.ts';

const bySlug: Readonly<Record<string, readonly RowTable[]>> = {
  history: [userSwipeHistory],
  engagement: [videoEngagementByHour],
  dating: [matchHistory],
  statements: [ledgerStatement, revenueByHour],
};

export const tables: readonly RowTable[] = Object.values(bySlug).flat();

/** The tables that a slug's processor writes. */
export const tablesOf = (slug: string): readonly RowTable[] => bySlug[slug] ?? [];

export function createTable(keyspace: string, table: RowTable): string {
  const columns = Object.entries(table.columns).map(([name, type]) => `"${name}" ${type}`);
  const key = `PRIMARY KEY ((${quoted(table.partitionKey)}), ${quoted(table.clustering)})`;
  const order = table.clustering.map((name) => `"${name}" DESC`).join(', ');
  return `CREATE TABLE IF NOT EXISTS ${keyspace}.${table.name} (${[...columns, key].join(', ')}) WITH CLUSTERING ORDER BY (${order})`;
}

/** Gives a table that an earlier build has made the columns that it lacks. */
export function addColumns(keyspace: string, { name, columns, partitionKey, clustering }: RowTable): string {
  const keys = new Set([...partitionKey, ...clustering]);
  const others = Object.entries(columns).filter(([column]) => !keys.has(column));
  return `ALTER TABLE ${keyspace}.${name} ADD IF NOT EXISTS (${others.map(([column, type]) => `"${column}" ${type}`).join(', ')})`;
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
