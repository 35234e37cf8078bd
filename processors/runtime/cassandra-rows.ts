// The row store on Cassandra: unlogged batches per partition key, each with a timestamp made from its rows' offsets.
import { type Client, types } from 'cassandra-driver';
import { timestampOf } from './keys.ts';
import type { Row, RowStore } from './ports.ts';
import type { RowTable } from './processor.ts';

/** Rows of one partition key that go in one batch, and batches in flight at once. */
const rowsPerBatch = 50;
const batchesInFlight = 64;

type Statement = { query: string; params: unknown[] };

export class CassandraRowStore implements RowStore {
  readonly #client: Client;
  readonly #keyspace: string;
  readonly #inserts = new Map<RowTable, string>();

  constructor(client: Client, keyspace: string) {
    this.#client = client;
    this.#keyspace = keyspace;
  }

  async write(rows: readonly Row[]): Promise<void> {
    const batches = this.#batches(rows);
    let next = 0;
    const worker = async () => {
      while (next < batches.length) await this.#send(batches[next++] as Statement[]);
    };
    await Promise.all(Array.from({ length: Math.min(batchesInFlight, batches.length) }, worker));
  }

  async #send(batch: readonly Statement[]): Promise<void> {
    const options = { prepare: true, isIdempotent: true, logged: false };
    const [only] = batch;
    if (batch.length === 1 && only) await this.#client.execute(only.query, only.params, options);
    else await this.#client.batch([...batch], options);
  }

  #batches(rows: readonly Row[]): Statement[][] {
    const open = new Map<string, Statement[]>();
    const batches: Statement[][] = [];
    for (const row of rows) {
      const key = `${row.table.name}\u0000${row.table.partitionKey.map((column) => row.row[column]).join('\u0000')}`;
      let batch = open.get(key);
      if (!batch || batch.length >= rowsPerBatch) {
        batch = [];
        open.set(key, batch);
        batches.push(batch);
      }
      batch.push(this.#statement(row));
    }
    return batches;
  }

  #statement({ table, row, offset }: Row): Statement {
    const params: unknown[] = Object.keys(table.columns).map((column) => row[column] ?? types.unset);
    params.push(timestampOf(offset));
    return { query: this.#insert(table), params };
  }

  #insert(table: RowTable): string {
    let query = this.#inserts.get(table);
    if (!query) {
      const columns = Object.keys(table.columns);
      const names = columns.map((column) => `"${column}"`).join(', ');
      const marks = columns.map(() => '?').join(', ');
      query = `INSERT INTO ${this.#keyspace}.${table.name} (${names}) VALUES (${marks}) USING TIMESTAMP ?`;
      this.#inserts.set(table, query);
    }
    return query;
  }
}
