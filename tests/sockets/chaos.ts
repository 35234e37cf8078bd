// A client that is cut at random while events flow through two instances, and the processors killed once: it ends knowing exactly what is committed.
import { type ChildProcess, spawn } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { ApiServer } from '../../api/server.ts';
import { processors } from '../../processors/list.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import type { World } from '../world.ts';
import { CutClient } from './cut-client.ts';
import { type Amounts, daters, type Flow, flow, payers, prepare, videos } from './load.ts';
import { type Random, randomOf } from './random.ts';

export type ChaosOptions = {
  readonly seed: number;
  /** Spread over the flow. */
  readonly cuts: number;
  readonly amounts: Amounts;
  /** The flow takes at least so long. */
  readonly msMin: number;
  readonly processorsPort: number;
  readonly say?: (line: string) => void;
};

export type ChaosReport = {
  readonly cuts: number;
  readonly cutsInFlow: number;
  readonly messages: number;
  readonly events: number;
  readonly gaps: number;
  readonly seconds: number;
  readonly faults: readonly string[];
};

const channels = [
  ...videos.map((id) => `video:${id}`),
  ...payers.map((id) => `wallet:${id}`),
  ...daters.map((id) => `dating:${id}`),
  'leaderboard:top_videos',
  'leaderboard:gifts_sent_all',
];
const { history, engagement, trending, feed, ledger, statements, dating } = processors;
const used = [history, engagement, trending, feed, ledger, statements, dating] as unknown as readonly Processor[];
/** Shorter lives on average would mostly end before they heard anything. */
const lifeMsMin = 150;
const progressMs = 5_000;
const readyMsMax = 60_000;
const foldMsMax = 120_000;
const caughtUpMsMax = 60_000;
const cutMsMax = 600_000;

export async function chaos(world: World, options: ChaosOptions): Promise<ChaosReport> {
  const random = randomOf(options.seed);
  const folding = new Folding(() => processorsOf(world, options.processorsPort));
  const instances = await Promise.all([started(world), started(world)]);
  const urls = instances.map(({ url }) => url);
  let client: CutClient | null = null;
  try {
    await prepare(world);
    await until(() => areReady(urls), readyMsMax, 'ready');
    await world.settle(used, foldMsMax);
    const lifeMs = Math.max(lifeMsMin, options.msMin / options.cuts);
    client = new CutClient({ urls, channels, random, lifeMs, lifeMessagesMax: 6 * channels.length });
    return await cutWhileEventsFlow(world, options, { random, folding, urls, client });
  } finally {
    client?.close();
    // The first one's failure must not leave the others running.
    await Promise.allSettled([folding.end(), ...instances.map(({ api }) => api.close())]);
  }
}

type Running = {
  readonly random: Random;
  readonly folding: Folding;
  readonly urls: readonly string[];
  readonly client: CutClient;
};

async function cutWhileEventsFlow(
  world: World,
  { cuts, amounts, msMin, say = () => {} }: ChaosOptions,
  { random, folding, urls, client }: Running,
): Promise<ChaosReport> {
  const startedAt = performance.now();
  await until(async () => client.heard.size === channels.length, readyMsMax, 'subscribed');
  const cutsBefore = client.cuts;
  const telling = setInterval(() => void progress(world, client, startedAt).then(say, () => {}), progressMs);
  const killing = setTimeout(() => {
    say('the processors are killed');
    folding.kill();
  }, msMin / 3);
  const told = await flow({ world, urls, amounts, random, msMin }).finally(() => {
    clearInterval(telling);
    clearTimeout(killing);
  });
  const cutsInFlow = client.cuts - cutsBefore;
  say(`${told.done} events published, ${cutsInFlow} cuts meanwhile`);
  await until(async () => client.cuts >= cuts, cutMsMax, `cut ${cuts} times`);
  client.calm();
  await settled(world);
  const check = () => compared(urls[0] as string, client, told);
  await until(async () => (await check()).length === 0, caughtUpMsMax, 'equal').catch(() => {});
  const faults = [...client.faults, ...(await check())];
  const events = [...client.heard.values()].reduce((sum, heard) => sum + heard.events.length, 0);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { messages, gaps } = client;
  return { cuts: client.cuts, cutsInFlow, messages, events, gaps: gaps.length, seconds, faults };
}

/** The processors' process: another one takes its place when it is killed. */
class Folding {
  readonly #start: () => ChildProcess;
  #child: ChildProcess;
  #isEnded = false;

  constructor(start: () => ChildProcess) {
    this.#start = start;
    this.#child = start();
  }

