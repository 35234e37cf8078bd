// Compares the Cassandra tables of two generations token by token, so that no more than one partition is held in memory.
import type { Client, types } from 'cassandra-driver';
import { partitionOf } from '../../infra/kafka.ts';
import { timestampOf } from '../../processors/runtime/cassandra-rows.ts';
import type { RowTable } from '../../processors/runtime/processor.ts';
import type { Differences } from './differences.ts';

export type TwoKeyspaces = { readonly live: string; readonly shadow: string };

/** Live's position per input partition: what was written from there on has not been committed. */
export type RowsUpTo = readonly number[];

const fetchSize = 2_000;

type Row = { readonly key: string; readonly text: string; readonly recordKey: string; readonly writtenAt: number };
type Group = { readonly token: types.Long; readonly rows: Map<string, Row> };

export async function compareRows(
  client: Client,
  table: RowTable,
  of: TwoKeyspaces & { readonly upTo: RowsUpTo },
  into: Differences,
): Promise<void> {
  const lives = groups(client, of.live, table);
  const shadows = groups(client, of.shadow, table);
  let [live, shadow] = [await nextOf(lives), await nextOf(shadows)];
  while (live || shadow) {
    const order = !live ? 1 : !shadow ? -1 : live.token.compare(shadow.token);
    compareGroups(table, { live: order <= 0 ? live : null, shadow: order >= 0 ? shadow : null }, of.upTo, into);
    [live, shadow] = [order <= 0 ? await nextOf(lives) : live, order >= 0 ? await nextOf(shadows) : shadow];
  }
}

type TwoGroups = { readonly live: Group | null; readonly shadow: Group | null };

function compareGroups(table: RowTable, { live, shadow }: TwoGroups, upTo: RowsUpTo, into: Differences): void {
  const keys = new Set([...(live?.rows.keys() ?? []), ...(shadow?.rows.keys() ?? [])]);
  for (const key of keys) {
    const [ofLive, ofShadow] = [live?.rows.get(key), shadow?.rows.get(key)];
    if (ofLive && isAhead(ofLive, upTo)) into.ahead += 1;
    else into.compare(() => `${table.name} ${key}`, ofLive?.text ?? null, ofShadow?.text ?? null);
  }
}

/** Written by an owner that was killed, or refused, before its commit. */
function isAhead({ recordKey, writtenAt }: Row, upTo: RowsUpTo): boolean {
  const offset = upTo[partitionOf(recordKey, upTo.length)] ?? 0;
  return writtenAt > timestampOf(offset - 1);
}

async function nextOf(all: AsyncGenerator<Group>): Promise<Group | null> {
  const { value, done } = await all.next();
  return done ? null : value;
}

/** The rows of a table in the order of their tokens, which is the same in every keyspace. */
async function* groups(client: Client, keyspace: string, table: RowTable): AsyncGenerator<Group> {
  const query = select(keyspace, table);
  let group: Group | null = null;
  let pageState: string | undefined;
  do {
    const options = { prepare: true, fetchSize, ...(pageState && { pageState }) };
    const page = await client.execute(query, [], options);
    for (const row of page.rows) {
      const token = row.get('row_token') as types.Long;
      if (!group || !group.token.equals(token)) {
        if (group) yield group;
        group = { token, rows: new Map() };
      }
      const read = rowOf(row, table);
      group.rows.set(read.key, read);
    }
    pageState = page.pageState ?? undefined;
  } while (pageState);
  if (group) yield group;
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`);

function select(keyspace: string, table: RowTable): string {
  const keys = [...table.partitionKey, ...table.clustering];
  const others = Object.keys(table.columns).filter((name) => !keys.includes(name));
  const written = others.map((name, i) => `writetime("${name}") AS written_${i}`);
  const token = `token(${quoted(table.partitionKey).join(', ')}) AS row_token`;
  return `SELECT ${[token, ...quoted(Object.keys(table.columns)), ...written].join(', ')} FROM ${keyspace}.${table.name}`;
}

function rowOf(row: types.Row, table: RowTable): Row {
  const text = (name: string) => textOf(row.get(name));
  const keys = [...table.partitionKey, ...table.clustering];
  const writtenAt = row.keys().filter((name) => name.startsWith('written_'));
  return {
    key: keys.map((name) => `${name}=${text(name)}`).join(' '),
    text: Object.keys(table.columns)
      .map((name) => `${name}=${text(name)}`)
      .join(' '),
    recordKey: String(row.get(table.partitionKey[0] ?? '')),
    writtenAt: Math.max(...writtenAt.map((name) => Number(row.get(name) ?? 0))),
  };
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return value.toString('base64');
  return String(value);
}
