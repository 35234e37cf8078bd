// Mutual TLS for the gRPC ports: connections of known peers alone, each call held against the table of who may call whom.
import type { TLSSocket } from 'node:tls';
import {
  type Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type StatusObject,
} from '@grpc/grpc-js';
import type { Log } from '../../infra/log.ts';
import type { Identity } from '../../infra/mtls/kept-certificate.ts';
import { type Inventory, MtlsListener } from '../../infra/mtls/listener.ts';
import { Refusal } from '../problems.ts';
import { mayCall } from './allowed-callers.ts';
import { statusOf } from './status-details.ts';

export type MtlsDoorsNeeds = { readonly inventory: Inventory; readonly log: Log; readonly now: () => number };

/** What a gRPC server needs to listen behind mutual TLS. */
export type SecuredDoor = {
  readonly interceptors: ServerInterceptor[];
  /** What whoever is at the other end is told who may not call this; null: they may. */
  refusalOf(address: unknown, port: unknown, path: string): StatusObject | null;
  /** @returns the port */
  listen(server: Server, host: string, port: number): Promise<number>;
  /** Takes no more connections; the server ends those that are open. */
  close(): void;
};

export class MtlsDoors {
  readonly #needs: MtlsDoorsNeeds;
  readonly #listeners = new Set<MtlsListener>();
  #identity: Identity | null = null;

  constructor(needs: MtlsDoorsNeeds) {
    this.#needs = needs;
  }

  door(): SecuredDoor {
    let server: Server | null = null;
    const listener = new MtlsListener({ ...this.#needs, onConnection: (socket) => handOver(server, socket) });
    this.#listeners.add(listener);
    if (this.#identity) listener.setIdentity(this.#identity);
    const refusalOf = refusing(listener);
    return {
      interceptors: [peerCheck(refusalOf)],
      refusalOf,
      listen: (listening, host, port) => {
        server = listening;
        return listener.listen(host, port);
      },
      close: () => {
        listener.close();
        this.#listeners.delete(listener);
      },
    };
  }

  /** What handshakes show from now on. Before the first one, none succeeds. */
  setIdentity(identity: Identity): void {
    this.#identity = identity;
    for (const listener of this.#listeners) listener.setIdentity(identity);
  }

  /** Cuts what is open with this certificate, on every port. */
  cut(serialNumber: string): void {
    for (const listener of this.#listeners) listener.cut(serialNumber);
  }
}

/** The handshake is done: to the server it is a connection like any other. An injector of its own can end it alone, in order. */
function handOver(server: Server | null, socket: TLSSocket): (graceMs: number) => void {
  if (!server) throw new Error('a connection came before the server');
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  socket.once('close', () => injector.destroy());
  injector.injectConnection(socket);
  return (graceMs) => injector.drain(graceMs);
}

function refusing(listener: MtlsListener): SecuredDoor['refusalOf'] {
  return (address, port, path) => {
    const peer = listener.peerAt(String(address), Number(port));
    if (peer && mayCall(peer.serviceName, path)) return null;
    const who = peer ? peer.serviceName : 'nobody known';
    return statusOf(new Refusal('forbidden', `${who} may not call ${path.split('/')[1]}`));
  };
}

function peerCheck(refusalOf: SecuredDoor['refusalOf']): ServerInterceptor {
  return ({ path }, call) => {
    const { remoteAddress, remotePort } = call.getConnectionInfo();
    const status = refusalOf(remoteAddress, remotePort, path);
    if (!status) return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      start: (next) => next({ onReceiveMetadata: () => call.sendStatus(status), ...passedOver }),
    });
  };
}

/** Of a call that is refused nothing more is read. */
const passedOver = {
  onReceiveMessage: () => undefined,
  onReceiveHalfClose: () => undefined,
  onCancel: () => undefined,
};
