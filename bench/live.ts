// The feed under load: events and feed requests at their times (open loop), and meanwhile how long an event takes to change its user's page.
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../infra/config.ts';
import { percentile, table } from './table.ts';

type Load = { readonly events: number; readonly feeds: number };

/** Per second. */
const loads: readonly Load[] = [
  { events: 0, feeds: 0 },
  { events: 100, feeds: 50 },
  { events: 300, feeds: 100 },
  { events: 600, feeds: 100 },
];
const seconds = 20;
const warmUpSeconds = 5;
const users = 500;
const pageLength = 10;
/** An event that has not changed its page after so long has failed. */
const changedMsMax = 10_000;

type Times = { readonly posted: number[]; readonly feed: number[]; readonly changed: number[] };

export async function live(config: Config): Promise<void> {
  const { url } = config.api;
  await measured(url, { events: 100, feeds: 50 }, warmUpSeconds, 'warm');
  const rows: string[][] = [];
  for (const [round, load] of loads.entries()) {
    const times = await measured(url, load, seconds, `r${round}`);
    const both = (values: number[]) =>
      values.length === 0 ? ['–', '–'] : [0.5, 0.99].map((share) => percentile(values, share).toFixed(1));
    rows.push([
      `${load.events} events/s, ${load.feeds} feeds/s`,
      ...both(times.posted),
      ...both(times.feed),
      ...both(times.changed),
      String(times.changed.length),
    ]);
  }
  const heads = ['POST P50', 'P99', 'feed P50', 'P99', 'event → changed page P50', 'P99', 'changes'];
  process.stdout.write(table(['ms at', ...heads], rows));
}

async function measured(url: string, load: Load, forSeconds: number, round: string): Promise<Times> {
  const times: Times = { posted: [], feed: [], changed: [] };
  const endAt = performance.now() + forSeconds * 1_000;
  await Promise.all([
    atRate(load.events, endAt, async (i, due) => {
      await post(url, view(`live_user_${i % users}`, `video${1 + (i % 60)}`));
      times.posted.push(performance.now() - due);
    }),
    atRate(load.feeds, endAt, async (i, due) => {
      await page(url, `live_user_${i % users}`);
      times.feed.push(performance.now() - due);
    }),
    changes(url, endAt, round, times.changed),
  ]);
  return times;
}

/** Starts each at its time, whether or not the ones before have ended; a wait for a turn counts. */
async function atRate(
  perSecond: number,
  endAt: number,
  work: (i: number, due: number) => Promise<void>,
): Promise<void> {
  if (perSecond === 0) return;
  const startedAt = performance.now();
  const open: Promise<void>[] = [];
  for (let i = 0; ; i++) {
    const due = startedAt + (i * 1_000) / perSecond;
    if (due >= endAt) break;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    open.push(work(i, due));
  }
  await Promise.all(open);
}

/** One viewer after the other watches the first video of the page, and asks until it is gone. */
async function changes(url: string, endAt: number, round: string, times: number[]): Promise<void> {
  for (let i = 0; performance.now() < endAt; i++) {
    const user = `live_${round}_${process.pid}_${i % 20}`;
    const [first] = await page(url, user);
    if (!first) throw new Error('the feed is empty: is there demo data?');
    const startedAt = performance.now();
    await post(url, view(user, first));
    while ((await page(url, user)).includes(first)) {
      if (performance.now() - startedAt > changedMsMax) throw new Error(`${first} stays on the page of ${user}`);
    }
    times.push(performance.now() - startedAt);
  }
}

const view = (userId: string, videoId: string) => ({ userId, videoId, action: 'view', watchDurationMs: 12_000 });

async function post(url: string, event: object): Promise<void> {
  const body = JSON.stringify(event);
  const answer = await fetch(`${url}/api/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (answer.status !== 202) throw new Error(`an event was refused: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

/** Ids of a page's videos. */
async function page(url: string, userId: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/grpc/feed?user_id=${userId}&limit=${pageLength}`);
  const { videos } = (await answer.json()) as { videos: { video_id: string }[] };
  return videos.map(({ video_id: videoId }) => videoId);
}
