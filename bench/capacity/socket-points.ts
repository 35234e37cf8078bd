// What sockets cost, measured with few of them, and what many really take: the same server as the benchmark `sockets`.
import type { Socket } from 'node:net';
import { opened, slope, started, subscribeTo } from '../sockets.ts';
import type { Pushed } from '../sockets-server.ts';
import { median } from '../table.ts';

/** What the units are taken from, and what is then predicted. */
const [fewSockets, manySockets] = [[1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000], 6_000] as const;
const pushMs = 8_000;
/** Of one channel a socket is sent at most five a second. */
const everyMs = 200;

export type SocketPoints = {
  readonly socketKb: number;
  readonly handshakeMicros: number;
  readonly pushMicros: number;
  readonly many: {
    readonly sockets: number;
    /** MiB, of the whole process. */
    readonly predictedMiB: number;
    readonly measuredMiB: number;
    readonly messagesPerSecond: number;
    readonly predictedCores: number;
    readonly measuredCores: number;
  };
};

/** CPU seconds of the server so far, before and after it collected its garbage to be weighed. */
type Point = {
  readonly count: number;
  readonly bytes: number;
  readonly cpuSeconds: { readonly before: number; readonly after: number };
};

export async function socketPoints(): Promise<SocketPoints> {
  const server = await started('ours');
  const open: Socket[] = [];
  try {
    const points: Point[] = [];
    const upTo = async (count: number) => {
      await opened(server.port, open, count, subscribeTo(['video:hot']));
      points.push({ count, ...((await server.ask({ what: 'rss' })) as Omit<Point, 'count'>) });
      return points.at(-1)?.bytes ?? Number.NaN;
    };
    // The code is warm, and its memory taken, before the first point counts.
    for (const count of [500, ...fewSockets]) await upTo(count);
    const counted = points.slice(1);
    const last = counted.at(-1) as Point;
    const bytesEach = slope(counted);
    const push = async () => (await server.ask({ what: 'push', ms: pushMs, everyMs })) as unknown as Pushed;
    await push();
    const few = await push();
    const pushMicros = (few.cpuSeconds * 1e6) / few.messages;
    const bytes = await upTo(manySockets);
    const many = await push();
    const messagesPerSecond = many.messages / many.seconds;
    return {
      socketKb: bytesEach / 1_024,
      handshakeMicros: handshakeOf(counted),
      pushMicros,
      many: {
        sockets: manySockets,
        predictedMiB: (last.bytes + bytesEach * (manySockets - last.count)) / 2 ** 20,
        measuredMiB: bytes / 2 ** 20,
        messagesPerSecond,
        predictedCores: (messagesPerSecond * pushMicros) / 1e6,
        measuredCores: many.cpuSeconds / many.seconds,
      },
    };
  } finally {
    await server.end(open);
  }
}

function handshakeOf(points: readonly Point[]): number {
  const each = points.slice(1).map(({ count, cpuSeconds }, i) => {
    const from = points[i] as Point;
    return ((cpuSeconds.before - from.cpuSeconds.after) * 1e6) / (count - from.count);
  });
  return median(each);
}
