// Statements and revenue in Cassandra: the rows, and their readers: pages newest first, balances as of a time or position, revenue by hour.
import type { Client, types } from 'cassandra-driver';
import { keyspaceOf, type LiveGenerations, timestampOf } from '../processors/runtime/keys.ts';
import { parseOrigin } from '../processors/runtime/origin.ts';
import type { Moment, RowTable, Write } from '../processors/runtime/processor.ts';
import { decidedAt, type Statement, type Told } from '../processors/statements/domain.ts';
import type { Triple } from '../processors/statements/domain-revenue.ts';
import type { LedgerEntry } from '../schemas/generated.ts';
import { topics } from '../schemas/topics.ts';
import { monthOf } from './history.ts';
import type { StateReader } from './state-reader.ts';

export const ledgerStatement: RowTable = {
  name: 'ledger_statement',
  partitionKey: ['account_id', 'month'],
  clustering: ['offset'],
  columns: {
    account_id: 'text',
    month: 'text',
    offset: 'bigint',
    partition: 'int',
    time: 'timestamp',
    kind: 'text',
    outcome: 'text',
    reason: 'text',
    transaction_id: 'text',
    original_id: 'text',
    counterparty_id: 'text',
    stream: 'text',
    asset: 'text',
    amount: 'bigint',
    gross: 'bigint',
    gift_type: 'text',
    quantity: 'int',
    product: 'text',
    video_id: 'text',
    battle_id: 'text',
    postings: 'text',
    balances: 'text',
    hash: 'text',
  },
};

/** `run` is the offset that began this row; a reader adds up the rows of an hour. */
export const revenueByHour: RowTable = {
  name: 'revenue_by_hour',
  partitionKey: ['partition', 'day'],
  clustering: ['hour', 'stream', 'asset', 'run'],
  columns: {
    partition: 'int',
    day: 'text',
    hour: 'timestamp',
    stream: 'text',
    asset: 'text',
    run: 'bigint',
    amount: 'bigint',
    creator_amount: 'bigint',
  },
};

/** Where the record stands in payment_transactions that an entry decided. */
function decidedPlace({ origin }: Pick<LedgerEntry, 'origin'>): { partition: number; offset: number } {
  const from = parseOrigin(origin ?? '');
  return { partition: Number(from?.lane.split('/')[2] ?? -1), offset: from?.offset ?? -1 };
}

export function statementRow(state: Statement, event: LedgerEntry): Write {
  const time = decidedAt(event);
  const row = {
    account_id: event.accountId,
    // Not of its own time, which an imported record's may be long before: offsets never fall from month to month.
    month: monthOf(state.newestAt),
    ...decidedPlace(event),
    time: new Date(time),
    kind: event.kind,
    outcome: event.outcome,
    reason: event.reason,
    transaction_id: event.transactionId,
    original_id: event.originalId,
    counterparty_id: event.counterpartyId,
    stream: event.stream,
    asset: event.asset,
    amount: event.amount,
    gross: event.gross,
    gift_type: event.giftType,
    quantity: event.quantity,
    product: event.product,
    video_id: event.videoId,
    battle_id: event.battleId,
    postings: event.postings,
    balances: JSON.stringify(state.balances),
    hash: event.hash,
  };
  return { kind: 'row', table: ledgerStatement, row };
}

export function revenueRow({ counting, revenue }: Told, at: Moment): Write[] {
  if (!counting || !revenue) return [];
  const { hour, run } = counting;
  const { stream, asset, amount, creatorAmount } = revenue;
  const sums = { amount: Number(amount), creator_amount: Number(creatorAmount) };
  const day = new Date(hour).toISOString().slice(0, 10);
  const row = { partition: at.partition, day, hour: new Date(hour), stream, asset, run, ...sums };
  return [{ kind: 'row', table: revenueByHour, row }];
}

/** An entry of a person's statement, with all balances after it; amounts are decimal texts. */
export type StatementEntry = {
  readonly partition: number;
  readonly offset: number;
  readonly time: number;
  readonly kind: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly transactionId: string;
  readonly originalId: string | null;
  readonly counterpartyId: string | null;
  readonly stream: string | null;
  readonly asset: string | null;
  readonly amount: string | null;
  /** Of a credit: the whole that its amount is a share of. */
  readonly gross: string | null;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly product: string | null;
  readonly videoId: string | null;
  readonly battleId: string | null;
  readonly postings: readonly Triple[];
  readonly balances: Readonly<Record<string, string>>;
  readonly hash: string;
};

