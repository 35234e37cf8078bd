// A real HTTP server over services that a test makes up; nothing behind it is connected.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { demoIdentity } from '../../api/access.ts';
import { createApp } from '../../api/app.ts';
import { sizes } from '../../api/limits/sizes.ts';
import { Metrics } from '../../api/metrics.ts';
import { type Acknowledgement, lateServices, type Services } from '../../api/ports.ts';
import { answerUnreadable } from '../../api/rest/raw-problem.ts';
import type { Web } from '../../api/rest/web.ts';
import { openOptions, SocketServer } from '../../api/ws/server.ts';

export const now = Date.UTC(2026, 10, 1);

export const acknowledged: Acknowledgement = {
  eventId: 'event-1',
  topic: 'user_activity',
  partition: 3,
  offset: 41,
  token: 'user_activity:3:41',
};

export const video = (id: string) => ({
  video_id: id,
  creator_id: 'creator-1',
  title: id,
  final_score: 0.5,
  explanation: ['Recently posted (2 hours ago)'],
  confidence: 0.6,
  receipt_id: `receipt-${id}`,
});

export type Api = {
  readonly url: string;
  readonly metrics: Metrics;
  readonly sockets: SocketServer;
  close(): Promise<void>;
};

/** Parts that are not given refuse as parts do that are still connecting. */
export async function startApi(parts: Partial<Services>, web?: Web): Promise<Api> {
  const metrics = new Metrics();
  const { services, provide } = lateServices();
  provide('metrics', metrics);
  provide('identity', demoIdentity);
  provide('now', () => now);
  for (const [name, part] of Object.entries(parts)) provide(name as keyof Services, part as never);
  const log = pino({ level: 'silent' });
  const app = createApp({ services, metrics, log, clientEvent: { type: 'object' }, ...(web && { web }) });
  const server = createServer({ maxHeaderSize: sizes.headerBytes }, app);
  answerUnreadable(server, services);
  const sockets = new SocketServer(server, services, metrics, { ...openOptions, ...(web && { hosts: web.hosts }) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, metrics, sockets, close: () => closed(server, sockets) };
}

function closed(server: Server, sockets: SocketServer): Promise<void> {
  sockets.close();
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

export async function problemFrom(response: Response): Promise<Record<string, unknown>> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) {
    throw new Error(`not a problem but ${response.status} ${response.headers.get('content-type')}`);
  }
  return (await response.json()) as Record<string, unknown>;
}
