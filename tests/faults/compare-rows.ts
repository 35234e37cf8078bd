// Compares every row of every Cassandra table with the independent fold: none missing, none more, every cell the same.
import { isDeepStrictEqual } from 'node:util';
import { type Client, types } from 'cassandra-driver';
import { createCassandra } from '../../infra/cassandra.ts';
import type { RowTable } from '../../processors/runtime/processor.ts';
import { tablesOf } from '../../projections/tables.ts';
import { type Comparison, firstDifference } from './compare-redis.ts';
import type { Expected } from './expected.ts';
import { liveKeyspace } from './generation.ts';
import type { RowOf } from './independent-fold/record.ts';
import type { Platform } from './platform.ts';

const pageRows = 5_000;

export async function compareRows(platform: Platform, all: readonly Expected[]): Promise<Comparison> {
  const comparison: Comparison = { counts: { rows: 0 }, differences: [] };
  const client = createCassandra(platform.config, platform.log);
  await client.connect();
  try {
    for (const processor of new Set(all.map((expected) => expected.processor))) {
      const kept = all.filter((expected) => expected.processor === processor).map((expected) => expected.kept.rows);
      const named = new Set(kept.flatMap((rows) => [...rows.keys()]));
      for (const table of tablesOf(processor)) {
        named.delete(table.name);
        const must = new Map(kept.flatMap((rows) => [...(rows.get(table.name) ?? [])]));
        const query = `SELECT * FROM ${liveKeyspace(platform, processor)}.${table.name}`;
        compareTable(comparison, table, await rowsOf(client, query, table), must);
      }
      for (const name of named) comparison.differences.push(`${processor} writes no table ${name}`);
    }
  } finally {
    await client.shutdown();
  }
  return comparison;
}

async function rowsOf(client: Client, query: string, table: RowTable): Promise<Map<string, RowOf>> {
  const found = new Map<string, RowOf>();
  await new Promise<void>((resolve, reject) => {
    const onRow = (_n: number, row: types.Row) => {
      const plain = plainRow(row);
      found.set(keyOf(table, plain), plain);
    };
    const options = { fetchSize: pageRows, autoPage: true };
    client.eachRow(query, [], options, onRow, (error) => (error ? reject(error) : resolve()));
  });
  return found;
}

function compareTable(
  { counts, differences }: Comparison,
  { name }: RowTable,
  found: ReadonlyMap<string, RowOf>,
  must: ReadonlyMap<string, RowOf>,
): void {
  counts.rows = (counts.rows ?? 0) + must.size;
  counts[name] = must.size;
  for (const [key, row] of must) {
    const there = found.get(key);
    if (!there) differences.push(`${name}: no row ${key}`);
    else if (!isDeepStrictEqual(there, comparable(row)))
      differences.push(`${name} ${key}: ${firstDifference(there, comparable(row))}`);
  }
  for (const key of found.keys()) if (!must.has(key)) differences.push(`${name}: unexpected row ${key}`);
}

const keyOf = ({ partitionKey, clustering }: RowTable, row: RowOf) =>
  [...partitionKey, ...clustering].map((column) => row[column]).join(' ');

/** Numbers as numbers, times in ms, bytes as base64, absent cells left out. */
function plainRow(row: types.Row): RowOf {
  const cells = row.keys().map((name) => [name, plainCell(row.get(name))] as const);
  return Object.fromEntries(cells.filter(([, cell]) => cell !== null));
}

function plainCell(cell: unknown): string | number | null {
  if (cell === null || cell === undefined) return null;
  if (cell instanceof Date) return cell.getTime();
  if (Buffer.isBuffer(cell)) return cell.toString('base64');
  return types.Long.isLong(cell) ? Number(cell) : (cell as string | number);
}

const comparable = (row: RowOf): RowOf =>
  Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [
      name,
      cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : cell,
    ]),
  );
