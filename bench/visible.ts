// From POST to visible at a fixed rate: each view is posted at its time and read back from the history by its token; beside kafkajs alone, from produce to handler.
import { createKafka, explicitPartition, partitionOf, topicIn } from '../infra/kafka.ts';
import { topics } from '../schemas/topics.ts';
import { startPlatform } from './gift-platform.ts';
import { HttpClient } from './http-client.ts';
import { inTurn, openLoop, type Rate } from './load.ts';
import { type Benchmark, type Result, type Setting, short } from './result.ts';
import { median, percentile } from './table.ts';

const rates = { whole: 1_000, quick: 200 };
const aimMs = 5;
const users = 500;
const connectionsMax = 2_000;
const shares = [0.5, 0.9, 0.99];
/** About the bytes of one event in Avro. */
const value = Buffer.alloc(120, 7);

/** ms from when an event was due. */
type Timed = 'posted' | 'visible';
type Times = { readonly posted: number[]; readonly visible: number[]; late: number };
const noTimes = (): Times => ({ posted: [], visible: [], late: 0 });
/** Too much work for the platform just now, and an event that is not visible within the API's patience. */
const lateStatuses = [0, 503, 504];
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
    // A user's five latest: at this rate two events of one user are half a second apart.
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

async function run(setting: Setting): Promise<Result> {
  const { config, log, quick, say } = setting;
  const [rounds, seconds] = quick ? [3, 4] : [5, 15];
  const platform = await startPlatform(config, log);
  const bare = await bareHop(setting);
  try {
    const rate = { perSecond: quick ? rates.quick : rates.whole, seconds };
    await ours(platform.port, { perSecond: rates.quick, seconds: quick ? 5 : 15 });
    await bare.run({ perSecond: rates.quick, seconds: 3 });
    say(`warm; ${rounds} rounds of ${seconds} s each`);
    const sides = { ours: () => ours(platform.port, rate), bare: () => bare.run(rate) };
    return report(await inTurn(rounds, sides), rate);
  } finally {
    await bare.stop();
    await platform.stop();
  }
}

function report({ ours = [], bare = [] }: Record<string, Times[]>, { perSecond }: Rate): Result {
  const of = (rounds: readonly Times[], which: Timed, share: number) =>
    median(rounds.map((round) => percentile(round[which], share)));
  const lines = [
    { name: 'ours: POST acknowledged', rounds: ours, which: 'posted' },
    { name: 'ours: visible in the history', rounds: ours, which: 'visible' },
    { name: 'kafkajs: produce acknowledged', rounds: bare, which: 'posted' },
    { name: 'kafkajs: in the handler', rounds: bare, which: 'visible' },
  ] as const;
  const spread = (rounds: readonly Times[], which: Timed) => {
    const medians = rounds.map((round) => percentile(round[which], 0.5));
    return `${short(Math.min(...medians))} to ${short(Math.max(...medians))}`;
  };
  const late = ours.reduce((sum, round) => sum + round.late, 0);
  const behind = of(ours, 'visible', 0.5) - of(bare, 'visible', 0.5);
  return {
    ratio: of(bare, 'visible', 0.5) / of(ours, 'visible', 0.5),
    aims: [
      {
        what: `P50 of visible less that of the bare handler, at ${perSecond.toLocaleString('en')}/s`,
        value: behind,
        unit: 'ms',
        bound: 'at most',
        aim: aimMs,
      },
    ],
    tables: [
      {
        title: `ms at ${perSecond.toLocaleString('en')} events/s; medians of ${ours.length} rounds`,
        head: ['', 'P50', 'P90', 'P99', 'P50 by round', 'not in time'],
        rows: lines.map(({ name, rounds, which }) => [
          name,
          ...shares.map((share) => of(rounds, which, share).toFixed(1)),
          spread(rounds, which),
          String(rounds.reduce((sum, { late }) => sum + late, 0)),
        ]),
      },
    ],
    charts: [
      {
        kind: 'bars',
        title: `From an event to whoever reads it, at ${perSecond.toLocaleString('en')} events/s`,
        unit: 'ms',
        labels: shares.map((share) => `P${100 * share}`),
        series: lines
          .filter(({ which }) => which === 'visible')
          .map(({ name, rounds, which }) => ({ name, values: shares.map((share) => of(rounds, which, share)) })),
      },
    ],
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
