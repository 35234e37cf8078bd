// GetFeed of one API process beside a bare grpc-js server that answers the same bytes: in turn, under the same background load.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { background, type EventFlow, eventFlow } from './feed-background.ts';
import { asked, filled } from './feed-load.ts';
import { type FeedPlatform, run, size, startFeedPlatform, usedBy } from './feed-platform.ts';
import { stopped } from './gift-platform.ts';
import type { LoadMeasured } from './grpc-load-client.ts';
import { HttpClient } from './http-client.ts';
import { builtGo } from './peers/grpc-go/built.ts';
import { median, percentile, table } from './table.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const eventsPerSecond = Number(process.env.BENCH_EVENTS ?? 200);
const echoedPages = 64;
const closed = { users: size.users, connections: 8, warmUpSeconds: 1, seconds: 5, pace: { callers: 64 } } as const;
const open = { users: size.users, connections: 8, warmUpSeconds: 1, seconds: 8 } as const;
/** No round begins later than this after the platform was there; with the open loops it is four minutes at most. */
const roundsMsMax = 150_000;
const probeMsMax = 10_000;

type Round = LoadMeasured & { readonly cpuMicrosEach: number };

export async function getFeed(config: Config, log: Log): Promise<void> {
  const platform = await startFeedPlatform(config, log);
  const started: ChildProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'bench-echo-'));
  try {
    const pagesFile = join(folder, 'pages.json');
    writeFileSync(pagesFile, JSON.stringify(await servedPages(platform)));
    const echo = run('bench/grpc-echo.ts', [pagesFile], platform.env);
    started.push(echo);
    const echoPort = await portOf(echo);
    const go = await goEcho(pagesFile);
    if (go) started.push(go.child);
    const readyAt = performance.now();
    // So that every page is ready, and as many calls have warmed the echoes.
    await filled(platform, platform.grpcPort);
    await filled(platform, echoPort);
    if (go) await filled(platform, go.port);
    const flow = eventsPerSecond > 0 ? eventFlow(platform, eventsPerSecond) : null;
    if (flow) started.push(flow.child);
    const result = await inTurn(platform, echo, { echoPort, go, flow, until: readyAt + roundsMsMax });
    await atHalf(platform, result.saturation, echoPort);
    process.stdout.write(`get-feed ratio ${result.ratio.toFixed(2)}\n`);
  } finally {
    await Promise.all(started.map(stopped));
    await platform.stop();
    rmSync(folder, { recursive: true });
  }
}

type GoEcho = { readonly child: ChildProcess; readonly port: number };

const portOf = ({ stdout }: ChildProcess): Promise<number> =>
  new Promise((done) => stdout?.once('data', (port) => done(Number(port))));

