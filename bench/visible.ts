// From POST to visible at a fixed rate: each view is posted at its time and read back from the history by its token; beside kafkajs alone, from produce to handler.
import { createKafka, explicitPartition, partitionOf, topicIn } from '../infra/kafka.ts';
import { topics } from '../schemas/topics.ts';
import { type Platform, startPlatform } from './gift-platform.ts';
import { HttpClient } from './http-client.ts';
import { inTurn, openLoop, type Rate } from './load.ts';
import { cpuSecondsOf } from './process-cost.ts';
import { type Benchmark, type Result, type Setting, short, type Table } from './result.ts';
import { median, percentile } from './table.ts';

/** What a platform does that has time left, and the rate of the aim. */
const rates = [200, 1_000] as const;
const aimRate = 1_000;
const warmUpRate = 200;
const aimMs = 5;
/** Each of them does something every five seconds at most, so that what is read back is among the five latest. */
const users = 5_000;
const connectionsMax = 2_000;
const shares = [0.5, 0.9, 0.99];
/** About the bytes of one event in Avro. */
const value = Buffer.alloc(120, 7);

/** ms from when an event was due. */
type Timed = 'posted' | 'visible';
type Times = { readonly posted: number[]; readonly visible: number[]; late: number };
const noTimes = (): Times => ({ posted: [], visible: [], late: 0 });
/** Too much work for the platform just now: not read in time, refused, or not visible within the API's patience. */
const lateStatuses = [0, 408, 503, 504];
/** A connection that broke off. */
const unanswered = ({ message }: Error) => ({ status: 0, body: message });

/** Percentiles count what did not come in time as the slowest. */
function never(times: Times, which: readonly Timed[]): void {
  times.late += 1;
  for (const one of which) times[one].push(Number.POSITIVE_INFINITY);
}

async function ours(port: number, rate: Rate): Promise<Times> {
  const times = noTimes();
  const client = new HttpClient(port, connectionsMax);
  await openLoop(rate, async (i, due) => {
    const user = `bench_user_${i % users}`;
    const event = { userId: user, videoId: `video${1 + (i % 60)}`, watchDurationMs: 1_000 + i };
    const answer = await client.post('/api/demo/track-view', {}, JSON.stringify(event)).catch(unanswered);
    if (lateStatuses.includes(answer.status)) return never(times, ['posted', 'visible']);
    if (answer.status >= 300) throw new Error(`a view was refused: ${answer.status} ${answer.body.slice(0, 200)}`);
    times.posted.push(performance.now() - due);
    const { event_id: id, token } = JSON.parse(answer.body) as { event_id: string; token: string };
    const read = await client
      .get(`/api/users/${user}/history?limit=5&token=${encodeURIComponent(token)}`)
      .catch(unanswered);
    if (lateStatuses.includes(read.status)) return never(times, ['visible']);
    times.visible.push(performance.now() - due);
    if (!read.body.includes(id)) throw new Error(`event ${id} is not in the history: ${read.body.slice(0, 200)}`);
  });
  client.close();
  return times;
}

/** A topic that nobody folds, one producer, one consumer that does nothing but look at the clock. */
async function bareHop({ config, log }: Setting): Promise<{ run(rate: Rate): Promise<Times>; stop(): Promise<void> }> {
  const kafka = createKafka(config, log, 'bench-visible');
  const name = `bench${process.pid}_visible`;
  const topic = topicIn(`${name}_`, 'user_activity');
  const { partitions } = topics.user_activity;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  const producer = kafka.producer({ createPartitioner: explicitPartition });
  const consumer = kafka.consumer({ groupId: name });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topic, fromBeginning: true });
  const waiting = new Map<string, () => void>();
  // A commit of its place after every batch would be most of its time.
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { headers } of batch.messages) waiting.get(String(headers?.id))?.();
    },
  });
  let sent = 0;
  const run = async (rate: Rate) => {
    const times = noTimes();
    await openLoop(rate, async (i, due) => {
      const [id, key] = [String(sent++), `bench_user_${i % users}`];
      const handled = new Promise<void>((resolve) => waiting.set(id, resolve));
      const partition = partitionOf(key, partitions);
      await producer.send({ topic, acks: -1, messages: [{ key, value, partition, headers: { id } }] });
      times.posted.push(performance.now() - due);
      await handled;
      waiting.delete(id);
      times.visible.push(performance.now() - due);
    });
    return times;
  };
  const stop = async () => {
    await Promise.all([producer.disconnect(), consumer.disconnect()]);
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  };
  return { run, stop };
}

type Cost = { readonly api: number; readonly processors: number; readonly load: number };
type Round = Times & { readonly cost: Cost };
type Measured = { readonly rate: Rate; readonly ours: readonly Round[]; readonly bare: readonly Round[] };

