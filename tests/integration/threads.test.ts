// The processors' process with its processors in two threads, on the real servers: it folds, tells, ends and dies as one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Engagement } from '../../processors/engagement/domain.ts';
import { engagement } from '../../processors/engagement/processor.ts';
import type { History } from '../../processors/history/domain.ts';
import { history } from '../../processors/history/processor.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { World } from '../world.ts';

const both = [history, engagement] as unknown as Processor[];
const readyWithin = { timeout: 40_000, interval: 50 };
/** The group waits for the session of a killed member first. */
const settledWithinMs = 80_000;
const events = 2_000;
let appended = 0;

let world: World;
let folder: string;
let running: ChildProcess | null = null;
beforeAll(async () => {
  world = await World.make();
  folder = await mkdtemp(join(tmpdir(), 'threads-'));
});
afterEach(() => void running?.kill('SIGKILL'));
afterAll(async () => {
  await world.drop();
  await rm(folder, { recursive: true });
});

/** Views by 50 users of 20 videos, each with an id of its own. */
async function watch(): Promise<void> {
  const views = Array.from({ length: events }, (_, i) => ({
    eventId: `view-${appended + i}`,
    occurredAt: Date.UTC(2026, 10, 1),
    actorId: `user-${i % 50}`,
    correlationId: 'test',
    source: 'test',
    ruleSet: 0,
    origin: null,
    userId: `user-${i % 50}`,
    action: 'view',
    videoId: `video-${i % 20}`,
    watchDurationMs: 1_000,
  }));
  await world.append('user_activity', views);
  appended += events;
}

async function watchMuch(): Promise<void> {
  for (let i = 0; i < 10; i++) await watch();
}

/** What history has made for engagement so far. */
async function handedOn(): Promise<number> {
  const ends = await world.ends('video_engagement');
  return [...ends.values()].reduce((sum, end) => sum + end, 0);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

type Spawned = { readonly child: ChildProcess; readonly ask: (path: string) => Promise<Response>; said: string };

async function start(more: NodeJS.ProcessEnv = {}): Promise<Spawned> {
  const port = await freePort();
  const env = {
    ...process.env,
    NAMESPACE: world.config.namespace,
    CASSANDRA_KEYSPACE: world.config.cassandra.keyspace,
    PROCESSORS: both.map(({ name }) => name).join(','),
    PROCESSOR_THREADS: '2',
    PROCESSORS_PORT: String(port),
    KAFKA_SESSION_TIMEOUT_MS: '6000',
    LOG_LEVEL: 'fatal',
    ...more,
  };
  const child = spawn(process.execPath, ['--import', 'tsx', 'processors/main.ts'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running = child;
  const spawned = { child, ask: (path: string) => fetch(`http://127.0.0.1:${port}${path}`), said: '' };
  child.stdout.on('data', (bytes) => {
    spawned.said += bytes;
  });
  return spawned;
}

const isReady = ({ ask }: Spawned) =>
  expect.poll(async () => (await ask('/ready').catch(() => null))?.status, readyWithin);

async function foldsEverythingOnce(): Promise<void> {
  await world.settle(both, settledWithinMs);
  const users = await world.states<History>(history);
  const videos = await world.states<Engagement>(engagement);
  expect([...users.values()].reduce((sum, user) => sum + user.events, 0)).toBe(appended);
  expect([...videos.values()].reduce((sum, { views }) => sum + views, 0)).toBe(appended);
}

describe('processors in two threads', { timeout: 150_000 }, () => {
  it('fold, and tell of both at one address', async () => {
    const process = await start();
    await isReady(process).toBe(200);
    const status = (await (await process.ask('/ready')).json()) as { processors: Record<string, unknown[]> };
    expect(Object.fromEntries(Object.entries(status.processors).map(([name, { length }]) => [name, length]))).toEqual({
      history: 8,
      engagement: 8,
    });
    await watch();
    await foldsEverythingOnce();
    const metrics = await (await process.ask('/metrics')).text();
    for (const { name } of both)
      expect(metrics).toContain(`processor_events_total{processor="${name}",outcome="folded"} ${appended}\n`);
    for (const once of ['process_start_time_seconds', 'nodejs_eventloop_lag_max_seconds'])
      expect(metrics.match(new RegExp(`^${once} `, 'gm'))).toHaveLength(1);
    process.child.kill('SIGTERM');
    expect(await once(process.child, 'exit')).toEqual([0, null]);
  });

  it('end as told while they still wait for servers', async () => {
    const process = await start({ KAFKA_BROKERS: `127.0.0.1:${await freePort()}` });
    await isReady(process).toBe(503);
    process.child.kill('SIGTERM');
    expect(await once(process.child, 'exit')).toEqual([0, null]);
    expect(process.said).toBe('');
  });

  it.each([
    ['is killed', 'SIGKILL', [null, 'SIGKILL']],
    ['is asked to end', 'SIGTERM', [0, null]],
  ] as const)('lose and double nothing when the process %s while both fold', async (_, signal, exit) => {
    const process = await start();
    await isReady(process).toBe(200);
    const before = await handedOn();
    const appending = watchMuch();
    await expect.poll(handedOn, { timeout: 20_000, interval: 1 }).toBeGreaterThan(before + events / 2);
    process.child.kill(signal);
    expect(await once(process.child, 'exit')).toEqual(exit);
    await appending;
    await start();
    await foldsEverythingOnce();
  });

  it.each([
    ['throws', `throw new Error('broken on purpose')`, 'broken on purpose'],
    ['has no memory left', 'const all = []; for (;;) all.push({ all })', 'ERR_WORKER_OUT_OF_MEMORY'],
  ])('end with the reason of a thread that %s', async (_, what, why) => {
    const breaking = join(folder, 'breaking.cjs');
    const inThread = `const { workerData } = require('node:worker_threads');\nif (workerData?.share) setTimeout(() => { ${what} }, 3_000);`;
    await writeFile(breaking, inThread);
    const process = await start({ NODE_OPTIONS: `--require ${breaking} --max-old-space-size=128` });
    expect(await once(process.child, 'exit')).toEqual([1, null]);
    expect(process.said).toContain(why);
    expect(process.said).toContain('thread of engagement');
  });
});
