// The platform for the bench of GetFeed: processors and one API as processes, 1,000 videos and 10,000 users with histories.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../infra/config.ts';
import { freePorts } from '../infra/local/ports.mjs';
import type { Log } from '../infra/log.ts';
import { provision } from '../infra/provision.ts';
import { Publisher } from '../producers/publish.ts';
import { uploadProducer } from '../producers/uploads.ts';
import { dropBacklog, fillBacklog } from './backlog.ts';
import { benchNow, chance, videoOf } from './feed-catalogue.ts';
import { ownConfig } from './gift-platform.ts';
import { HttpClient } from './http-client.ts';

export type FeedPlatform = {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly restPort: number;
  readonly grpcPort: number;
  readonly api: ChildProcess;
  readonly processors: ChildProcess;
  stop(): Promise<void>;
};

export const size = { users: 10_000, videos: 1_000, events: 60_000 } as const;
const startMsMax = 300_000;

export const flags = ['--max-semi-space-size=64', '--import', 'tsx'];

/** A process of ours, with the same flags as every other. */
export function run(
  main: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  more: readonly string[] = [],
): ChildProcess {
  return spawn(process.execPath, [...flags, ...more, main, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

/** @returns all that a process prints until it ends */
export async function printed(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (data) => {
    text += String(data);
  });
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`a process ended with ${code}`);
  return text;
}

export async function startFeedPlatform(config: Config, log: Log): Promise<FeedPlatform> {
  const own = ownConfig(config, 'feed');
  await provision(own, log);
  await fillVideos(own, log);
  const ports = (await freePorts()) as Record<string, number>;
  const env = environmentOf(own, ports);
  const processors = run('processors/main.ts', [], env);
  const profile = process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : [];
  const api = run('api/main.ts', [], env, profile);
  const [restPort, grpcPort] = [ports.api as number, Number(env.GRPC_FEED_PORT)];
  const stop = async () => {
    await Promise.all([processors, api].map(stopped));
    await dropBacklog({ config: own, events: [] }, log);
  };
  try {
    await untilFolded(restPort);
    await fillBacklog(own, log, { ...size, seed: 7 });
    await untilFolded(restPort);
    return { config: own, env, restPort, grpcPort, api, processors, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fillVideos(config: Config, log: Log): Promise<void> {
  const publisher = new Publisher({ config, log });
  await publisher.start();
  const { produceVideoUploadEvent } = uploadProducer(publisher);
  const next = chance(1);
  const shift = Date.now() - benchNow - 60_000;
  const uploads = Array.from({ length: size.videos }, (_, n) => {
    const { creatorId, category, tags, durationMs, publishedAt } = videoOf(next, n, size.videos).candidate;
    const told = { creatorId, category, tags, durationMs, publishedAt: publishedAt + shift };
    const title = `Video ${n} about ${tags.slice(0, 2).join(' and ')}`;
    return { ...told, action: 'published', videoId: `video${n}`, title, actorId: creatorId, source: 'bench' } as const;
  });
  await Promise.all(uploads.map((upload) => produceVideoUploadEvent(upload)));
  await publisher.stop();
}

/** Resolves once nothing lags behind and the feed has items. */
async function untilFolded(port: number): Promise<void> {
  const deadline = performance.now() + startMsMax;
  let last = '';
  for (; performance.now() < deadline; await pause(500)) {
    // Another client each time: one that was refused a connection does not come back.
    const client = new HttpClient(port, 1);
    const ask = (path: string) => client.get(path).catch((error: Error) => ({ status: 0, body: error.message }));
    const seen = await ask('/api/demo/architecture');
    const page = seen.status === 0 ? seen : await ask('/api/grpc/feed?user_id=user1&limit=10');
    client.close();
    last = `${seen.status} ${page.status} ${page.body.slice(0, 200)}`;
    const lags = [...seen.body.matchAll(/"lag":\s*(\d+)/g)].map(([, lag]) => Number(lag));
    if (page.body.includes('video_id') && lags.length > 0 && Math.max(...lags) === 0) return;
  }
  throw new Error(`not folded within ${startMsMax} ms: ${last}`);
}

function environmentOf(own: Config, ports: Record<string, number>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    KAFKA_BROKERS: own.kafka.brokers.join(','),
    SCHEMA_REGISTRY_URL: own.registry.url,
    CASSANDRA_CONTACT_POINTS: own.cassandra.contactPoints.join(','),
    REDIS_URL: own.redis.url,
    NAMESPACE: own.namespace,
    CASSANDRA_KEYSPACE: own.cassandra.keyspace,
    PORT: String(ports.api),
    PROCESSORS_PORT: String(ports.processors),
    GRPC_PORTS: 'free',
    GRPC_FEED_PORT: String(ports.feed),
    LOG_LEVEL: 'error',
  };
}

/** CPU seconds that a process has used, and its memory in MB; NaN where the system does not tell. */
export function usedBy({ pid }: ChildProcess): { readonly cpuSeconds: number; readonly memoryMb: number } {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, memoryMb: (pages * 4_096) / 2 ** 20 };
  } catch {
    return { cpuSeconds: Number.NaN, memoryMb: Number.NaN };
  }
}
