// WebSocket at /ws: who may open one, how many there are, the heartbeat, and the end. The protocol is in docs/websocket.md.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { messageMayCome, socketMayOpen, socketPeer, unknownCaller, type Visitor } from '../limits/at-the-door.ts';
import type { Metrics } from '../metrics.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { hostRefusal } from '../rest/known-hosts.ts';
import { isForWebSocket, withoutUpgrade } from '../rest/other-upgrades.ts';
import { endWithProblem } from '../rest/raw-problem.ts';
import type { Web } from '../rest/web.ts';
import { SocketCaller } from './caller.ts';
import { Connection } from './connection.ts';
import { callerAt, refusalOf } from './handshake.ts';
import { Hub } from './hub.ts';
import { closeCode, limits, subprotocol } from './protocol.ts';

export type SocketOptions = {
  readonly connectionsPerAddressMax: number;
  /** Whose pages may open a socket, besides our own; `*` is any. */
  readonly origins: readonly string[];
  /** By which names it may be asked; null: any. */
  readonly hosts: Web['hosts'];
};
export const openOptions: SocketOptions = { connectionsPerAddressMax: limits.connectionsMax, origins: [], hosts: null };
const checkMs = 1_000;

export class SocketServer {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  readonly #connections = new Set<Connection>();
  readonly #byAddress = new Map<string, number>();
  readonly #hub: Hub;
  readonly #services: Services;
  readonly #metrics: Metrics;
  readonly #options: SocketOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  #isClosed = false;

  constructor(server: Server, services: Services, metrics: Metrics, options = openOptions) {
    this.#hub = new Hub(services);
    this.#services = services;
    this.#metrics = metrics;
    this.#options = options;
    this.#sockets.on('headers', (lines) => {
      for (const header of Object.entries(services.identity.answerHeaders ?? {})) lines.push(header.join(': '));
    });
    server.on('upgrade', (request, stream, head) => {
      if (isForWebSocket(request)) void this.#upgrade(request, stream, head);
      else withoutUpgrade(server, request, { stream, head });
    });
    const beat = () => {
      for (const connection of this.#connections) connection.beat();
    };
    const check = () => {
      const now = Date.now();
      for (const connection of this.#connections) void connection.check(now);
    };
    this.#timers = [setInterval(beat, limits.heartbeatMs).unref(), setInterval(check, checkMs).unref()];
  }

  /** Tells every client that this server goes away, and each another time to come back at. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const connection of this.#connections) {
      const retryAfterMs = Math.floor(Math.random() * limits.reconnectMsMax);
      connection.close(closeCode.goingAway, { reason: 'server_stops', retry_after_ms: retryAfterMs });
    }
    this.#hub.close();
  }

  async #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    stream.on('error', () => stream.destroy());
    const visitor = await this.#visitorOf(request);
    if (visitor instanceof Refusal) return endWithProblem(stream, visitor, this.#services);
    if (stream.destroyed) return;
    // While its token was looked at, others may have come, or the server may have begun to stop.
    const fullness = this.#fullness(visitor.peer.address);
    if (fullness) return endWithProblem(stream, fullness, this.#services);
    this.#sockets.handleUpgrade(request, stream, head, (socket) => this.#connect(socket, request, visitor));
  }

  async #visitorOf(request: IncomingMessage): Promise<Visitor | Refusal> {
    const { limits: rates } = this.#services;
    const peer = socketPeer(rates, request);
    if (peer instanceof Refusal) return peer;
    const { hosts, origins } = this.#options;
    const refusal =
      hostRefusal(request.headers.host, hosts) ?? refusalOf(request, origins) ?? this.#fullness(peer.address);
    const caller = refusal ?? (await callerAt(this.#services, request));
    if (caller instanceof Refusal) return refusal ?? unknownCaller(rates, peer, caller);
    return (await socketMayOpen(rates, { caller, peer })) ?? { caller, peer };
  }

  #connect(socket: WebSocket, request: IncomingMessage, { caller, peer }: Visitor): void {
    const { address } = peer;
    const speaksFor = new SocketCaller(() => this.#services.identity, caller, request.headers.authorization);
    const connection = new Connection(socket, {
      ...{ hub: this.#hub, metrics: this.#metrics, caller: speaksFor },
      mayCome: (caller) => messageMayCome(this.#services.limits, { caller, peer }),
    });
    this.#connections.add(connection);
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
    socket.once('close', () => {
      this.#connections.delete(connection);
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#byAddress.set(address, left);
      else this.#byAddress.delete(address);
    });
  }

  #fullness(address: string): Refusal | null {
    if (this.#isClosed) return new Refusal('unavailable', 'the server stops');
    if (this.#connections.size >= limits.connectionsMax) return new Refusal('overloaded', 'too many connections');
    const isFull = (this.#byAddress.get(address) ?? 0) >= this.#options.connectionsPerAddressMax;
    return isFull ? new Refusal('rate_limited', 'too many connections of this address') : null;
  }
}
