// The live load of the benchmark `rebuild`: posts and reads at a fixed arrival rate, and how long they took.
import { setTimeout as pause } from 'node:timers/promises';

export const perSecond = 50;

export type Times = { acknowledged: number[]; visible: number[]; video: number[]; failed: string[] };
const noTimes = (): Times => ({ acknowledged: [], visible: [], video: [], failed: [] });

/** Posts and reads at a fixed arrival rate for as long as the work lasts; times count from when a request was due. */
export async function underLoad(url: string, work: () => Promise<unknown>): Promise<Times> {
  const times = noTimes();
  let isOver = false;
  const over = work().then(() => {
    isOver = true;
  });
  const open = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let i = 0; !isOver; i++) {
    const due = startedAt + (i * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    const one = once(url, i, due, times).finally(() => open.delete(one));
    open.add(one);
  }
  await Promise.all(open);
  await over;
  return times;
}

async function once(url: string, i: number, due: number, times: Times): Promise<void> {
  const userId = `user${i % 500}`;
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await fetch(url + path, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${path.split('?')[0]}: ${text.slice(0, 200)}`);
    return text;
  };
  try {
    const body = JSON.stringify({ userId, videoId: `video${i % 60}`, watchDurationMs: 1_000 });
    const headers = { 'content-type': 'application/json' };
    const { token } = JSON.parse(await ask('/api/demo/track-view', { method: 'POST', headers, body }));
    times.acknowledged.push(performance.now() - due);
    await ask(`/api/users/${userId}/history?limit=5&token=${encodeURIComponent(token)}`);
    times.visible.push(performance.now() - due);
    const askedAt = performance.now();
    await ask(`/api/videos/video${i % 60}`);
    times.video.push(performance.now() - askedAt);
  } catch (error) {
    times.failed.push(error instanceof Error ? error.message : String(error));
  }
}
