// A model of what a load would take: the costs of one unit of work, measured on this machine, times how many there would be. Nothing here was run at that size.

import type { Random } from '../../producers/simulate/random.ts';
import { percentile } from '../table.ts';

/** Servers whose work grows with the load. */
export const servers = ['API', 'processors', 'Kafka', 'Redis', 'Cassandra'] as const;
export type Server = (typeof servers)[number];
/** CPU µs, or cores, by server. */
export type Costs = Readonly<Record<Server, number>>;

/** All measured by `npm run bench -- capacity`. */
export type Units = {
  /** Cores used when nothing is asked for. */
  readonly idle: Costs;
  /** CPU µs of a page that is ready when it is asked for. */
  readonly readyPage: Costs;
  /** CPU µs more of a page that is ranked anew, since its user did something. */
  readonly rankedPage: Costs;
  /** Cores for events that come one by one, many small batches: `cores × events^exponent`, as the more come the fuller batches are. */
  readonly lonelyEvents: { readonly cores: Costs; readonly exponent: Costs };
  /** CPU µs an event costs when so many come that batches are full. */
  readonly bulkEvent: Costs;
  /** CPU µs of the API for an event that is posted to it in batches, and that it then hears of. */
  readonly postedEvent: number;
  readonly socketKb: number;
  readonly handshakeMicros: number;
  readonly pushMicros: number;
};

export const each = (of: (server: Server) => number): Costs =>
  Object.fromEntries(servers.map((server) => [server, of(server)])) as Costs;
export const scaled = (costs: Costs, by: number): Costs => combined([costs], ([cost]) => (cost ?? 0) * by);
export const added = (...all: Costs[]): Costs => combined(all, (costs) => costs.reduce((sum, cost) => sum + cost, 0));
const combined = (all: readonly Costs[], of: (costs: number[]) => number): Costs =>
  each((server) => of(all.map((costs) => costs[server])));

export const totalOf = (costs: Costs): number => servers.reduce((sum, server) => sum + costs[server], 0);

/**
 * Pages ranked a second. A page is ranked once its user has done something since it was made, and has asked for it since: of two
 * independent Poisson streams, a user's events and a user's calls, the number of times that they change places.
 */
export const rankedPerSecond = (events: number, calls: number): number =>
  events + calls === 0 ? 0 : (events * calls) / (events + calls);

export type Mix = { readonly events: number; readonly calls: number };

/** Cores of each server, at a rate at which events come one by one. */
export function coresAt({ idle, readyPage, rankedPage, lonelyEvents }: Units, { events, calls }: Mix): Costs {
  const pages = added(scaled(readyPage, calls), scaled(rankedPage, rankedPerSecond(events, calls)));
  const { cores, exponent } = lonelyEvents;
  const eventCores = each((server) => (events === 0 ? 0 : cores[server] * events ** exponent[server]));
  return added(idle, scaled(pages, 1e-6), eventCores);
}

/** The power law through the cores at two rates of events. */
export function lonelyThrough(few: readonly [number, Costs], many: readonly [number, Costs]): Units['lonelyEvents'] {
  const least = 1e-4;
  const at = (costs: Costs, server: Server) => Math.max(least, costs[server]);
  const exponent = each((server) => Math.log(at(many[1], server) / at(few[1], server)) / Math.log(many[0] / few[0]));
  return { cores: each((server) => at(few[1], server) / few[0] ** exponent[server]), exponent };
}

/** A machine of the model, not of this measurement. */
export type Node = { readonly cores: number; readonly gibibytes: number };

export type Demand = {
  readonly sockets: number;
  readonly calls: number;
  readonly rows: number;
  readonly messages: number;
  /** Rows that one event makes in Cassandra. */
  readonly rowsPerEvent: number;
  /** Share of the sockets that come back within `stormSeconds` after a cut. */
  readonly stormShare: number;
  readonly stormSeconds: number;
  /** Copies of each record and row. */
  readonly replicas: number;
  readonly zones: number;
  readonly node: Node;
  /** Of cores and memory, with one zone lost. */
  readonly fullest: number;
  /** ms that a page may wait and be made in 99 of 100 cases. */
  readonly pageMs: number;
};

export type Tier = {
  readonly name: string;
  readonly cores: number;
  readonly gibibytes: number;
  /** With one zone lost the rest carry all of it. */
  readonly nodes: number;
  readonly because: string;
};

