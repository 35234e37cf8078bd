// Gifts: from request to settled answer and where that time goes, how many a second, and PostgreSQL doing the same double entry in between.
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { foldedGifts, ledgers } from './gift-fold.ts';
import { appendTimes, hearCommits, hopNames, hopsOf } from './gift-hops.ts';
import { closedLoop, openLoop, type Settled } from './gift-load.ts';
import { ownConfig, type Platform, startPlatform } from './gift-platform.ts';
import { Postgres, type PostgresRun } from './gift-postgres.ts';
import { median, percentile, table } from './table.ts';

const rates = [50, 200, 1_000];
/** Whose P50 has an aim. */
const usualRate = 200;
const seconds = 20;
const rounds = 3;
const saturation = { callers: 512, seconds: 8, warmUpSeconds: 2 };
const postgresSeconds = 6;
const postgresRuns: readonly PostgresRun[] = [
  { account: 'hot', waitsForDisk: true },
  { account: 'hot', waitsForDisk: false },
  { account: 'spread', waitsForDisk: true },
  { account: 'spread', waitsForDisk: false },
];

export async function gift(config: Config, log: Log): Promise<void> {
  const postgres = await Postgres.start();
  if (!postgres)
    process.stdout.write('PostgreSQL is not installed (initdb, postgres, psql, pgbench): its figures are left out.\n');
  const platform = await startPlatform(config, log);
  try {
    await latency(platform, log);
    await throughput({ platform, postgres, config, log });
  } finally {
    await platform.stop();
    await postgres?.stop();
  }
}

async function latency({ config, port }: Platform, log: Log): Promise<void> {
  await openLoop(port, { perSecond: 300, seconds: 10, round: 'warm' });
  const told = await hearCommits(config);
  const measured: { perSecond: number; settled: Settled[] }[] = [];
  for (const perSecond of rates)
    measured.push({ perSecond, settled: await openLoop(port, { perSecond, seconds, round: `at${perSecond}` }) });
  told.stop();
  const appended = await appendTimes(config, log);
  const cells = (values: number[]) => [0.5, 0.99].map((share) => percentile(values, share).toFixed(1));
  const rows = measured.map(({ perSecond, settled }) => {
    const hops = hopsOf(settled, told.at, appended);
    const whole = settled.map(({ asked, answered }) => answered - asked);
    const unsettled = perSecond * seconds - settled.length;
    return [
      `${perSecond} gifts/s`,
      String(unsettled),
      ...cells(whole),
      ...hopNames.flatMap((name) => cells(hops[name])),
    ];
  });
  const head = ['ms at', 'not settled', 'settled P50', 'P99', ...hopNames.flatMap((name) => [`${name} P50`, 'P99'])];
  const usual = measured.find(({ perSecond }) => perSecond === usualRate)?.settled ?? [];
  const times = usual.map(({ asked, answered }) => answered - asked);
  process.stdout.write(`${table(head, rows)}\ngift P50 ${percentile(times, 0.5).toFixed(1)} ms\n`);
}

type Beside = { platform: Platform; postgres: Postgres | null; config: Config; log: Log };

/** What PostgreSQL is asked for in each round; the short name heads the column of ratios to it. */
type Peer = { short: string; name: string; durability: string; run(round: number): Promise<number>; rates: number[] };

function peersOf(postgres: Postgres): Peer[] {
  const durabilityOf = (waitsForDisk: boolean) =>
    waitsForDisk ? 'fsync before each answer' : 'synchronous_commit=off';
  const behindHttp = [true, false].map((waitsForDisk): Peer => {
    const run = async (round: number) => {
      const server = await postgres.behindHttp(waitsForDisk);
      try {
        return await closedLoop(server.port, { ...saturation, round: `postgres${round}${waitsForDisk}` });
      } finally {
        await server.stop();
      }
    };
    const short = waitsForDisk ? 'http' : 'http, off';
    const name = 'PostgreSQL behind the same HTTP server, hot account';
    return { short, name, durability: durabilityOf(waitsForDisk), run, rates: [] };
  });
  const bare = postgresRuns.map((of): Peer => {
    const name = `PostgreSQL by pgbench, ${of.account === 'hot' ? 'one hot platform account' : 'platform account spread'}`;
    const short = `${of.account}${of.waitsForDisk ? '' : ', off'}`;
    const run = async () => postgres.benchmark(of, postgresSeconds);
    return { short, name, durability: durabilityOf(of.waitsForDisk), run, rates: [] };
  });
  return [...behindHttp, ...bare];
}

async function throughput({ platform, postgres, config, log }: Beside): Promise<void> {
  const http: number[] = [];
  const fold: number[] = [];
  const peers = postgres ? peersOf(postgres) : [];
  for (let round = 0; round < rounds; round++) {
    http.push(await closedLoop(platform.port, { ...saturation, round: `closed${round}` }));
    fold.push(await foldedGifts(ownConfig(config, `fold${round}`), log));
    for (const peer of peers) peer.rates.push(await peer.run(round));
  }
  const row = (name: string, durable: string, rates: readonly number[]) => [
    name,
    durable,
    ...[median(rates), Math.min(...rates), Math.max(...rates)].map((rate) => Math.round(rate).toLocaleString('en')),
    ...peers.map((peer) => `${(median(rates) / median(peer.rates)).toFixed(1)} ×`),
  ];
  const acknowledged = "Kafka's page cache";
  const rows = [
    row('gifts settled over HTTP', acknowledged, http),
    row(`fold of the log alone, ${ledgers} processes`, acknowledged, fold),
    ...peers.map(({ name, durability, rates }) => row(name, durability, rates)),
  ];
  const ratios = peers.map(({ short }) => `÷ ${short}`);
  process.stdout.write(table(['transactions/s', 'durable in', 'median', 'min', 'max', ...ratios], rows));
  process.stdout.write(`${postgres?.version ?? ''}\n${durability}\n`);
  const through = (ours: readonly number[], short: string) => {
    const peer = peers.find((one) => one.short === short);
    return peer ? (median(ours) / median(peer.rates)).toFixed(2) : 'none';
  };
  // Beside what promises as much as Kafka does: a killed process loses nothing that it has acknowledged.
  process.stdout.write(`gift fold ratio ${through(fold, 'hot, off')}\ngift ratio ${through(http, 'http, off')}\n`);
}

const durability = `A gift is two records here, the payer's and the creator's: a transaction counts when both are folded (fold) or when the payer's
is decided and committed to Redis (HTTP). Kafka acknowledges (acks=all, one broker) from the page cache: a killed process loses nothing, a power cut
may lose the last moments; synchronous_commit=off promises the same to a killed server but for its last moments.`;
