// Load at a fixed arrival rate, and rounds of ours and the peer in turn.
import { setTimeout as pause } from 'node:timers/promises';

export type Rate = { readonly perSecond: number; readonly seconds: number };

/** Starts each at its time, whether or not those before have ended. @param work is told when it was due (performance.now()), or when it began where that was a little earlier */
export async function openLoop(
  { perSecond, seconds }: Rate,
  work: (i: number, due: number) => Promise<unknown>,
): Promise<void> {
  const startedAt = performance.now();
  const open: Promise<unknown>[] = [];
  for (let i = 0; i < perSecond * seconds; i++) {
    const due = startedAt + (i * 1_000) / perSecond;
    while (due - performance.now() > 1) await pause(due - performance.now());
    const one = work(i, Math.min(due, performance.now()));
    // Looked at below; until then a failure must not end the process.
    one.catch(() => {});
    open.push(one);
  }
  await Promise.all(open);
}

export type Closed = { readonly callers: number; readonly seconds: number; readonly warmUpSeconds: number };

/** So many callers, each with its next as soon as it is answered. @returns what `work` counts, a second, after the warm-up */
export async function closedLoop(
  { callers, seconds, warmUpSeconds }: Closed,
  work: (i: number) => Promise<number>,
): Promise<number> {
  const from = performance.now() + warmUpSeconds * 1_000;
  const to = from + seconds * 1_000;
  let [next, count] = [0, 0];
  const caller = async () => {
    while (performance.now() < to) {
      const done = await work(next++);
      const now = performance.now();
      if (now >= from && now < to) count += done;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return count / seconds;
}

/** A B A B …: each of the sides once a round. @returns what each answered, by round */
export async function inTurn<T>(
  rounds: number,
  sides: Readonly<Record<string, (round: number) => Promise<T>>>,
): Promise<Record<string, T[]>> {
  const all: Record<string, T[]> = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(sides)) all[name]?.push(await run(round));
  return all;
}