/** The last entry of a page. */
export type StatementCursor = { readonly time: number; readonly offset: number };
export type StatementPage = { readonly entries: readonly StatementEntry[]; readonly next: StatementCursor | null };

/** Balances then, and the record after which they stood so; none and null before the first. */
export type AsOf = {
  readonly balances: Readonly<Record<string, string>>;
  readonly position: { readonly partition: number; readonly offset: number; readonly time: number } | null;
};

export type HourlyRevenue = {
  readonly hour: number;
  readonly stream: string;
  readonly asset: string;
  readonly amount: string;
  readonly creatorAmount: string;
};

export type StatementReaderParts = {
  readonly cassandra: Client;
  /** Of the first generation. */
  readonly keyspace: string;
  readonly generations: LiveGenerations;
  readonly states: StateReader;
};

const dayMs = 86_400_000;
/** More days of revenue are not read at once. */
export const revenueDaysMax = 92;
/** Months read at a time: few at first, more where somebody paused for years. */
const monthsAtOnceMax = 24;
/** Rows of one account that are mostly at most written but not committed yet. */
const uncommittedFew = 10;

export class StatementReader {
  readonly #parts: StatementReaderParts;

  constructor(parts: StatementReaderParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  async page(asked: { accountId: string; limit: number; after?: StatementCursor }): Promise<StatementPage> {
    const { accountId, limit, after } = asked;
    const clause = after ? { text: 'AND "offset" < ?', values: [after.offset] } : { text: '', values: [] };
    const rows = await this.#newest(accountId, { clause, limit: limit + 1, until: after?.time });
    const entries = rows.slice(0, limit).map(entryOf);
    const last = rows[limit - 1];
    return { entries, next: rows.length > limit && last ? cursorOf(last) : null };
  }

  /** @param when the end of a time in ms, or the offset of the last record (in the account's partition) that counts */
  async asOf(accountId: string, when: { readonly time: number } | { readonly offset: number }): Promise<AsOf> {
    const isTime = 'time' in when;
    const clause = isTime
      ? { text: 'AND time <= ?', values: [new Date(when.time)], ending: 'ALLOW FILTERING' }
      : { text: 'AND "offset" <= ?', values: [when.offset] };
    const [row] = await this.#newest(accountId, { clause, limit: 1, until: isTime ? when.time : undefined });
    if (!row) return { balances: {}, position: null };
    const { balances, partition, offset, time } = entryOf(row);
    return { balances, position: { partition, offset, time } };
  }

  /**
   * The lines after an offset (all with null), newest first, at most so many; only those that are committed, as rows are written before.
   * A row's time of writing is made from the offset of its input.
   * @param next the next offset of ledger_entries to be folded, read before
   */
  async after(asked: {
    accountId: string;
    offset: number | null;
    limit: number;
    next: number;
  }): Promise<StatementEntry[]> {
    const { accountId, offset, limit, next } = asked;
    const clause = offset === null ? { text: '', values: [] } : { text: 'AND "offset" >= ?', values: [offset] };
    // The line at the offset itself tells that no older month has any after it.
    const isEnough = (row: types.Row | undefined) => Number(row?.offset) === offset;
    const isCommitted = ({ written }: types.Row) => Number(written) <= timestampOf(next - 1);
    // More is read only where so many of the newest are still to be committed.
    for (let most = limit + 1 + uncommittedFew; ; most *= 4) {
      const rows = await this.#newest(accountId, { clause, limit: most, until: undefined, isEnough });
      const lines = rows.filter((row) => isCommitted(row) && Number(row.offset) !== offset);
      if (lines.length >= limit || rows.length < most) return lines.slice(0, limit).map(entryOf);
    }
  }

  /** By hour, stream and asset, over all partitions, oldest first. @param to exclusive @throws RangeError for too long a span */
  async revenue({ from, to }: { readonly from: number; readonly to: number }): Promise<HourlyRevenue[]> {
    const first = Math.floor(from / dayMs);
    const days = Array.from({ length: Math.max(0, Math.ceil(to / dayMs) - first) }, (_, i) => (first + i) * dayMs);
    if (days.length > revenueDaysMax) throw new RangeError(`more than ${revenueDaysMax} days`);
    const sums = new Map<string, { hour: number; stream: string; asset: string; amount: bigint; creator: bigint }>();
    for (const day of days) {
      for (const row of await this.#revenueOf(new Date(day).toISOString().slice(0, 10))) {
        const [hour, stream, asset] = [(row.hour as Date).getTime(), String(row.stream), String(row.asset)];
        if (hour < from || hour >= to) continue;
        const key = `${hour} ${stream} ${asset}`;
        const sum = sums.get(key) ?? { hour, stream, asset, amount: 0n, creator: 0n };
        sum.amount += BigInt(String(row.amount));
        sum.creator += BigInt(String(row.creator_amount));
        sums.set(key, sum);
      }
    }
    return [...sums]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { amount, creator, ...of }]) => ({ ...of, amount: `${amount}`, creatorAmount: `${creator}` }));
  }

  async #revenueOf(day: string): Promise<types.Row[]> {
    const query = `SELECT * FROM ${this.#keyspace()}.${revenueByHour.name} WHERE "partition" = ? AND day = ?`;
    const partitions = Array.from({ length: topics.ledger_entries.partitions }, (_, partition) => partition);
    const answers = await Promise.all(
      partitions.map((partition) => this.#parts.cassandra.execute(query, [partition, day], { prepare: true })),
    );
    return answers.flatMap(({ rows }) => rows);
  }

  /** From month to month, backwards, until there are enough. */
  async #newest(accountId: string, { clause, limit, until, isEnough = () => false }: Newest): Promise<types.Row[]> {
    const { states, cassandra } = this.#parts;
    const span = await states.state<Statement>('statements', 'ledger_entries', accountId);
    if (!span) return [];
    const from = `FROM ${this.#keyspace()}.${ledgerStatement.name} WHERE account_id = ? AND month = ?`;
    const query = `SELECT ${entryColumns}, WRITETIME(hash) AS written ${from} ${clause.text} LIMIT ? ${clause.ending ?? ''}`;
    const rows: types.Row[] = [];
    const oldest = monthNumber(span.oldestAt);
    let month = monthNumber(Math.min(span.newestAt, until ?? span.newestAt));
    for (
      let atOnce = 1;
      rows.length < limit && month >= oldest && !isEnough(rows.at(-1));
      atOnce = Math.min(2 * atOnce, monthsAtOnceMax)
    ) {
      const months = Array.from({ length: Math.min(atOnce, month - oldest + 1) }, (_, i) => month - i);
      const found = await Promise.all(
        months.map((number) => {
          const params = [accountId, monthOf(Date.UTC(1970, number)), ...clause.values, limit - rows.length];
          return cassandra.execute(query, params, { prepare: true, fetchSize: limit });
        }),
      );
      rows.push(...found.flatMap((answer) => answer.rows));
      month -= months.length;
    }
    return rows.slice(0, limit);
  }

  #keyspace(): string {
    return keyspaceOf(this.#parts.keyspace, this.#parts.generations.live('statements'));
  }
}

