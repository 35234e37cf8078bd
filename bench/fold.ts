// How many Avro events become history, interests and engagement, effectively once: one processor process of ours beside Kafka Streams, in turn.
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { dropBacklog, environmentOf, ownBacklog } from './backlog.ts';
import { compareStates } from './fold-check.ts';
import { FoldChild, type FoldCost } from './fold-child.ts';
import { KafkaStreamsApplication, tuned } from './peers/kafka-streams/application.ts';
import { type Built, built } from './peers/kafka-streams/built.ts';
import { listenerAt } from './process-cost.ts';
import { median, spreadOf, table } from './table.ts';

const size = { events: Number(process.env.FOLD_EVENTS ?? 500_000), users: 10_000, videos: 5_000 };
const rounds = Number(process.env.FOLD_ROUNDS ?? 3);
/** Of ours as many as the peer has: one for each processor, unless another number is asked for. */
const threads = process.env.PROCESSOR_THREADS ?? '2';
/** As `npm start` runs its one thread; of several each has a heap of its own, which is kept smaller. */
const heapFlags =
  threads === '1' ? ['--max-semi-space-size=64'] : ['--max-semi-space-size=32', '--heap-growing-percent=80'];
const nodeFlags = [...heapFlags, '--import', 'tsx'];
/** Where CPU profiles of our side go, if they are wanted: they cost time. */
const profiles = process.env.FOLD_PROFILES;

type Sides = { readonly ours: FoldCost[]; readonly theirs: FoldCost[] };

export async function fold(config: Config, log: Log): Promise<void> {
  const peer = await built();
  const sides: Sides = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    const backlog = await ownBacklog(config, log, { ...size, seed: round + 1 });
    try {
      await oneRound(backlog.config, log, { peer, sides });
      process.stdout.write(
        `round ${round + 1}: ours ${said(sides.ours.at(-1))}, Kafka Streams ${said(sides.theirs.at(-1))}\n`,
      );
    } finally {
      // What could not be taken away must not hide why a round failed.
      await dropBacklog(backlog, log).catch((error) => process.stderr.write(`left behind: ${error}\n`));
    }
  }
  report(sides, peer);
}

const said = (cost: FoldCost | undefined): string =>
  cost ? `${Math.round(cost.perSecond)} events/s, ${cost.cpuSeconds.toFixed(1)} CPU s` : 'not measured';

async function oneRound(config: Config, log: Log, { peer, sides }: { peer: Built | string; sides: Sides }) {
  const others = {
    redis: listenerAt(new URL(config.redis.url).host),
    kafka: listenerAt(config.kafka.brokers[0] ?? ''),
  };
  const profiling = profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [];
  const args = [...profiling, ...nodeFlags, 'bench/fold-process.ts', String(size.events)];
  const ours = new FoldChild(process.execPath, args, { ...environmentOf(config), PROCESSOR_THREADS: threads });
  try {
    sides.ours.push(await ours.folds(others));
  } finally {
    await ours.stop();
  }
  if (typeof peer === 'string') return;
  const application = new KafkaStreamsApplication(peer, config);
  const theirs = application.start(size.events);
  try {
    await theirs.says('running');
    sides.theirs.push(await theirs.folds(others));
    await compareStates(config, theirs);
  } finally {
    await theirs.stop();
    await application.remove(log);
  }
}

function report({ ours, theirs }: Sides, peer: Built | string): void {
  const head = ['', 'events/s', 'min', 'max', '2nd half', 'CPU s', 'CPU s Redis', 'CPU s Kafka', 'peak MiB'];
  const rows = [row('ours', ours), ...(theirs.length > 0 ? [row('Kafka Streams', theirs)] : [])];
  process.stdout.write(
    `${size.events.toLocaleString('en')} events, ${rounds} rounds in turn; CPU of Redis and Kafka is the whole server’s meanwhile\n`,
  );
  process.stdout.write(table(head, rows));
  if (typeof peer === 'string') {
    process.stdout.write(`${peer}\nfold ratio none\n`);
    return;
  }
  process.stdout.write(`Kafka Streams with ${JSON.stringify(tuned)}\n`);
  const of = (pick: (cost: FoldCost) => number) => median(ours.map(pick)) / median(theirs.map(pick));
  const all = ({ cpuSeconds, othersCpuSeconds: { redis, kafka } }: FoldCost) =>
    cpuSeconds + (redis ?? 0) + (kafka ?? 0);
  process.stdout.write(`second half ratio ${of(({ secondHalf }) => secondHalf).toFixed(2)}\n`);
  process.stdout.write(
    `events per CPU second of the process, ratio ${(1 / of(({ cpuSeconds }) => cpuSeconds)).toFixed(2)}\n`,
  );
  process.stdout.write(`events per CPU second with Redis and Kafka, ratio ${(1 / of(all)).toFixed(2)}\n`);
  process.stdout.write(`memory ratio ${of(({ memoryMiB }) => memoryMiB ?? Number.NaN).toFixed(2)}\n`);
  process.stdout.write(`fold ratio ${of(({ perSecond }) => perSecond).toFixed(2)}\n`);
}

function row(name: string, costs: readonly FoldCost[]): string[] {
  const of = (pick: (cost: FoldCost) => number | null | undefined) => {
    const values = costs.map(pick).filter((value) => typeof value === 'number');
    return values.length === 0 ? 'unknown' : median(values).toFixed(1);
  };
  return [
    name,
    ...spreadOf(costs.map(({ perSecond }) => perSecond)),
    Math.round(median(costs.map(({ secondHalf }) => secondHalf))).toLocaleString('en'),
    of(({ cpuSeconds }) => cpuSeconds),
    of(({ othersCpuSeconds }) => othersCpuSeconds.redis),
    of(({ othersCpuSeconds }) => othersCpuSeconds.kafka),
    of(({ memoryMiB }) => memoryMiB),
  ];
}