/** Nodes of a tier, such that losing one zone leaves the others no fuller than allowed. */
export function nodesFor({ cores, gibibytes }: Pick<Tier, 'cores' | 'gibibytes'>, of: Demand): number {
  const { node, zones, fullest } = of;
  const one = Math.max(cores / (node.cores * fullest), gibibytes / (node.gibibytes * fullest));
  return zones * Math.ceil(one / (zones - 1));
}

/**
 * The fullest that one event loop may be so that 99 of 100 pages come in time: Poisson arrivals, each page ready or ranked, one after
 * the other (Lindley's recursion for the G/G/1 queue).
 */
export function fullestLoop(
  of: { pageMs: number; readyMs: number; rankedMs: number; rankedShare: number },
  random: Random,
): number {
  const { pageMs, readyMs, rankedMs, rankedShare } = of;
  const mean = readyMs + rankedShare * rankedMs;
  const pages = 50_000;
  let fullest = 0;
  for (let load = 0.05; load < 0.96; load += 0.05) {
    let waited = 0;
    const times: number[] = [];
    for (let i = 0; i < pages; i++) {
      const service = readyMs + (random.next() < rankedShare ? rankedMs : 0);
      times.push(waited + service);
      const gap = (-Math.log(1 - random.next()) * mean) / load;
      waited = Math.max(0, waited + service - gap);
    }
    if (percentile(times, 0.99) > pageMs) break;
    fullest = load;
  }
  return fullest;
}

/** Share of the events in the fullest of so many partitions, when keys are drawn by Zipf's law: the hottest keys cannot be parted. */
export function hottestPartition(of: { partitions: number; keys: number; exponent: number }, random: Random): number {
  const { partitions, keys, exponent } = of;
  const events = 400_000;
  const counts = new Float64Array(partitions);
  for (let i = 0; i < events; i++) {
    const place = placeOf(random.rank(keys, exponent), partitions);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return Math.max(...counts) / events;
}

/** Knuth's multiplicative hash: keys next to each other land far apart. */
const placeOf = (key: number, partitions: number): number =>
  Math.floor(((Math.imul(key + 1, 0x9e3779b1) >>> 0) / 2 ** 32) * partitions);

/** What the demand would take, tier by tier. */
export function tiersFor(units: Units, demand: Demand, random: Random): Tier[] {
  const { sockets, calls, rows, messages, rowsPerEvent, stormShare, stormSeconds, replicas, pageMs } = demand;
  const events = rows / rowsPerEvent;
  const ranked = rankedPerSecond(events, calls);
  const [readyMs, rankedMs] = [units.readyPage.API / 1e3, units.rankedPage.API / 1e3];
  const loop = fullestLoop({ pageMs, readyMs, rankedMs, rankedShare: ranked / calls }, random);
  const pageCores = (calls * readyMs + ranked * rankedMs) / 1e3;
  const bulk = scaled(units.bulkEvent, events / 1e6);
  const page = scaled(added(scaled(units.readyPage, calls), scaled(units.rankedPage, ranked)), 1e-6);
  const tier = (name: string, cores: number, gibibytes: number, because: string): Tier => ({
    ...{ name, cores, gibibytes, because },
    nodes: nodesFor({ cores, gibibytes }, demand),
  });
  const socketCores =
    (messages * units.pushMicros + ((sockets * stormShare) / stormSeconds) * units.handshakeMicros) / 1e6;
  return [
    tier(
      'sockets',
      socketCores,
      (sockets * units.socketKb) / 2 ** 20,
      'memory of idle sockets; pushes and a storm of returns',
    ),
    tier('events taken in', (events * units.postedEvent) / 1e6, 0, 'checked, identified, encoded'),
    // A loop may be no fuller than the queue allows: more cores than the work itself.
    tier(
      'pages',
      (pageCores * demand.fullest) / Math.min(loop, demand.fullest),
      0,
      `a loop may be ${Math.round(100 * loop)} % full`,
    ),
    tier('processors', bulk.processors, 0, 'every event folded by every processor'),
    tier('Kafka', bulk.Kafka * replicas, 0, `${replicas} copies`),
    tier('Redis', bulk.Redis + page.Redis, 0, 'states committed, pages read'),
    tier('Cassandra', (bulk.Cassandra + page.Cassandra) * replicas, 0, `${replicas} copies`),
  ];
}
