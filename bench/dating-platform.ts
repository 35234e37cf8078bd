// Dating over HTTP, whole platform: a page of matches at a steady rate as a city grows, then as many swipes a second as are decided.
import { setTimeout as pause } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { PersonKeys } from '../infra/person-keys.ts';
import { activityProducer } from '../producers/activity.ts';
import { Publisher } from '../producers/publish.ts';
import { berlin, cityOf } from './dating-world.ts';
import { payerOf, payers } from './gift-backlog.ts';
import { timeNow } from './gift-load.ts';
import { type Platform, startPlatform } from './gift-platform.ts';
import { HttpClient } from './http-client.ts';
import { percentile, table } from './table.ts';

const sizes = [1_000, 10_000, 100_000];
const [perSecond, seconds, warmUpSeconds] = [50, 15, 10];
const limit = 20;
const offeredEach = 20;
const swiping = { callers: 128, seconds: 8, warmUpSeconds: 3 };
const publishedAtOnce = 2_000;
/** Nobody waits for an answer here: a busy broker may take its time. */
const publishedMsMax = 60_000;
const loadedMsMax = 300_000;

/** The first thousand of the city have coins, so that they can go on swiping. */
export const idOf = (n: number): string => (n < payers ? payerOf(n) : `${berlin.name}${n}`);

/** Pages over HTTP and swipes, one platform for each size of the city. */
export async function datingOverHttp(config: Config, log: Log): Promise<void> {
  const rows: string[][] = [];
  for (const size of sizes) {
    const platform = await startPlatform(config, log, (own) => fillCity(own, log, size));
    try {
      await untilOffered(platform);
      await pages(platform, size, warmUpSeconds);
      const times = await pages(platform, size, seconds);
      const swipes = await swipesASecond(platform);
      const figures = [percentile(times, 0.5), percentile(times, 0.99)].map((ms) => ms.toFixed(1));
      rows.push([`${size}`, ...figures, `${perSecond * seconds - times.length}`, Math.round(swipes).toString()]);
    } finally {
      await platform.stop();
    }
  }
  const head = ['in the city', `GET matches at ${perSecond}/s P50 ms`, 'P99 ms', 'not answered', 'swipes decided/s'];
  process.stdout.write(table(head, rows));
}

export async function fillCity(config: Config, log: Log, size: number): Promise<void> {
  const personKeys = new PersonKeys({ config, log, onFatal: () => {} });
  const publisher = new Publisher({ config, log, limits: { deadlineMs: publishedMsMax } });
  await Promise.all([personKeys.start(), publisher.start()]);
  const { produceUserActivityEvent } = activityProducer(publisher, personKeys);
  let open: Promise<unknown>[] = [];
  let n = 0;
  for (const { dating, ageBand } of cityOf(berlin, size)) {
    const profile = { action: 'dating_profile', userId: idOf(n++), status: 'visible', source: 'bench' } as const;
    const publish = () => produceUserActivityEvent({ ...profile, ageBand, dating: { ...dating } });
    open.push(pRetry(publish, { retries: 10, minTimeout: 500, factor: 1 }));
    if (open.length < publishedAtOnce) continue;
    await Promise.all(open);
    open = [];
  }
  await Promise.all(open);
  await Promise.all([publisher.stop(), personKeys.stop()]);
}

export const pathOf = (n: number): string => `/api/grpc/dating/matches?userId=${payerOf(n)}&limit=${limit}`;

/** Resolves once everybody has been folded and copied: the last of the city is known. */
export async function untilOffered({ port }: Platform): Promise<void> {
  const client = new HttpClient(port, 1);
  const deadline = performance.now() + loadedMsMax;
  let last = 'no answer';
  while (performance.now() < deadline) {
    const seen = await client
      .get('/api/demo/architecture')
      .catch((error: Error) => ({ status: 0, body: error.message }));
    const page = await client.get(pathOf(1)).catch((error: Error) => ({ status: 0, body: error.message }));
    last = `${page.status} ${page.body.slice(0, 300)}`;
    if (page.status === 200 && lagOf(seen.body) === 0) return client.close();
    await pause(250);
  }
  throw new Error(`no matches within ${loadedMsMax} ms: ${last}`);
}

function lagOf(architecture: string): number {
  const lags = [...architecture.matchAll(/"lag":\s*(\d+)/g)].map(([, lag]) => Number(lag));
  return lags.length === 0 ? Number.NaN : Math.max(...lags);
}

/** Open loop: times count from when a request was due. */
async function pages({ port }: Platform, size: number, forSeconds: number): Promise<number[]> {
  const client = new HttpClient(port, 200);
  const startedAt = timeNow();
  const open: Promise<number | null>[] = [];
  for (let i = 0; i < perSecond * forSeconds; i++) {
    const due = startedAt + (i * 1_000) / perSecond;
    while (due - timeNow() > 1) await pause(due - timeNow());
    const asked = client.get(pathOf((i * 37) % Math.min(size, payers)));
    open.push(asked.then(({ status }) => (status === 200 ? timeNow() - due : null)));
  }
  const all = await Promise.all(open);
  client.close();
  return all.filter((ms) => ms !== null);
}

type Offer = { readonly payer: string; readonly target: string };

/** For each who has coins, people whom they are offered: the first of everybody, then the second, and so on. */
async function offersIn({ port }: Platform): Promise<Offer[]> {
  const client = new HttpClient(port, 8);
  const rounds: Offer[][] = Array.from({ length: offeredEach }, () => []);
  const ask = async (n: number) => {
    const payer = payerOf(n);
    const { body } = await client.get(`/api/grpc/dating/matches?userId=${payer}&limit=${offeredEach}`);
    const { matches = [] } = JSON.parse(body) as { matches?: { user_id: string }[] };
    for (const [i, { user_id: target }] of matches.entries()) rounds[i]?.push({ payer, target });
  };
  for (let n = 0; n < payers; n += 8) await Promise.all(Array.from({ length: 8 }, (_, i) => ask(n + i)));
  client.close();
  return rounds.flat();
}

/** Closed loop: each a swipe on somebody who was offered, with the verdict of the pair. */
async function swipesASecond(platform: Platform): Promise<number> {
  const { callers, seconds: forSeconds, warmUpSeconds: before } = swiping;
  const offers = await offersIn(platform);
  const client = new HttpClient(platform.port, callers);
  const from = timeNow() + before * 1_000;
  const to = from + forSeconds * 1_000;
  let [next, decided] = [0, 0];
  const caller = async () => {
    while (timeNow() < to) {
      const i = next++;
      const offer = offers[i];
      if (!offer) throw new Error(`all ${offers.length} who were offered have been swiped`);
      const direction = i % 3 === 0 ? 'LEFT' : 'RIGHT';
      const body = JSON.stringify({ user_id: offer.payer, target_user_id: offer.target, direction });
      const { status } = await client.post('/api/grpc/dating/swipe', { 'idempotency-key': `swipe-${i}` }, body);
      const now = timeNow();
      if (status === 200 && now >= from && now < to) decided += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  client.close();
  return decided / forSeconds;
}