type Newest = {
  readonly clause: { readonly text: string; readonly values: readonly unknown[]; readonly ending?: string };
  readonly limit: number;
  readonly until: number | undefined;
  /** Whether no row beyond the last one found is wanted. */
  readonly isEnough?: (last: types.Row | undefined) => boolean;
};

const entryColumns = Object.keys(ledgerStatement.columns)
  .map((name) => `"${name}"`)
  .join(', ');

/** A time in the month that the row stands in. */
const cursorOf = (row: types.Row): StatementCursor => ({
  time: Math.max((row.time as Date).getTime(), Date.parse(`${row.month}-01`)),
  offset: Number(row.offset),
});

function monthNumber(timeMs: number): number {
  const date = new Date(timeMs);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

const entryOf = (row: types.Row): StatementEntry => ({
  partition: row.partition,
  offset: Number(row.offset),
  time: (row.time as Date).getTime(),
  kind: row.kind,
  outcome: row.outcome,
  reason: row.reason,
  transactionId: row.transaction_id,
  originalId: row.original_id,
  counterpartyId: row.counterparty_id,
  stream: row.stream,
  asset: row.asset,
  amount: row.amount === null ? null : String(row.amount),
  gross: row.gross === null || row.gross === undefined ? null : String(row.gross),
  giftType: row.gift_type,
  quantity: row.quantity,
  product: row.product,
  videoId: row.video_id,
  battleId: row.battle_id,
  postings: JSON.parse(row.postings),
  balances: JSON.parse(row.balances),
  hash: row.hash,
});
