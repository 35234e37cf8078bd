// The whole platform as processes of its own, in topics, keys and a keyspace of its own, with coins in every wallet.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { Config } from '../infra/config.ts';
import { freePorts } from '../infra/local/ports.mjs';
import type { Log } from '../infra/log.ts';
import { provision } from '../infra/provision.ts';
import { dropBacklog, environmentOf as namespaceOf } from './backlog.ts';
import { fillGifts } from './gift-backlog.ts';
import { type Gift, giftOf, sendGift } from './gift-load.ts';
import { HttpClient } from './http-client.ts';

const startMsMax = 90_000;

export type Platform = {
  readonly config: Config;
  readonly port: number;
  readonly pids: { readonly api: number | null; readonly processors: number | null };
  stop(): Promise<void>;
};

/** A namespace and a keyspace that nobody else has. */
export function ownConfig(config: Config, what: string): Config {
  const name = `bench${process.pid}_${what}`;
  return { ...config, namespace: `${name}_`, cassandra: { ...config.cassandra, keyspace: name } };
}

/** Topics, tables and schemas; a broker under load may say for long that it does not lead what it has just made. */
export const provisioned = (own: Config, log: Log): Promise<void> =>
  pRetry(() => provision(own, log), { retries: 5, minTimeout: 1_000, factor: 1 });

/** Runs the ledger alone in so many processes. @returns how to stop them */
export async function startLedgers(own: Config, count: number): Promise<() => Promise<void>> {
  const children: ChildProcess[] = [];
  for (let i = 0; i < count; i++) {
    const ports = (await freePorts()) as Record<string, number>;
    children.push(run('processors/main.ts', { ...environmentOf(own, ports), PROCESSORS: 'ledger' }));
    await untilReady(ports.processors as number);
  }
  return async () => void (await Promise.all(children.map(stopped)));
}

async function untilReady(port: number): Promise<void> {
  const deadline = performance.now() + startMsMax;
  while (performance.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null);
    if (answer?.status === 200) return;
    await pause(100);
  }
  throw new Error(`a process of the ledger was not ready within ${startMsMax} ms`);
}

/** @param fill more to be in the topics before anything starts, beside coins for everybody */
export async function startPlatform(
  config: Config,
  log: Log,
  fill: (own: Config) => Promise<void> = async () => {},
): Promise<Platform> {
  const own = ownConfig(config, 'gift');
  const children: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(children.map(stopped));
    await dropBacklog({ config: own, events: [] }, log);
  };
  try {
    await provisioned(own, log);
    await fillGifts(own, log, 0);
    await fill(own);
    const ports = (await freePorts()) as Record<string, number>;
    const env = environmentOf(own, ports);
    const [processors, api] = [run('processors/main.ts', env, 'processors'), run('api/main.ts', env, 'api')];
    children.push(processors, api);
    await untilSettles(ports.api as number);
    const pids = { api: api.pid ?? null, processors: processors.pid ?? null };
    return { config: own, port: ports.api as number, pids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves once a gift is settled. */
async function untilSettles(port: number): Promise<void> {
  const deadline = performance.now() + startMsMax;
  let last = 'no answer';
  for (let i = 0; performance.now() < deadline; i++) {
    const client = new HttpClient(port, 1);
    const gift: Gift = giftOf(i, 'first');
    const answer = await sendGift(client, gift).catch((error: Error) => ({ status: 0, body: error.message }));
    client.close();
    if (answer.status === 200) return;
    last = `${answer.status} ${answer.body}`;
    await pause(250);
  }
  throw new Error(`no gift was settled within ${startMsMax} ms: ${last}`);
}

export function environmentOf(own: Config, ports: Record<string, number>): NodeJS.ProcessEnv {
  return {
    ...namespaceOf(own),
    PORT: String(ports.api),
    PROCESSORS_PORT: String(ports.processors),
    GRPC_PORTS: 'free',
  };
}

/** @param profiled the folder, in the one that BENCH_PROFILE names, that a CPU profile is left in */
export function run(main: string, env: NodeJS.ProcessEnv, profiled?: string): ChildProcess {
  const folder = profiled && process.env.BENCH_PROFILE ? `${process.env.BENCH_PROFILE}/${profiled}` : null;
  const profile = folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
  const options = ['--max-semi-space-size=64', ...profile, '--import', 'tsx', main];
  return spawn(process.execPath, options, { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}
