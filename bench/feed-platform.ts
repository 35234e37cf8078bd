// The platform for the bench of GetFeed: processors and one API as processes, 1,000 videos and 10,000 users with histories.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../infra/config.ts';
import { freePorts } from '../infra/local/ports.mjs';
import type { Log } from '../infra/log.ts';
import { Publisher } from '../producers/publish.ts';
import { uploadProducer } from '../producers/uploads.ts';
import { dropBacklog, fillBacklog } from './backlog.ts';
import { benchNow, chance, videoOf } from './feed-catalogue.ts';
import { environmentOf, ownConfig, provisioned, stopped } from './gift-platform.ts';
import { HttpClient } from './http-client.ts';
import { cpuSecondsOf, residentMiB } from './process-cost.ts';

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
  await provisioned(own, log);
  await fillVideos(own, log);
  const ports = (await freePorts()) as Record<string, number>;
  const env = { ...environmentOf(own, ports), GRPC_FEED_PORT: String(ports.feed) };
  const processors = run('processors/main.ts', [], env);
  const profile = process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : [];
  const api = run('api/main.ts', [], env, profile);
  const [restPort, grpcPort] = [ports.api as number, ports.feed as number];
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
export async function untilFolded(port: number): Promise<void> {
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

/** CPU seconds that a process has used, and its memory in MB; NaN where the system does not tell. */
export function usedBy({ pid }: ChildProcess): { readonly cpuSeconds: number; readonly memoryMb: number } {
  return { cpuSeconds: cpuSecondsOf(pid ?? null) ?? Number.NaN, memoryMb: residentMiB(pid ?? null) ?? Number.NaN };
}
