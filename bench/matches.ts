// A page of matches among 100,000 people of one city: our API over HTTP, beside PostgreSQL asked the same by pgbench, which needs no HTTP.
import { fillCity, idOf, pathOf, untilOffered } from './dating-platform.ts';
import { berlin, cityOf } from './dating-world.ts';
import { payers } from './gift-backlog.ts';
import { type Platform, startPlatform } from './gift-platform.ts';
import { HttpClient } from './http-client.ts';
import { type Closed, closedLoop, inTurn, openLoop } from './load.ts';
import { fillPeople, matchesQuery, settings } from './matches-postgres.ts';
import { PostgresCluster, postgresGap } from './postgres.ts';
import { type Benchmark, type Result, type Setting, short } from './result.ts';
import { median, percentile } from './table.ts';

const limit = 20;
const steadyPerSecond = 50;
const aims = { p50Ms: 10, ratio: 3 };
const callers = 32;
/** As many as keep its server processes busy on few cores. */
const postgresClients = 8;
const compared = 20;
/** Where the nearest end differs a little: by whole rings here, by so many people there. */
const alikeMin = 0.7;

type Page = { readonly matches: readonly { readonly user_id: string }[] };

const steady = { perSecond: steadyPerSecond };

async function latency({ port }: Platform, seconds: number): Promise<number[]> {
  const client = new HttpClient(port, 200);
  const times: number[] = [];
  await openLoop({ ...steady, seconds }, async (i, due) => {
    const { status, body } = await client.get(pathOf((i * 37) % payers));
    if (status !== 200) throw new Error(`no page: ${status} ${body.slice(0, 200)}`);
    times.push(performance.now() - due);
  });
  client.close();
  return times;
}

async function rate({ port }: Platform, loop: Closed): Promise<number> {
  const client = new HttpClient(port, callers);
  const perSecond = await closedLoop(loop, async (i) => {
    const { status } = await client.get(pathOf((i * 37) % payers));
    if (status !== 200) throw new Error(`no page: ${status}`);
    return 1;
  });
  client.close();
  return perSecond;
}

const scriptOf = (now: number): string =>
  `\\set viewer random(0, ${payers - 1})\n${matchesQuery(':viewer', now, limit).replaceAll('\n', ' ').trim()}\n`;

/** The part of a page that both show, of some users. @throws where they do not answer the same question */
async function alike({ port }: Platform, postgres: PostgresCluster, now: number): Promise<number> {
  const client = new HttpClient(port, 1);
  const parts: number[] = [];
  for (let n = 1; n <= compared; n++) {
    const { body } = await client.get(pathOf(n * 41));
    const ours = (JSON.parse(body) as Page).matches.map(({ user_id: id }) => id);
    const theirs = postgres.sql(matchesQuery(String((n * 41) % payers), now, limit)).split('\n');
    const ids = new Set(theirs.map((line) => line.split('|')[0]));
    if (ours.length > 0) parts.push(ours.filter((id) => ids.has(id)).length / ours.length);
  }
  client.close();
  const part = parts.reduce((sum, one) => sum + one, 0) / parts.length;
  if (!(part >= alikeMin)) throw new Error(`PostgreSQL shows only ${Math.round(100 * part)} % of whom we show`);
  return part;
}

async function run({ config, log, quick, say }: Setting): Promise<Result> {
  const [size, rounds, seconds, warmUpSeconds] = quick ? [10_000, 3, 4, 1] : [100_000, 5, 10, 3];
  const postgres = await PostgresCluster.start(settings);
  try {
    if (postgres) fillPeople(postgres, cityOf(berlin, size), idOf);
    say(`a city of ${size} people is being published`);
    const platform = await startPlatform(config, log, (own) => fillCity(own, log, size));
    try {
      await untilOffered(platform);
      await latency(platform, quick ? 5 : 15);
      const now = Date.now();
      const part = postgres && (await alike(platform, postgres, now));
      say(`${rounds} rounds of ${seconds} s each`);
      const loop = { callers, seconds, warmUpSeconds };
      const bench = async (clients: number) => postgres?.pgbench({ script: scriptOf(now), clients, seconds });
      const sides = {
        ours: async () => ({ times: await latency(platform, seconds), perSecond: await rate(platform, loop) }),
        postgres: async () => {
          const [alone, many] = [await bench(1), await bench(postgresClients)];
          return { times: alone ? [alone.meanMs] : [], perSecond: many?.perSecond ?? Number.NaN };
        },
      };
      return report(await inTurn(rounds, sides), { size, part, version: postgres?.version ?? null });
    } finally {
      await platform.stop();
    }
  } finally {
    await postgres?.stop();
  }
}

type Round = { readonly times: readonly number[]; readonly perSecond: number };
type About = { readonly size: number; readonly part: number | null; readonly version: string | null };

function report({ ours = [], postgres = [] }: Record<string, Round[]>, { size, part, version }: About): Result {
  const rateOf = (rounds: readonly Round[]) => median(rounds.map(({ perSecond }) => perSecond));
  const at = (share: number) => median(ours.map(({ times }) => percentile(times, share)));
  const mean = median(postgres.map(({ times }) => times[0] ?? Number.NaN));
  const ratio = version ? rateOf(ours) / rateOf(postgres) : null;
  const spread = (rounds: readonly Round[]) => {
    const rates = rounds.map(({ perSecond }) => perSecond);
    return [median(rates), Math.min(...rates), Math.max(...rates)].map(short);
  };
  const people = size.toLocaleString('en');
  return {
    ratio,
    aims: [
      {
        what: `P50 at ${steadyPerSecond}/s among ${people}`,
        value: at(0.5),
        unit: 'ms',
        bound: 'at most',
        aim: aims.p50Ms,
      },
      {
        what: 'pages/s through those of PostgreSQL',
        value: ratio ?? Number.NaN,
        unit: '×',
        bound: 'at least',
        aim: aims.ratio,
      },
    ],
    tables: [
      {
        title: `a page of ${limit} among ${people} people of one city; medians of ${ours.length} rounds`,
        head: ['', 'ms', 'P99 ms', 'pages/s', 'min', 'max'],
        rows: [
          [
            `ours over HTTP, ${callers} callers; P50 at ${steadyPerSecond}/s`,
            at(0.5).toFixed(1),
            at(0.99).toFixed(1),
            ...spread(ours),
          ],
          ...(version
            ? [
                [
                  `PostgreSQL by pgbench, ${postgresClients} clients; mean of one client`,
                  mean.toFixed(1),
                  '–',
                  ...spread(postgres),
                ],
              ]
            : []),
        ],
      },
    ],
    charts: [
      {
        kind: 'bars',
        title: `Pages of matches a second among ${people} people`,
        unit: 'pages/s',
        labels: ['ours over HTTP', ...(version ? ['PostgreSQL by pgbench'] : [])],
        series: [{ name: 'median', values: [rateOf(ours), ...(version ? [rateOf(postgres)] : [])] }],
      },
    ],
    notes: version
      ? [
          `${version}. Of ${compared} users' pages both show ${Math.round(100 * (part ?? 0))} % the same people. PostgreSQL is asked without HTTP, gives no reasons, and has both cores; our API is one process that explains each match, with its client on the same cores.`,
        ]
      : [],
    gaps: version ? ['neither side knows online times or a model of personality here'] : [postgresGap],
  };
}

export const matches: Benchmark = {
  title: 'A page of matches of a user among 100,000 profiles',
  peer: 'the same query in PostgreSQL with its best index',
  run,
};
