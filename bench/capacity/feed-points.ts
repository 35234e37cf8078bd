// What pages and events cost each server, measured one kind at a time, and what mixes of them really take: the platform of the benchmark `get-feed`.
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../infra/config.ts';
import type { Log } from '../../infra/log.ts';
import { activity, fillBacklog } from '../backlog.ts';
import { type EventFlow, eventFlow, servedSoFar } from '../feed-background.ts';
import { asked, filled } from '../feed-load.ts';
import { type FeedPlatform, size, startFeedPlatform, untilFolded } from '../feed-platform.ts';
import { stopped } from '../gift-platform.ts';
import { HttpClient } from '../http-client.ts';
import { cpuSecondsOf, listenerAt } from '../process-cost.ts';
import {
  added,
  type Costs,
  coresAt,
  each,
  lonelyThrough,
  type Mix,
  rankedPerSecond,
  type Server,
  scaled,
  servers,
  type Units,
} from './model.ts';

export type FeedUnits = Omit<Units, 'socketKb' | 'handshakeMicros' | 'pushMicros'>;
export type Point = { readonly what: string; readonly predicted: Costs; readonly measured: Costs };

const settleMs = 3_000;
const startMsMax = 30_000;
/** How long the load goes on beyond what is measured. */
const spareSeconds = 8;
const postedBatch = 100;
/** Told apart: nothing, pages alone, both. */
const alone = { calls: 300, fewEvents: 60, events: 240 };
const mixes: readonly Mix[] = [
  { events: 120, calls: 400 },
  { events: 200, calls: 200 },
];

export type Sizes = { readonly seconds: number; readonly bulkEvents: number };

export async function feedPoints(
  { config, log, say }: { config: Config; log: Log; say: (text: string) => void },
  { seconds, bulkEvents }: Sizes,
): Promise<{ units: FeedUnits; points: Point[] }> {
  const platform = await startFeedPlatform(config, log);
  try {
    const pids = pidsOf(platform);
    const cores = async (mix: Mix) => {
      const used = await underMix(platform, pids, { ...mix, seconds });
      say(
        `${mix.events} events/s, ${mix.calls} pages/s: ${servers.map((s) => `${s} ${used[s].toFixed(2)}`).join(', ')} cores`,
      );
      return used;
    };
    // What is measured later is a page that is ready, not the first of its user.
    await filled(platform, platform.grpcPort);
    await cores(mixes.at(-1) as Mix);
    const idle = await cores({ events: 0, calls: 0 });
    const bulk = async (events: number, seed: number) => {
      const used = await spent(pids, async () => {
        await fillBacklog(platform.config, log, { ...size, events, seed });
        await untilFolded(platform.restPort);
      });
      return scaled(used.seconds, 1e6 / events);
    };
    const called = await cores({ events: 0, calls: alone.calls });
    const fewEvents = await cores({ events: alone.fewEvents, calls: 0 });
    const eventful = await cores({ events: alone.events, calls: 0 });
    const both = await cores({ events: alone.events, calls: alone.calls });
    await bulk(bulkEvents, 20);
    const bulkEvent = await bulk(bulkEvents, 21);
    const less = (cores: Costs, ...others: Costs[]) => added(cores, ...others.map((other) => scaled(other, -1)));
    const over = (cores: Costs, per: number) => each((server) => Math.max(0, (cores[server] * 1e6) / per));
    const readyPage = over(less(called, idle), alone.calls);
    const units: FeedUnits = {
      ...{ idle, readyPage, bulkEvent },
      lonelyEvents: lonelyThrough([alone.fewEvents, less(fewEvents, idle)], [alone.events, less(eventful, idle)]),
      rankedPage: over(added(less(both, called, eventful), idle), rankedPerSecond(alone.events, alone.calls)),
      postedEvent: await postedMicros(platform, pids, bulkEvents),
    };
    const points: Point[] = [];
    for (const mix of mixes)
      points.push({
        what: `${mix.events} events/s and ${mix.calls} pages/s, cores`,
        predicted: coresAt({ ...units, ...noSockets }, mix),
        measured: await cores(mix),
      });
    points.push({
      what: `${(2 * bulkEvents).toLocaleString('en')} events at once, CPU µs each`,
      predicted: bulkEvent,
      measured: await bulk(2 * bulkEvents, 22),
    });
    return { units, points };
  } finally {
    await platform.stop();
  }
}

