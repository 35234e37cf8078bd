// The limit of what rows can cost: the same history rows, batched the same way, written by nothing but the driver.
import type { Client } from 'cassandra-driver';
import { historyRow, monthOf, userSwipeHistory } from '../projections/history.ts';
import type { Backlog } from './backlog.ts';

const rowsAtATime = 2_000;
const batchesInFlight = 64;

/** Writes every event's row; answers rows/s. */
export async function bareRows({ config, events }: Backlog, client: Client): Promise<number> {
  const columns = Object.keys(userSwipeHistory.columns);
  const query = `INSERT INTO ${config.cassandra.keyspace}.user_swipe_history (${columns.map((c) => `"${c}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) USING TIMESTAMP ?`;
  const startedAt = performance.now();
  for (let i = 0; i < events.length; i += rowsAtATime) {
    const byUser = new Map<string, { query: string; params: unknown[] }[]>();
    events.slice(i, i + rowsAtATime).forEach((event, j) => {
      const write = historyRow(event, { topic: 'user_activity', partition: 0, offset: i + j, now: event.occurredAt });
      if (write.kind !== 'row') return;
      const key = `${event.userId} ${monthOf(event.occurredAt)}`;
      const params = [...columns.map((c) => write.row[c] ?? null), 2 * (i + j) + 1];
      byUser.set(key, [...(byUser.get(key) ?? []), { query, params }]);
    });
    const batches = [...byUser.values()];
    let next = 0;
    const worker = async () => {
      while (next < batches.length) await client.batch(batches[next++] ?? [], { prepare: true, logged: false });
    };
    await Promise.all(Array.from({ length: batchesInFlight }, worker));
  }
  return events.length / ((performance.now() - startedAt) / 1_000);
}
