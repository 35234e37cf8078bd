// Mutual TLS for the gRPC ports: connections of known peers alone, each call held against the table of who may call whom.
import { type Server, ServerCredentials, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
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
    let take: (socket: import('node:tls').TLSSocket) => void = (socket) => socket.destroy();
    const listener = new MtlsListener({ ...this.#needs, onConnection: (socket) => take(socket) });
    this.#listeners.add(listener);
    if (this.#identity) listener.setIdentity(this.#identity);
    return {
      interceptors: [peerCheck(listener)],
      listen: (server, host, port) => {
        // The listener has done the handshake: to the server it is a connection like any other.
        const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
        take = (socket) => injector.injectConnection(socket);
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

function peerCheck(listener: MtlsListener): ServerInterceptor {
  return ({ path }, call) => {
    const { remoteAddress, remotePort } = call.getConnectionInfo();
    const peer = listener.peerAt(String(remoteAddress), Number(remotePort));
    if (peer && mayCall(peer.serviceName, path)) return new ServerInterceptingCall(call);
    const who = peer ? peer.serviceName : 'nobody known';
    const status = statusOf(new Refusal('forbidden', `${who} may not call ${path.split('/')[1]}`));
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