const noSockets = { socketKb: 0, handshakeMicros: 0, pushMicros: 0 };

type Pids = Readonly<Record<Server, number | null>>;

function pidsOf({ api, processors, config }: FeedPlatform): Pids {
  return {
    API: api.pid ?? null,
    processors: processors.pid ?? null,
    Kafka: listenerAt(config.kafka.brokers[0] ?? ''),
    Redis: listenerAt(new URL(config.redis.url).host),
    Cassandra: listenerAt(config.cassandra.contactPoints[0] ?? ''),
  };
}

/** CPU seconds of each server meanwhile. */
async function spent(pids: Pids, work: () => Promise<unknown>): Promise<{ seconds: Costs; ms: number }> {
  const now = () => each((server) => cpuSecondsOf(pids[server]) ?? Number.NaN);
  const [before, startedAt] = [now(), performance.now()];
  await work();
  const [after, ms] = [now(), performance.now() - startedAt];
  return { seconds: each((server) => after[server] - before[server]), ms };
}

/** Cores of each server while events flow and pages are asked for, once both do. */
async function underMix(
  platform: FeedPlatform,
  pids: Pids,
  { events, calls, seconds }: Mix & { seconds: number },
): Promise<Costs> {
  const flow = events > 0 ? eventFlow(platform, events) : null;
  const answered =
    calls > 0
      ? asked(platform, {
          ...{ port: platform.grpcPort, over: 'grpc', users: size.users, connections: 8, warmUpSeconds: 0 },
          ...{ seconds: seconds + spareSeconds, pace: { perSecond: calls } },
        })
      : null;
  // Looked at below; until then a failure must not end the process.
  answered?.catch(() => {});
  await untilBoth(platform, flow, answered !== null);
  await pause(settleMs);
  const { seconds: used, ms } = await spent(pids, () => pause(seconds * 1_000));
  if (answered) {
    const { failed, answers } = await answered;
    if (failed > answers / 100) throw new Error(`${failed} of ${failed + answers} pages failed`);
  }
  if (flow) await stopped(flow.child);
  return scaled(used, 1_000 / ms);
}

/** Resolves once events flow and pages are answered: the processes that make them take their time to start. */
async function untilBoth(platform: FeedPlatform, flow: EventFlow | null, isAsked: boolean): Promise<void> {
  const answered = async () => {
    const { ready, ranked } = await servedSoFar(platform);
    return ready + ranked;
  };
  const [before, deadline] = [await answered(), performance.now() + startMsMax];
  while ((flow && flow.told.published === 0) || (isAsked && (await answered()) === before)) {
    if (performance.now() > deadline) throw new Error(`the load did not begin within ${startMsMax} ms`);
    await pause(100);
  }
}

/** CPU µs of the API for an event that is posted to it, what every event costs it included: the two cannot be told apart well. */
async function postedMicros({ restPort }: FeedPlatform, pids: Pids, events: number): Promise<number> {
  const made = [...activity({ ...size, events, seed: 30 }, Date.now())].map((event) => {
    const { userId, action, videoId } = event as { userId: string; action: string; videoId: string };
    return { userId, action, videoId, ...(action === 'view' && { watchDurationMs: 1_000 }) };
  });
  const bodies = Array.from({ length: Math.floor(made.length / postedBatch) }, (_, n) =>
    JSON.stringify(made.slice(n * postedBatch, (n + 1) * postedBatch)),
  );
  const client = new HttpClient(restPort, 4);
  const { seconds } = await spent(pids, async () => {
    for (const body of bodies) {
      const { status, body: answer } = await client.post('/api/events', {}, body);
      if (status >= 300) throw new Error(`events were refused: ${status} ${answer.slice(0, 200)}`);
    }
    await untilFolded(restPort);
  });
  client.close();
  return (seconds.API * 1e6) / (bodies.length * postedBatch);
}
