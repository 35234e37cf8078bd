// The server of the sockets' benchmark, a process of its own so that its memory and time are its alone: ours over made-up counters, or bare `ws`.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { demoIdentity } from '../api/access.ts';
import { Metrics } from '../api/metrics.ts';
import { lateServices, type Services } from '../api/ports.ts';
import { SocketServer } from '../api/ws/server.ts';
import { initialState } from '../processors/engagement/domain.ts';
import { Listeners } from '../projections/listeners.ts';

export type Asked = { readonly what: 'rss' } | { readonly what: 'push'; readonly ms: number; readonly everyMs: number };
export type Pushed = { readonly messages: number; readonly seconds: number; readonly cpuSeconds: number };

type Pusher = { push(): void; messages(): number };

const bufferedMax = 65_536;
const server = createServer();
const pusher = process.argv[2] === 'bare' ? bare() : ours();
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', (asked: Asked) => void answered(asked).then((answer) => process.send?.(answer)));

async function answered(asked: Asked): Promise<object> {
  if (asked.what === 'push') return pushed(asked.ms, asked.everyMs);
  const before = cpuSeconds();
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { bytes: process.memoryUsage.rss(), cpuSeconds: { before, after: cpuSeconds() } };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** @param everyMs 0: as often as it can */
async function pushed(ms: number, everyMs: number): Promise<Pushed> {
  const [startedAt, before, cpu] = [performance.now(), pusher.messages(), process.cpuUsage()];
  while (performance.now() - startedAt < ms) {
    pusher.push();
    await new Promise((resolve) => (everyMs === 0 ? setImmediate(resolve) : setTimeout(resolve, everyMs)));
  }
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { messages: pusher.messages() - before, seconds, cpuSeconds: (used.user + used.system) / 1e6 };
}

function ours(): Pusher {
  const metrics = new Metrics();
  const { services, provide } = lateServices();
  const listeners = new Listeners();
  let [offset, messages] = [0, 0];
  const place = async () => ({ generation: 1, next: offset });
  metrics.pushes.inc = () => {
    messages += 1;
  };
  const parts = {
    ...{ identity: demoIdentity, metrics, now: Date.now },
    positions: { generation: () => 1, of: place, ofAll: place, onGeneration: () => {} },
    videos: { figures: async () => ({ engagement: { ...initialState(), views: offset, offset } }) },
    feed: { onVideoChange: (id: string, listener: () => void) => listeners.add(id, listener) },
  };
  for (const [name, part] of Object.entries(parts)) provide(name as keyof Services, part as never);
  new SocketServer(server, services, metrics);
  const push = () => {
    offset += 1;
    listeners.fireAll();
  };
  return { push, messages: () => messages };
}

/** The same message to everyone, as long as they take it. */
function bare(): Pusher {
  const sockets = new Set<WebSocket>();
  let messages = 0;
  const text = Buffer.from('x'.repeat(290));
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => sockets.add(socket));
  const push = () => {
    for (const socket of sockets) {
      if (socket.bufferedAmount > bufferedMax) continue;
      socket.send(text, { binary: false });
      messages += 1;
    }
  };
  return { push, messages: () => messages };
}
