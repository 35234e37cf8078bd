// Reads the rows of two generations: whole tables token by token, so that no more than one partition is held, or given rows.
import type { Client, types } from 'cassandra-driver';
import { partitionOf } from '../../infra/kafka.ts';
import { timestampOf } from '../../processors/runtime/keys.ts';
import type { RowTable, RowValue } from '../../processors/runtime/processor.ts';
import { recordsPerCommit } from '../../processors/runtime/slot.ts';
import { keyColumns, type OnUnit, type RowUnit, textOf } from './units.ts';

export type Keyspaces = { readonly live: string; readonly shadow: string };

const fetchSize = 2_000;
const rowsAtOnce = 64;

type Row = { readonly key: readonly RowValue[]; readonly text: string; readonly writtenAt: number };
/** What a partition counts by itself is keyed by its number; all else by the record's key. */
const inputPartition = ({ table, key }: RowUnit, count: number): number =>
  table.partitionKey[0] === 'partition' ? Number(key[0]) : partitionOf(String(key[0]), count);

type Group = { readonly token: types.Long; readonly rows: Map<string, Row> };

export class RowUnits {
  readonly #client: Client;
  readonly #keyspaces: Keyspaces;
  /** Rows of live that were written, but whose commit was not done when live stood still: they will be written again. */
  ahead = 0;

  constructor(client: Client, keyspaces: Keyspaces) {
    this.#client = client;
    this.#keyspaces = keyspaces;
  }

  /** Every row of either side; one that changes meanwhile may be told in either version. */
  async all(table: RowTable, onUnit: OnUnit): Promise<void> {
    const [lives, shadows] = [this.#groups('live', table), this.#groups('shadow', table)];
    let [live, shadow] = await Promise.all([nextOf(lives), nextOf(shadows)]);
    while (live || shadow) {
      const order = !live ? 1 : !shadow ? -1 : live.token.compare(shadow.token);
      tell(table, order <= 0 ? live : null, order >= 0 ? shadow : null, onUnit);
      [live, shadow] = await Promise.all([order <= 0 ? nextOf(lives) : live, order >= 0 ? nextOf(shadows) : shadow]);
    }
  }

  /** @param upTo live's position per input partition, while nobody folds; null leaves what is ahead of a commit unnoticed */
  async some(units: readonly RowUnit[], upTo: readonly number[] | null, onUnit: OnUnit): Promise<void> {
    for (let i = 0; i < units.length; i += rowsAtOnce)
      await Promise.all(units.slice(i, i + rowsAtOnce).map((unit) => this.#one(unit, upTo, onUnit)));
  }

  async #one(unit: RowUnit, upTo: readonly number[] | null, onUnit: OnUnit): Promise<void> {
    const [live, shadow] = await Promise.all([this.#row('live', unit), this.#row('shadow', unit)]);
    const offset = upTo?.[inputPartition(unit, upTo.length)];
    if (live && offset !== undefined && isAhead(live, offset)) this.ahead += 1;
    else onUnit(unit, live?.text ?? null, shadow?.text ?? null);
  }

  async #row(side: keyof Keyspaces, { table, key }: RowUnit): Promise<Row | null> {
    const where = keyColumns(table).map((name) => `"${name}" = ?`);
    const query = `${select(this.#keyspaces[side], table)} WHERE ${where.join(' AND ')}`;
    const { rows } = await this.#client.execute(query, [...key], { prepare: true });
    const row = rows[0];
    return row ? rowOf(row, table) : null;
  }

  /** The rows of a table in the order of their tokens, which is the same in every keyspace. */
  async *#groups(side: keyof Keyspaces, table: RowTable): AsyncGenerator<Group> {
    const query = select(this.#keyspaces[side], table);
    let group: Group | null = null;
    for await (const page of this.#pages(query)) {
      for (const row of page) {
        const token = row.get('row_token') as types.Long;
        if (!group?.token.equals(token)) {
          if (group) yield group;
          group = { token, rows: new Map() };
        }
        const read = rowOf(row, table);
        group.rows.set(read.key.map(textOf).join('\u0000'), read);
      }
    }
    if (group) yield group;
  }

  /** The next page is under way while one is being read. */
  async *#pages(query: string): AsyncGenerator<types.Row[]> {
    const ask = (pageState?: string) =>
      this.#client.execute(query, [], { prepare: true, fetchSize, ...(pageState && { pageState }) });
    let next: ReturnType<typeof ask> | null = ask();
    while (next) {
      const page: types.ResultSet = await next;
      next = page.pageState ? ask(page.pageState) : null;
      next?.catch(() => {});
      yield page.rows;
    }
  }
}

/** Written by a commit that was not done: no owner writes further ahead than one. */
function isAhead({ writtenAt }: Row, offset: number): boolean {
  return writtenAt > timestampOf(offset - 1) && writtenAt <= timestampOf(offset - 1 + recordsPerCommit);
}

function tell(table: RowTable, live: Group | null, shadow: Group | null, onUnit: OnUnit): void {
  for (const name of new Set([...(live?.rows.keys() ?? []), ...(shadow?.rows.keys() ?? [])])) {
    const [a, b] = [live?.rows.get(name), shadow?.rows.get(name)];
    const key = (a ?? b)?.key ?? [];
    onUnit({ kind: 'row', table, key }, a?.text ?? null, b?.text ?? null);
  }
}

async function nextOf(all: AsyncGenerator<Group>): Promise<Group | null> {
  const { value, done } = await all.next();
  return done ? null : value;
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`);

function select(keyspace: string, table: RowTable): string {
  const keys = keyColumns(table);
  const told = Object.keys(table.columns).filter((name) => !keys.includes(name));
  const written = told.map((name, i) => `writetime("${name}") AS written_${i}`);
  const token = `token(${quoted(table.partitionKey).join(', ')}) AS row_token`;
  const columns = [token, ...quoted(Object.keys(table.columns)), ...written];
  return `SELECT ${columns.join(', ')} FROM ${keyspace}.${table.name}`;
}

function rowOf(row: types.Row, table: RowTable): Row {
  const written = row.keys().filter((name) => name.startsWith('written_'));
  return {
    key: keyColumns(table).map((name) => row.get(name) as RowValue),
    text: Object.keys(table.columns)
      .map((name) => `${name}=${textOf(row.get(name))}`)
      .join(' '),
    writtenAt: Math.max(...written.map((name) => Number(row.get(name) ?? 0))),
  };
}
