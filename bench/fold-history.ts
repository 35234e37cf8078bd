// How many Avro events one processor process folds into history with its rows, beside a bare driver loop that writes the same rows.
import { createCassandra } from '../infra/cassandra.ts';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { history } from '../processors/history/processor.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import { dropBacklog, ownBacklog } from './backlog.ts';
import { bareRows } from './bare-rows.ts';
import { foldBacklog } from './fold-backlog.ts';
import { median, spreadOf, table } from './table.ts';

const size = { events: 100_000, users: 10_000, videos: 5_000 };
const rounds = 3;

export async function historyRows(config: Config, log: Log): Promise<void> {
  const rows: Record<'history with rows' | 'bare driver loop', number[]> = {
    'history with rows': [],
    'bare driver loop': [],
  };
  for (let round = 0; round < rounds; round++) {
    const backlog = await ownBacklog(config, log, { ...size, seed: round + 1 });
    const cassandra = createCassandra(backlog.config, log);
    await cassandra.connect();
    rows['bare driver loop'].push(await bareRows(backlog, cassandra));
    const processor = history as unknown as Processor;
    const { perSecond } = await foldBacklog({ config: backlog.config, log, cassandra, processor });
    rows['history with rows'].push(perSecond);
    await cassandra.shutdown();
    await dropBacklog(backlog, log);
  }
  const lines = Object.entries(rows).map(([name, rates]) => [name, ...spreadOf(rates)]);
  process.stdout.write(table(['events/s', 'median', 'min', 'max'], lines));
  const ratio = median(rows['history with rows']) / median(rows['bare driver loop']);
  process.stdout.write(`history ratio ${ratio.toFixed(2)}\n`);
}
