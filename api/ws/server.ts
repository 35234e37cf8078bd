// WebSocket at /ws: who may open one, how many there are, the heartbeat, and the end.
//
// Messages are JSON. In: {type: 'subscribe' | 'unsubscribe', channel} and {type: 'ping'}. Out:
//   {type: 'subscribed', channel, sequence, snapshot}   the channel's whole data, which contains updates up to `sequence`
//   {type: 'update', channel, sequence, previous, data} whole data again; the message before it had `previous`
//   {type: 'unsubscribed', channel} · {type: 'pong'} · {type: 'error', reason, detail, field, channel}
// Channels: feed:<userId> (a page of the feed, 10 videos, when it changed), video:<videoId> (live counters; `offset` is
// the place in the log of the last event in them), wallet:<userId> (balances, subscriptions, and as `events` the latest ten
// movements, newest first, such as gift_received and gift_sent: who, what, how much; `token` tells which are new), dating:<userId>
// (matches, and as `events` the latest ten that were made, unlocked or ended; `token` likewise). Each is read at most every 200 ms; what lies between is coalesced.
// Closed with 1001 when the server goes, 1008 on too many messages, 1013 when the client reads too slowly.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { sizes } from '../limits/sizes.ts';
import type { Metrics } from '../metrics.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { endWithProblem } from '../rest/raw-problem.ts';
import { Connection, closeCode } from './connection.ts';
import { Hub } from './hub.ts';

const heartbeatMs = 30_000;

export class SocketServer {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: sizes.socketMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #connections = new Set<Connection>();
  readonly #hub: Hub;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #metrics: Metrics;

  constructor(server: Server, services: Services, metrics: Metrics) {
    this.#hub = new Hub(services);
    this.#metrics = metrics;
    this.#sockets.on('headers', (lines) => {
      for (const header of Object.entries(services.identity.answerHeaders ?? {})) lines.push(header.join(': '));
    });
    server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
    this.#heartbeat = setInterval(() => {
      for (const connection of this.#connections) connection.beat();
    }, heartbeatMs).unref();
  }

  /** Tells every client that this server goes away. */
  close(): void {
    clearInterval(this.#heartbeat);
    for (const connection of this.#connections) connection.close(closeCode.goingAway, 'the server stops');
    this.#hub.close();
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy());
    const refusal = this.#refusalOf(request);
    if (refusal) {
      endWithProblem(stream, refusal);
      return;
    }
    this.#sockets.handleUpgrade(request, stream, head, (socket) => {
      const connection = new Connection(socket, this.#hub, this.#metrics);
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    });
  }

  #refusalOf({ url, headers }: IncomingMessage): Refusal | null {
    if (url?.split('?')[0] !== '/ws') return new Refusal('unknown_route', 'WebSockets are at /ws');
    if (!isAllowedOrigin(headers.origin, headers.host)) return new Refusal('forbidden_origin', 'not from this origin');
    return this.#connections.size < sizes.sockets ? null : new Refusal('overloaded', 'too many connections');
  }
}

/** Browsers name the page that opens a socket; another site's page must not. Without an origin it is no browser. */
export function isAllowedOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  return from.host === host || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(from.hostname);
}
