// Every benchmark by its name, in the order in which all are run: what needs no servers first, the whole stack anew last.
import { capacity } from './capacity/main.ts';
import { certificates } from './certificates.ts';
import { dating } from './dating.ts';
import { encode } from './encode.ts';
import { feed } from './feed.ts';
import { fold } from './fold.ts';
import { historyRows } from './fold-history.ts';
import { getFeed } from './get-feed.ts';
import { gift } from './gift.ts';
import { growth } from './growth.ts';
import { ingest } from './ingest.ts';
import { limits } from './limits.ts';
import { live } from './live.ts';
import { matches } from './matches.ts';
import { printed } from './printed.ts';
import { ranking } from './rank.ts';
import { pages } from './rank-pages.ts';
import { rebuild } from './rebuild.ts';
import type { Benchmark } from './result.ts';
import { sockets } from './sockets.ts';
import { start } from './start.ts';
import { visible } from './visible.ts';

const atLeast = (what: string, aim: number) => ({ what, unit: '×', bound: 'at least', aim }) as const;

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  rank: ranking,
  encode: printed({
    title: 'One record encoded for Kafka',
    peer: "kafkajs's own encoder",
    ratio: 'encode ratio',
    work: encode,
  }),
  pages: printed({ title: 'Ranking as catalogue and history grow', peer: 'itself', work: pages }),
  feed: printed({ title: 'A page by a reader over Redis, receipts included', peer: 'itself', work: feed }),
  fold: printed({
    title: 'Avro events folded into state, effectively once',
    peer: 'a Kafka Streams application',
    ratio: 'fold ratio',
    aims: {
      'fold ratio': atLeast('events/s through those of Kafka Streams', 2),
      'memory ratio': { what: 'memory through that of Kafka Streams', unit: '×', bound: 'at most', aim: 1 },
    },
    work: fold,
  }),
  history: printed({
    title: 'History folded with its rows in Cassandra',
    peer: 'a bare driver loop that writes the same rows',
    ratio: 'history ratio',
    aims: { 'history ratio': atLeast('rows/s through those of the bare loop', 0.7) },
    work: historyRows,
  }),
  visible,
  ingest,
  gift: printed({
    title: 'Gifts settled',
    peer: 'PostgreSQL double entry behind the same HTTP server',
    ratio: 'gift ratio',
    aims: {
      'gift ratio': atLeast('gifts/s over HTTP through those of PostgreSQL with as much durability', 2),
      'gift fold ratio': atLeast('gifts/s of the fold through those of PostgreSQL with as much durability', 10),
      'gift P50': { what: 'P50 at 200/s', unit: 'ms', bound: 'at most', aim: 10 },
    },
    work: gift,
  }),
  matches,
  dating: printed({ title: 'A page of matches as a city grows, and swipes', peer: 'itself', work: dating }),
  growth,
  rebuild: printed({
    title: 'One million events rebuilt under live load',
    peer: 'Kafka Streams restoring the same state',
    ratio: 'rebuild ratio',
    aims: { 'rebuild ratio': atLeast('speed through that of Kafka Streams', 1) },
    work: rebuild,
  }),
  'get-feed': printed({
    title: 'A page of the feed over gRPC, while events flow',
    peer: 'a bare grpc-js echo of the same bytes',
    ratio: 'get-feed ratio',
    aims: { 'get-feed ratio': atLeast('calls/s through those of the echo', 0.8) },
    work: getFeed,
  }),
  sockets: printed({
    title: 'WebSockets: idle memory, pushes',
    peer: 'a bare broadcast by ws',
    ratio: 'sockets ratio',
    aims: {
      'sockets ratio': atLeast('messages/s to 5,000 sockets through those of bare ws', 0.7),
      'ratio as fast as it can': atLeast('messages/s to 500 sockets, all it can, through those of bare ws', 0.7),
    },
    work: sockets,
  }),
  certificates: printed({ title: 'Certificates issued and revoked', peer: 'itself', work: certificates }),
  limits: printed({ title: 'What a rate limit costs a call', peer: 'no limits', work: limits }),
  capacity,
  start,
  live: printed({ title: 'The feed under load', peer: 'itself', work: live }),
};

/** Wants the API and the demo data of `npm start`: run by its name alone. */
const beside = ['live'];

export const names: readonly string[] = Object.keys(benchmarks);
export const everyRun: readonly string[] = names.filter((name) => !beside.includes(name));