/** Null, and a line that says why, where there is no Go. */
async function goEcho(pagesFile: string): Promise<GoEcho | null> {
  const built = await builtGo();
  if (typeof built === 'string') {
    process.stdout.write(`${built}\n`);
    return null;
  }
  const child = spawn(built.file, [pagesFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, port: await portOf(child) };
}

type Turns = {
  readonly go: GoEcho | null;
  readonly echoPort: number;
  readonly flow: EventFlow | null;
  readonly until: number;
};

/** Echo, feed, echo, feed, … after one round of each that does not count. */
async function inTurn(platform: FeedPlatform, echo: ChildProcess, { echoPort, go, flow, until }: Turns) {
  const byEcho: Round[] = [];
  const byFeed: Round[] = [];
  const byGo: Round[] = [];
  await measured(platform, echo, echoPort);
  await measured(platform, platform.api, platform.grpcPort);
  const told = await background(platform, echo, flow);
  for (let i = 0; i < rounds && (i === 0 || performance.now() < until); i++) {
    byEcho.push(await measured(platform, echo, echoPort));
    byFeed.push(await measured(platform, platform.api, platform.grpcPort));
    if (go) byGo.push(await measured(platform, go.child, go.port));
  }
  await told();
  const row = (name: string, all: readonly Round[], server: ChildProcess) => {
    const of = (figure: (round: Round) => number, digits = 0) => median(all.map(figure)).toFixed(digits);
    const rates = all.map(({ perSecond }) => perSecond);
    const spread = `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`;
    const failed = String(all.reduce((sum, round) => sum + round.failed, 0));
    const times = [of((r) => r.p50, 1), of((r) => r.p99, 1)];
    const costs = [
      of((r) => r.cpuMicrosEach),
      of((r) => (1e6 * r.cpuSeconds) / r.answersInAll),
      usedBy(server).memoryMb.toFixed(0),
    ];
    return [name, of((r) => r.perSecond), spread, ...times, of((r) => r.bytesEach), failed, ...costs];
  };
  const heads = [
    'calls/s',
    'of the rounds',
    'P50 ms',
    'P99 ms',
    'bytes',
    'failed',
    'µs CPU each',
    'of the client',
    'MB',
  ];
  const rows = [row('bare echo', byEcho, echo), row('GetFeed', byFeed, platform.api)];
  if (go) rows.push(row('bare echo in Go', byGo, go.child));
  process.stdout.write(
    table([`closed loop, ${closed.pace.callers} callers, ${byFeed.length} × ${closed.seconds} s each`, ...heads], rows),
  );
  const ratios = byFeed.map(({ perSecond }, i) => perSecond / (byEcho[i]?.perSecond ?? Number.NaN));
  process.stdout.write(`ratios of the rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}\n`);
  return { ratio: median(ratios), saturation: median(byFeed.map(({ perSecond }) => perSecond)) };
}

async function measured(platform: FeedPlatform, server: ChildProcess, port: number): Promise<Round> {
  const before = usedBy(server).cpuSeconds;
  const round = await asked(platform, { ...closed, over: 'grpc', port });
  return { ...round, cpuMicrosEach: (1e6 * (usedBy(server).cpuSeconds - before)) / round.answersInAll };
}

/** Open loop at half of what the feed can; meanwhile somebody posts events and looks until their page shows them. */
async function atHalf(platform: FeedPlatform, saturation: number, echoPort: number): Promise<void> {
  const rows: string[][] = [];
  const probed: string[][] = [];
  const pace = { perSecond: Math.round(saturation / 2) };
  // More than it can do would only wait, and keep the bench waiting.
  const restPace = { perSecond: Math.min(500, pace.perSecond) };
  const { restPort, grpcPort } = platform;
  for (const [name, what] of [
    ['bare echo', { ...open, over: 'grpc', port: echoPort, pace }],
    ['GetFeed over gRPC', { ...open, over: 'grpc', port: grpcPort, pace }],
    ['GetFeed over REST', { ...open, over: 'rest', port: restPort, connections: 64, pace: restPace }],
  ] as const) {
    const probe = new AbortController();
    const probing = name === 'bare echo' ? Promise.resolve([]) : changes(platform, probe.signal);
    const { p50, p99, perSecond, failed } = await asked(platform, what);
    probe.abort();
    rows.push([name, perSecond.toFixed(0), p50.toFixed(2), p99.toFixed(1), String(failed)]);
    const times = await probing;
    const figures = [0.5, 0.99, 1].map((part) => percentile(times, part).toFixed(0));
    if (times.length > 0) probed.push([`beside ${name}`, ...figures, String(times.length)]);
  }
  process.stdout.write(table(['open loop', 'calls/s', 'P50 ms', 'P99 ms', 'failed'], rows));
  process.stdout.write(table(['event posted → own page changed', 'P50 ms', 'P99 ms', 'max ms', 'events'], probed));
}

/** One viewer after the other watches the first video of the page, and asks until it is gone. */
async function changes({ restPort }: FeedPlatform, signal: AbortSignal): Promise<number[]> {
  const client = new HttpClient(restPort, 2);
  const times: number[] = [];
  const page = async (user: string) => {
    const { body } = await client.get(`/api/grpc/feed?user_id=${user}&limit=10`);
    return (JSON.parse(body) as { videos: { video_id: string }[] }).videos.map(({ video_id: videoId }) => videoId);
  };
  for (let i = 0; !signal.aborted; i++) {
    const user = `user${(i * 37) % size.users}`;
    const [videoId] = await page(user);
    const startedAt = performance.now();
    await client.post(
      '/api/events',
      {},
      JSON.stringify({ userId: user, videoId, action: 'view', watchDurationMs: 12_000 }),
    );
    while ((await page(user)).includes(String(videoId))) {
      if (performance.now() - startedAt > probeMsMax) throw new Error(`${videoId} stays on the page of ${user}`);
      await pause(2);
    }
    times.push(performance.now() - startedAt);
    await pause(20);
  }
  client.close();
  return times;
}

/** Pages as bytes, in base64. */
async function servedPages({ grpcPort }: FeedPlatform): Promise<string[]> {
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  const asIs = (bytes: Buffer) => bytes;
  const one = (user: string) =>
    new Promise<string>((resolve, reject) => {
      const request = Buffer.concat([Buffer.from([0x0a, user.length]), Buffer.from(user), Buffer.from([0x10, 10])]);
      client.makeUnaryRequest('/profithack.feed.Feed/GetFeed', asIs, asIs, request, (error, answer) =>
        error || !answer ? reject(error ?? new Error('no page')) : resolve(answer.toString('base64')),
      );
    });
  const pages = await Promise.all(Array.from({ length: echoedPages }, (_, n) => one(`user${n * 151}`)));
  client.close();
  return pages;
}