  kill(): void {
    this.#child.once('exit', () => {
      if (!this.#isEnded) this.#child = this.#start();
    });
    this.#child.kill('SIGKILL');
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    const child = this.#child;
    // One that a signal has ended has no exit code.
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  }
}

async function started(world: World) {
  const config = { ...world.config, api: { ...world.config.api, host: '127.0.0.1', port: 0 } };
  const api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  return { api, url: await api.listen() };
}

function processorsOf({ config }: World, port: number): ChildProcess {
  const env = {
    ...process.env,
    ...{ NAMESPACE: config.namespace, CASSANDRA_KEYSPACE: config.cassandra.keyspace, LOG_LEVEL: 'error' },
    ...{ PROCESSORS: used.map(({ name }) => name).join(), PROCESSORS_PORT: String(port) },
    KAFKA_SESSION_TIMEOUT_MS: '6000',
  };
  return spawn(process.execPath, ['--import', 'tsx', 'processors/main.ts'], { env, stdio: 'inherit' });
}

async function progress(world: World, { cuts, messages }: CutClient, startedAt: number): Promise<string> {
  const lags = await Promise.all(used.map(async (one) => `${one.name} ${await world.lag(one)}`));
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  return `${seconds} s: ${cuts} cuts, ${messages} messages, lag ${lags.join(', ')}`;
}

/** Until a gift would be taken and wallets, people and feeds can be read. */
async function areReady(urls: readonly string[]): Promise<boolean> {
  const paths = [
    '/api/wallets/payer-0',
    '/api/dating/match-history?user_id=dater-0',
    '/api/grpc/feed?user_id=a&limit=1',
  ];
  const asked = urls.flatMap((url) => paths.map((path) => fetch(`${url}${path}`).then(({ status }) => status === 200)));
  return (await Promise.all(asked)).every(Boolean);
}

/** After a kill Kafka waits for the dead member first. */
async function settled(world: World): Promise<void> {
  await until(
    async () => (await Promise.all(used.map((one) => world.lag(one)))).every((lag) => lag === 0),
    foldMsMax,
    'fold',
  );
  await world.settle(used, foldMsMax);
}

type Json = Readonly<Record<string, unknown>>;

/** What the client knows against what is committed: every line of the statements, all news, all counters. */
async function compared(url: string, { heard }: CutClient, { viewsOf, newsOf }: Flow): Promise<string[]> {
  const answerOf = async (path: string) => (await (await fetch(`${url}${path}`)).json()) as Json;
  const faults: string[] = [];
  const same = (what: string, got: unknown, expected: unknown) => {
    if (!isDeepStrictEqual(got, expected))
      faults.push(
        `${what}: ${JSON.stringify(got)?.slice(0, 300)} instead of ${JSON.stringify(expected)?.slice(0, 300)}`,
      );
  };
  for (const id of videos) {
    const value = heard.get(`video:${id}`)?.value;
    same(`views of ${id}`, value?.views, viewsOf.get(id) ?? 0);
  }
  for (const id of daters) {
    const told = heard.get(`dating:${id}`)?.events.map(({ type, match_id: matchId }) => `${type} ${matchId}`);
    same(`news of ${id}`, told, newsOf.get(id) ?? []);
  }
  for (const id of payers) {
    const of = heard.get(`wallet:${id}`);
    const lines = (await statementOf(answerOf, id)).reverse();
    // The purchase was there before the client was.
    same(
      `lines of ${id}`,
      of?.events.map(({ token }) => token),
      lines.slice(1),
    );
    const { coins, earnings } = await answerOf(`/api/wallets/${id}`);
    const balances = (of?.events.at(-1)?.balances ?? of?.value) as Json;
    same(`balances of ${id}`, [balances.coins, balances.earnings], [coins, earnings]);
    same(`state of ${id}`, [of?.value.coins, of?.value.earnings], [coins, earnings]);
  }
  same(
    'top videos',
    heard.get('leaderboard:top_videos')?.value,
    await answerOf('/api/leaderboards/top_videos?limit=10'),
  );
  return faults;
}

async function statementOf(answerOf: (path: string) => Promise<Json>, id: string): Promise<string[]> {
  const tokens: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await answerOf(`/api/wallets/${id}/statement?limit=100${cursor}`);
    tokens.push(...(page.entries as { token: string }[]).map(({ token }) => token));
    if (!page.next_cursor) return tokens;
    cursor = `&cursor=${page.next_cursor}`;
  }
}

async function until(isSo: () => Promise<boolean>, msMax: number, what: string): Promise<void> {
  const startedAt = performance.now();
  while (!(await isSo().catch(() => false))) {
    if (performance.now() - startedAt > msMax) throw new Error(`not ${what} within ${msMax / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
