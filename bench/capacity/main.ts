// The benchmark `capacity`: measures what a unit of each work costs, checks the model on loads that it was not made from, and says what the loads of a large service would take.
import { seeded } from '../../producers/simulate/random.ts';
import { type Benchmark, type Result, type Setting, short, type Table } from '../result.ts';
import { feedPoints, type Point } from './feed-points.ts';
import { type Demand, each, hottestPartition, servers, tiersFor, totalOf, type Units } from './model.ts';
import { type SocketPoints, socketPoints } from './socket-points.ts';

const seed = 4_711;
const errorMax = 0.15;
const demand: Demand = {
  ...{ sockets: 100e6, calls: 50_000, rows: 1e6, messages: 2e6, rowsPerEvent: 1 },
  ...{ stormShare: 0.1, stormSeconds: 60, replicas: 3, zones: 3 },
  ...{ node: { cores: 16, gibibytes: 64 }, fullest: 0.7, pageMs: 50 },
};
/** Who owns a partition folds it alone: 100 million users are many keys, the videos that are watched just now are few. */
const skews = [
  { of: 'users', keys: 100e6, exponent: 0.5 },
  { of: 'videos', keys: 1e6, exponent: 0.8 },
] as const;
const partitionCounts = [64, 256, 1_024];

type Check = { readonly what: string; readonly predicted: number; readonly measured: number };

async function run({ config, log, quick, say }: Setting): Promise<Result> {
  const sizes = quick ? { seconds: 4, bulkEvents: 10_000 } : { seconds: 15, bulkEvents: 120_000 };
  const sockets = await socketPoints();
  say(`a socket ${sockets.socketKb.toFixed(1)} KB, a message ${sockets.pushMicros.toFixed(1)} µs`);
  const feed = await feedPoints({ config, log, say }, sizes);
  const { socketKb, handshakeMicros, pushMicros } = sockets;
  const units: Units = { ...feed.units, socketKb, handshakeMicros, pushMicros };
  const checks = [...checksOf(sockets), ...feed.points.map(checkOf)];
  return {
    ratio: null,
    aims: checks.map((check) => ({
      what: `error of ${check.what}`,
      value: errorOf(check),
      unit: '',
      bound: 'at most',
      aim: errorMax,
    })),
    tables: [unitsTable(units), checksTable(checks), serversTable(feed.points), tiersTable(units), skewTable(units)],
    charts: [],
    notes: [
      `Every API process hears of every event, as it keeps the figures of all live videos: at most ${short(heardPerSecond(units))} events/s at ${100 * demand.fullest} % of its core, whatever the number of processes. The model leaves that out of its tiers: it is the first that would have to change.`,
      `The last two tables are a model: costs of this machine, times how many there would be, on machines of ${demand.node.cores} such cores and ${demand.node.gibibytes} GiB in ${demand.zones} zones, no fuller than ${100 * demand.fullest} % with one zone lost. Nothing was run at that size. What it leaves out stands in docs/capacity.md.`,
    ],
    gaps: [],
  };
}

const heardPerSecond = ({ bulkEvent }: Units): number => (1e6 / bulkEvent.API) * demand.fullest;
const errorOf = ({ predicted, measured }: Check): number => Math.abs(predicted / measured - 1);
const checkOf = ({ what, predicted, measured }: Point): Check => ({
  what,
  predicted: totalOf(predicted),
  measured: totalOf(measured),
});

const checksOf = ({ many }: SocketPoints): Check[] => [
  {
    what: `${many.sockets.toLocaleString('en')} sockets, MiB`,
    predicted: many.predictedMiB,
    measured: many.measuredMiB,
  },
  {
    what: `${short(many.messagesPerSecond)} messages/s, cores`,
    predicted: many.predictedCores,
    measured: many.measuredCores,
  },
];

function unitsTable({ idle, readyPage, rankedPage, lonelyEvents, bulkEvent, ...rest }: Units): Table {
  const lonelyEvent = (perSecond: number) =>
    each((s) => lonelyEvents.cores[s] * perSecond ** (lonelyEvents.exponent[s] - 1) * 1e6);
  const row = (name: string, costs: typeof idle) => [name, ...servers.map((server) => short(costs[server]))];
  const one = (name: string, micros: number) => [name, short(micros), ...servers.slice(1).map(() => '')];
  return {
    title: `Costs of one unit of work: CPU µs; a socket kept is ${rest.socketKb.toFixed(1)} KB`,
    head: ['', ...servers],
    rows: [
      row('a page that is ready', readyPage),
      row('a page ranked anew, beyond that', rankedPage),
      row('an event, 100 a second', lonelyEvent(100)),
      row('an event, 200 a second', lonelyEvent(200)),
      row('an event of many', bulkEvent),
      one('an event posted in a batch, with that', rest.postedEvent),
      one('a message pushed', rest.pushMicros),
      one('a socket opened', rest.handshakeMicros),
      ['cores used by nothing', ...servers.map((server) => idle[server].toFixed(3))],
    ],
  };
}

const checksTable = (checks: readonly Check[]): Table => ({
  title: 'Loads that the costs were not taken from: all servers together',
  head: ['', 'predicted', 'measured', 'error'],
  rows: checks.map((check) => [
    check.what,
    short(check.predicted),
    short(check.measured),
    `${Math.round(100 * errorOf(check))} %`,
  ]),
});

const serversTable = (points: readonly Point[]): Table => ({
  title: 'The same by server: predicted / measured',
  head: ['', ...servers],
  rows: points.map(({ what, predicted, measured }) => [
    what,
    ...servers.map((server) => `${short(predicted[server])} / ${short(measured[server])}`),
  ]),
});

function tiersTable(units: Units): Table {
  const tiers = tiersFor(units, demand, seeded(seed));
  const whole = (count: number) => Math.ceil(count).toLocaleString('en');
  const { sockets, calls, rows, messages } = demand;
  const asked = `${short(sockets / 1e6)} million sockets, ${whole(calls)} pages/s, ${whole(rows)} rows/s, ${whole(messages)} messages/s`;
  return {
    title: `Model: ${asked}`,
    head: ['tier', 'cores', 'GiB', 'machines', 'because'],
    rows: [
      ...tiers.map(({ name, cores, gibibytes, nodes, because }) => [
        ...[name, whole(cores), gibibytes > 0 ? whole(gibibytes) : '–', whole(nodes), because],
      ]),
      [
        'all',
        whole(tiers.reduce((sum, { cores }) => sum + cores, 0)),
        '',
        whole(tiers.reduce((sum, { nodes }) => sum + nodes, 0)),
        '',
      ],
    ],
  };
}

/** How many partitions one event a second for each of a million needs, if its owner is one event loop. */
function skewTable({ bulkEvent }: Units): Table {
  const ownerPerSecond = (1e6 / bulkEvent.processors) * demand.fullest;
  const events = demand.rows / demand.rowsPerEvent;
  const random = seeded(seed);
  return {
    title: `Model: events/s in the fullest partition; an owner folds ${short(ownerPerSecond)} at ${100 * demand.fullest} % of a core`,
    head: ['keys', ...partitionCounts.map((count) => `${count.toLocaleString('en')} partitions`)],
    rows: skews.map(({ of, keys, exponent }) => [
      `${short(keys / 1e6)} million ${of}, Zipf ${exponent}`,
      ...partitionCounts.map((partitions) => short(events * hottestPartition({ partitions, keys, exponent }, random))),
    ]),
  };
}

export const capacity: Benchmark = {
  title: 'A model of what a large service would take',
  peer: 'itself at other loads',
  run,
};
