// A bar on standard error with rate and time left, so that standard output is the answer alone.
import { SingleBar } from 'cli-progress';

export type Progress = {
  /** `done` of `total` were done by an earlier run. */
  begin(total: number, done: number): void;
  add(records: number): void;
  stop(): void;
};

export const noProgress: Progress = { begin: () => {}, add: () => {}, stop: () => {} };

export function progressBar(what: string): Progress {
  const bar = new SingleBar({
    format: `${what} {bar} {percentage}% | {value}/{total} records | {perSecond}/s | {eta_formatted} left`,
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
    etaBuffer: 100,
    // Otherwise the bar takes the first Ctrl-C for itself, and the command goes on.
    gracefulExit: false,
  });
  let [total, doneBefore, read, startedAt] = [0, 0, 0, 0];
  const perSecond = () => Math.round((read / Math.max(1, performance.now() - startedAt)) * 1_000);
  return {
    begin(toDo, done) {
      [total, doneBefore, startedAt] = [toDo, done, performance.now()];
      bar.start(total, doneBefore, { perSecond: 0 });
    },
    add(records) {
      read += records;
      bar.update(Math.min(total, doneBefore + read), { perSecond: perSecond() });
    },
    stop() {
      if (startedAt > 0) bar.stop();
    },
  };
}
