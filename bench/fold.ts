// How many Avro events one processor process folds: states only, then with rows beside a bare driver loop that writes the same rows.
import { createCassandra } from '../infra/cassandra.ts';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { provision } from '../infra/provision.ts';
import { engagement } from '../processors/engagement/processor.ts';
import { history } from '../processors/history/processor.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import { trending } from '../processors/trending/processor.ts';
import { type Backlog, dropBacklog, fillBacklog } from './backlog.ts';
import { bareRows } from './bare-rows.ts';
import { foldBacklog } from './fold-backlog.ts';
import { median, table } from './table.ts';

const events = 200_000;
const rowEvents = 100_000;
const rounds = 3;

export async function fold(config: Config, log: Log): Promise<void> {
  const states: Record<string, number[]> = {};
  const rows: Record<'history with rows' | 'bare driver loop', number[]> = {
    'history with rows': [],
    'bare driver loop': [],
  };
  for (let round = 0; round < rounds; round++) {
    const backlog = await prepare(config, log, { events, round });
    // history fills video_engagement, which the other two then fold.
    for (const processor of [history, engagement, trending] as unknown as Processor[]) {
      const { perSecond } = await foldBacklog({ config: backlog.config, log, cassandra: null, processor });
      states[processor.name] = [...(states[processor.name] ?? []), perSecond];
    }
    await dropBacklog(backlog, log);
    const withRows = await prepare(config, log, { events: rowEvents, round: round + 100 });
    const cassandra = createCassandra(withRows.config, log);
    await cassandra.connect();
    rows['bare driver loop'].push(await bareRows(withRows, cassandra));
    rows['history with rows'].push(
      (await foldBacklog({ config: withRows.config, log, cassandra, processor: history as unknown as Processor }))
        .perSecond,
    );
    await cassandra.shutdown();
    await dropBacklog(withRows, log);
  }
  const line = ([name, rates]: [string, number[]]) => [
    name,
    ...[median(rates), Math.min(...rates), Math.max(...rates)].map((n) => Math.round(n).toLocaleString('en')),
  ];
  process.stdout.write(
    table(['events/s', 'median', 'min', 'max'], [...Object.entries(states), ...Object.entries(rows)].map(line)),
  );
  const ratio = median(rows['history with rows']) / median(rows['bare driver loop']);
  process.stdout.write(`rows ratio ${ratio.toFixed(2)}\nfold ${Math.round(median(states.engagement ?? [0]))}\n`);
}

async function prepare(
  config: Config,
  log: Log,
  { events: count, round }: { events: number; round: number },
): Promise<Backlog> {
  const name = `bench${process.pid}_${round}`;
  const own: Config = { ...config, namespace: `${name}_`, cassandra: { ...config.cassandra, keyspace: name } };
  await provision(own, log);
  return fillBacklog(own, log, { events: count, users: 10_000, videos: 5_000, seed: round + 1 });
}
