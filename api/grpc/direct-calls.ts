// Takes the streams of chosen unary methods off a grpc-js server's connections; all others stay grpc-js's, but for the headers of every answer.
import type { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { answerWith, type StreamListener } from './constant-headers.ts';
import { type Arrived, DirectCall, type DirectMethod } from './direct-call.ts';
import type { SecuredDoor } from './mtls-doors.ts';

type SetUp = (http2Server: EventEmitter, ...more: unknown[]) => void;

export type DirectCalls = {
  readonly methods: readonly DirectMethod[];
  /** Null: everybody may call. */
  readonly refusalOf: SecuredDoor['refusalOf'] | null;
  /** Of every answer, as of now. */
  readonly answerHeaders: () => Readonly<Record<string, string>> | undefined;
};

/** Private in grpc-js: where it begins to listen to an HTTP/2 server, of a port as of an injected connection. */
const setUpName = '_setupHandlers';

/** Before the server listens. @returns false where grpc-js is not as it was in 1.14: then all calls stay with it */
export function takeDirectly(server: Server, { methods, refusalOf, answerHeaders }: DirectCalls): boolean {
  const setUp: unknown = Reflect.get(server, setUpName);
  if (typeof setUp !== 'function') return false;
  const byPath = new Map(methods.map((method) => [method.path, method]));
  const taking: SetUp = (http2Server, ...more) => {
    setUp.call(server, http2Server, ...more);
    const others = http2Server.listeners('stream') as StreamListener[];
    http2Server.removeAllListeners('stream');
    const take: StreamListener = (stream, headers, ...rest) => {
      const method = byPath.get(String(headers[':path']));
      const timeoutMs = method ? timeoutOf(headers) : null;
      const peer = peerOf(stream);
      if (method && timeoutMs !== null && peer) begin(method, { stream, headers, peer, timeoutMs });
      else {
        answerWith(stream, answerHeaders());
        for (const other of others) other.call(http2Server, stream, headers, ...rest);
      }
    };
    http2Server.on('stream', take);
  };
  Reflect.set(server, setUpName, taking);
  return true;

  function begin(method: DirectMethod, { peer, ...arrived }: Omit<Arrived, 'peer'> & { readonly peer: Peer }): void {
    const call = new DirectCall(method, { ...arrived, peer: peer.text });
    const refusal = refusalOf?.(peer.address, peer.port, method.path);
    if (refusal) call.refuse(refusal);
  }
}

const msOf = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 } as const;
const timeoutPattern = /^(\d{1,8})([HMSmun])$/;

/** @returns null of a request that is in some way unusual: grpc-js has an answer to each */
function timeoutOf(headers: IncomingHttpHeaders): number | null {
  const type = headers['content-type'];
  if (type !== 'application/grpc' && type !== 'application/grpc+proto') return null;
  const encoding = headers['grpc-encoding'];
  if (headers[':method'] !== 'POST' || (encoding !== undefined && encoding !== 'identity')) return null;
  const timeout = headers['grpc-timeout'];
  if (timeout === undefined) return Number.POSITIVE_INFINITY;
  const [, count, unit] = timeoutPattern.exec(String(timeout)) ?? [];
  return count && unit ? Math.trunc(Number(count) * msOf[unit as keyof typeof msOf]) : null;
}

type Peer = { readonly text: string; readonly address: string; readonly port: number | undefined };
const peers = new WeakMap<ServerHttp2Session, Peer>();

/** Looked up once for a connection; null when it has gone already. */
function peerOf({ session }: ServerHttp2Stream): Peer | null {
  if (!session) return null;
  const known = peers.get(session as ServerHttp2Session);
  if (known) return known;
  const { remoteAddress: address, remotePort: port } = session.socket;
  if (!address) return null;
  const peer = { text: `${address}:${port}`, address, port };
  peers.set(session as ServerHttp2Session, peer);
  return peer;
}
