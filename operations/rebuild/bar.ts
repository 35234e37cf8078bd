// The progress of a shadow behind live, on standard error: records, rate and time left.
import { SingleBar } from 'cli-progress';

export type FollowBar = { update(folded: number, live: number): void; stop(): void };

export function followBar(what: string): FollowBar {
  const bar = new SingleBar({
    gracefulExit: false,
    format: `${what} {bar} {percentage}% | {value}/{total} records | {perSecond}/s | {left} left`,
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 2_000,
  });
  let started: { at: number; folded: number } | null = null;
  return {
    update(folded, live) {
      if (!started) {
        started = { at: performance.now(), folded };
        bar.start(live, folded, { perSecond: 0, left: '?' });
      }
      const perSecond = ((folded - started.folded) / Math.max(1, performance.now() - started.at)) * 1_000;
      const left = perSecond > 0 ? `${Math.ceil((live - folded) / perSecond)} s` : '?';
      bar.setTotal(live);
      bar.update(Math.min(folded, live), { perSecond: Math.round(perSecond).toLocaleString('en'), left });
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
