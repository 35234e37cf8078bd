// Takes a port that may be held for a moment: by an outgoing connection, or by the process before this one.
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { StartRefused } from './start-refused.ts';

export type WantedPort = {
  readonly port: number;
  /** Who wants it, as in "the API". */
  readonly owner: string;
  /** What names another one, as in "set PORT to another". */
  readonly remedy: string;
};

const everyMs = 250;
const msMax = 15_000;

const isTaken = (error: unknown) =>
  (error as NodeJS.ErrnoException).code === 'EADDRINUSE' || /EADDRINUSE/.test((error as Error).message);

/** @throws StartRefused if the port stays taken for so long */
export async function listening<T>(wanted: WantedPort, listen: () => Promise<T>, patienceMs = msMax): Promise<T> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await listen();
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (performance.now() >= until) throw new StartRefused(sentence(wanted, patienceMs));
    }
    await pause(everyMs);
  }
}

/** @throws the system's error if nobody can listen there now */
export function refuseTaken(host: string, port: number): Promise<void> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => server.close(() => resolve()));
  });
}

const sentence = ({ port, owner, remedy }: WantedPort, patienceMs: number) =>
  `port ${port}, which ${owner} wants, has been taken for ${patienceMs / 1000} s: free it, or ${remedy}`;
