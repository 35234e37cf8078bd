// From POST to visible: each view is posted at its time (open loop) and read back from the history by its token.
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../infra/config.ts';
import { percentile, table } from './table.ts';

const perSecond = 200;
const seconds = 20;
const warmUpSeconds = 5;

export async function visible(config: Config): Promise<void> {
  const times: { posted: number; visible: number }[] = [];
  const open: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < perSecond * (seconds + warmUpSeconds); i++) {
    const due = startedAt + (i * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    open.push(once(config.api.url, i, due).then((time) => void (i >= perSecond * warmUpSeconds && times.push(time))));
  }
  await Promise.all(open);
  const row = (name: string, values: number[]) => [
    name,
    ...[0.5, 0.9, 0.99].map((share) => percentile(values, share).toFixed(1)),
  ];
  const rows = [
    row(
      'POST acknowledged',
      times.map((t) => t.posted),
    ),
    row(
      'visible in the history',
      times.map((t) => t.visible),
    ),
  ];
  process.stdout.write(table([`ms at ${perSecond} events/s`, 'P50', 'P90', 'P99'], rows));
  process.stdout.write(
    `visible ${percentile(
      times.map((t) => t.visible),
      0.5,
    ).toFixed(1)} ms\n`,
  );
}

/** Times from when the request was due, so that waiting for a turn counts too. */
async function once(url: string, i: number, due: number): Promise<{ posted: number; visible: number }> {
  const userId = `bench_user_${i % 500}`;
  const body = JSON.stringify({ userId, videoId: `video${1 + (i % 60)}`, watchDurationMs: 1_000 + i });
  const answer = await fetch(`${url}/api/demo/track-view`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { event_id, token } = (await answer.json()) as { event_id: string; token: string };
  const posted = performance.now() - due;
  const read = await fetch(`${url}/api/users/${userId}/history?limit=5&token=${encodeURIComponent(token)}`);
  const text = await read.text();
  if (!text.includes(event_id)) throw new Error(`event ${event_id} is not in the history: ${text.slice(0, 200)}`);
  return { posted, visible: performance.now() - due };
}