async function run(setting: Setting): Promise<Result> {
  const { config, log, quick, say } = setting;
  const seconds = quick ? 4 : 10;
  const rounds = Number(process.env.BENCH_ROUNDS ?? (quick ? 3 : 5));
  const platform = await startPlatform(config, log);
  const bare = await bareHop(setting);
  try {
    await ours(platform.port, { perSecond: warmUpRate, seconds: quick ? 5 : 15 });
    await bare.run({ perSecond: warmUpRate, seconds: 3 });
    say(`warm; ${rounds} rounds of ${seconds} s each, at each rate`);
    const measured: Measured[] = [];
    for (const perSecond of rates) {
      const rate = { perSecond, seconds };
      const { ours: byOurs = [], bare: byBare = [] } = await inTurn(rounds, {
        ours: () => withCost(platform, rate, () => ours(platform.port, rate)),
        bare: () => withCost(platform, rate, () => bare.run(rate)),
      });
      measured.push({ rate, ours: byOurs, bare: byBare });
    }
    return report(measured);
  } finally {
    await bare.stop();
    await platform.stop();
  }
}

/** µs of CPU an event that each process takes meanwhile; the load's are those of this one. */
async function withCost({ pids }: Platform, rate: Rate, measure: () => Promise<Times>): Promise<Round> {
  const used = () => [pids.api, pids.processors, process.pid].map((pid) => cpuSecondsOf(pid) ?? Number.NaN);
  const before = used();
  const times = await measure();
  const [api = 0, processors = 0, load = 0] = used().map(
    (seconds, i) => (1e6 * (seconds - (before[i] ?? 0))) / (rate.perSecond * rate.seconds),
  );
  return { ...times, cost: { api, processors, load } };
}

const lines = [
  { name: 'ours: POST acknowledged', side: 'ours', which: 'posted' },
  { name: 'ours: visible in the history', side: 'ours', which: 'visible' },
  { name: 'kafkajs: produce acknowledged', side: 'bare', which: 'posted' },
  { name: 'kafkajs: in the handler', side: 'bare', which: 'visible' },
] as const;

const over = (rounds: readonly Round[], which: Timed, share: number) =>
  median(rounds.map((round) => percentile(round[which], share)));

const titled = ({ perSecond }: Rate) => `${perSecond.toLocaleString('en')} events/s`;

function timesOf(measured: Measured): Table {
  const spread = (rounds: readonly Round[], which: Timed) => {
    const medians = rounds.map((round) => percentile(round[which], 0.5));
    return `${short(Math.min(...medians))} to ${short(Math.max(...medians))}`;
  };
  return {
    title: `ms at ${titled(measured.rate)}; medians of ${measured.ours.length} rounds of ${measured.rate.seconds} s`,
    head: ['', 'P50', 'P90', 'P99', 'P50 by round', 'not in time'],
    rows: lines.map(({ name, side, which }) => [
      name,
      ...shares.map((share) => over(measured[side], which, share).toFixed(1)),
      spread(measured[side], which),
      String(measured[side].reduce((sum, { late }) => sum + late, 0)),
    ]),
  };
}

function costsOf(all: readonly Measured[]): Table {
  const of = (rounds: readonly Round[], part: keyof Cost) => median(rounds.map(({ cost }) => cost[part])).toFixed(0);
  return {
    title: 'µs of CPU an event',
    head: ['', 'API', 'processors', 'load'],
    rows: all.flatMap(({ rate, ours, bare }) => [
      [`ours, ${titled(rate)}`, of(ours, 'api'), of(ours, 'processors'), of(ours, 'load')],
      [`kafkajs, ${titled(rate)}`, '', '', of(bare, 'load')],
    ]),
  };
}

function report(all: readonly Measured[]): Result {
  const behind = ({ ours, bare }: Measured) => over(ours, 'visible', 0.5) - over(bare, 'visible', 0.5);
  const aimed = all.find(({ rate }) => rate.perSecond === aimRate) as Measured;
  const late = all.flatMap(({ ours }) => ours).reduce((sum, round) => sum + round.late, 0);
  return {
    ratio: over(aimed.bare, 'visible', 0.5) / over(aimed.ours, 'visible', 0.5),
    aims: all.map((measured) => ({
      what: `P50 of visible less that of the bare handler, at ${titled(measured.rate)}`,
      value: behind(measured),
      unit: 'ms',
      bound: 'at most',
      aim: aimMs,
    })),
    tables: [...all.map(timesOf), costsOf(all)],
    charts: all.map((measured) => ({
      kind: 'bars',
      title: `From an event to whoever reads it, at ${titled(measured.rate)}`,
      unit: 'ms',
      labels: shares.map((share) => `P${100 * share}`),
      series: lines
        .filter(({ which }) => which === 'visible')
        .map(({ name, side, which }) => ({ name, values: shares.map((share) => over(measured[side], which, share)) })),
    })),
    notes: [
      'Times count from when an event was due. Each of ours is two HTTP requests (the POST and the read that waits for its token); the bare way is one produce and one consumer in the same process.',
    ],
    gaps: late > 0 ? [`${late} events were refused or not visible in time: they count as the slowest`] : [],
  };
}

export const visible: Benchmark = {
  title: 'From an event to its visible projection',
  peer: 'kafkajs alone, from produce to handler',
  run,
};
