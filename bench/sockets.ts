// What a socket costs: memory of an idle one, and messages pushed to many on one channel and as fast as they go, beside bare `ws`.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Asked, Pushed } from './sockets-server.ts';
import { table } from './table.ts';

const idleSteps = [1_000, 2_000, 3_000, 4_000, 5_000];
const pushMs = 8_000;
const paceMs = 200;
const connectAtOnce = 200;

type Kind = 'ours' | 'bare';
type Result = { readonly idleKb: number; readonly paced: Pushed; readonly full: Pushed };

export async function sockets(): Promise<void> {
  const [ours, bare] = [await measured('ours'), await measured('bare')];
  const rate = ({ messages, seconds }: Pushed) => (messages / seconds).toFixed(0);
  const cost = ({ messages, cpuSeconds }: Pushed) => ((cpuSeconds * 1e6) / messages).toFixed(1);
  const row = (name: string, { idleKb, paced, full }: Result) => [
    ...[name, idleKb.toFixed(1), rate(paced), cost(paced), rate(full), cost(full)],
  ];
  const heads = ['', 'KB per idle socket', '5,000 sockets, one channel, 5/s: messages/s', 'CPU µs each'];
  process.stdout.write(
    table([...heads, '500 sockets, all it can: messages/s', 'CPU µs each'], [row('/ws', ours), row('bare ws', bare)]),
  );
  const through = (of: (result: Result) => Pushed) => Number(rate(of(ours))) / Number(rate(of(bare)));
  process.stdout.write(`ratio as fast as it can ${through(({ full }) => full).toFixed(2)}\n`);
  process.stdout.write(`sockets ratio ${through(({ paced }) => paced).toFixed(2)}\n`);
}

async function measured(kind: Kind): Promise<Result> {
  const idle = await started(kind);
  const sizes: { count: number; bytes: number }[] = [];
  const open: Socket[] = [];
  for (const count of [0, ...idleSteps]) {
    await opened(idle.port, open, count, subscribeTo(['video:hot']));
    sizes.push({ count, bytes: (await idle.ask({ what: 'rss' })).bytes as number });
  }
  const paced = (await idle.ask({ what: 'push', ms: pushMs, everyMs: paceMs })) as unknown as Pushed;
  await idle.end(open);
  const busy = await started(kind);
  const readers: Socket[] = [];
  // Of one channel it sends at most 5/s: many channels show how fast it can.
  await opened(busy.port, readers, 500, subscribeTo(Array.from({ length: 100 }, (_, i) => `video:v${i}`)));
  const full = (await busy.ask({ what: 'push', ms: pushMs, everyMs: 0 })) as unknown as Pushed;
  await busy.end(readers);
  return { idleKb: slope(sizes.slice(1)) / 1_024, paced, full };
}

/** Least squares. */
export function slope(points: readonly { count: number; bytes: number }[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(({ count }) => count)), mean(points.map(({ bytes }) => bytes))];
  const along = points.reduce((sum, { count, bytes }) => sum + (count - x) * (bytes - y), 0);
  return along / points.reduce((sum, { count }) => sum + (count - x) ** 2, 0);
}

export async function started(kind: Kind) {
  const file = new URL('./sockets-server.ts', import.meta.url);
  const child: ChildProcess = fork(file, [kind], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    ask: async (asked: Asked): Promise<Record<string, unknown>> => {
      child.send(asked);
      const [answer] = await once(child, 'message');
      return answer;
    },
    end: async (open: readonly Socket[]) => {
      for (const socket of open) socket.destroy();
      child.kill();
      await once(child, 'exit');
    },
  };
}

export async function opened(port: number, open: Socket[], count: number, frame: Buffer): Promise<void> {
  while (open.length < count) {
    const some = Array.from({ length: Math.min(connectAtOnce, count - open.length) }, () => clientAt(port, frame));
    open.push(...(await Promise.all(some)));
  }
}

/** A client that costs next to nothing: it greets by hand and throws away what it reads. */
async function clientAt(port: number, frame: Buffer): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = 'host: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n';
  socket.write(`GET /ws HTTP/1.1\r\n${head}sec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`);
  await once(socket, 'data');
  socket.write(frame);
  socket.resume();
  return socket;
}

/** One masked text frame. */
export function subscribeTo(channels: readonly string[]): Buffer {
  const text = Buffer.from(JSON.stringify({ type: 'subscribe', channels }));
  const head = Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 0xff, 0, 0, 0, 0]);
  if (text.length < 126) return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
  return Buffer.concat([head, text]);
}
