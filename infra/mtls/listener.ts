// A TLS port that lets in only holders of good certificates: checks each connection against the inventory, closes those that are revoked.
import { constants } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import { serviceOf } from '../../schemas/security.ts';
import type { Log } from '../log.ts';

/** Who is at the other end of a connection. */
export type Peer = { readonly serviceName: string; readonly serialNumber: string; readonly notAfter: number };

/** Whether a certificate that the authority has signed is still to be trusted. */
export type Inventory = {
  /** Null: not known yet; then `caughtUp` is waited for. */
  isGood(serialNumber: string): boolean | null;
  caughtUp(): Promise<void>;
};

export type MtlsListenerOptions = {
  readonly inventory: Inventory;
  readonly log: Log;
  readonly now: () => number;
  /** Takes over a connection whose other end is known. @returns what ends it in order: no new calls, those that run may end */
  readonly onConnection: (socket: TLSSocket) => (graceMs: number) => void;
};

type Connection = {
  readonly peer: Peer;
  readonly drain: (graceMs: number) => void;
  /** Its certificate ends soon: the other end should come again with a newer one. */
  readonly drainAt: number;
  isDraining: boolean;
};

const handshakeMsMax = 10_000;
const unknownMsMax = 3_000;
const sweepMs = 500;
const drainBeforeMsMax = 60_000;
const connectionsMax = 10_000;
const { SSL_OP_NO_TICKET } = constants;

export class MtlsListener {
  readonly #options: MtlsListenerOptions;
  readonly #server: Server;
  readonly #sockets = new Map<TLSSocket, Connection>();
  /** By address and port of the other end. */
  readonly #peers = new Map<string, Peer>();
  readonly #bySerial = new Map<string, Set<TLSSocket>>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: MtlsListenerOptions) {
    this.#options = options;
    // Without a certificate no handshake succeeds: nobody is let in before `setIdentity`.
    this.#server = createServer({
      ...{ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', ALPNProtocols: ['h2'] },
      ...{ handshakeTimeout: handshakeMsMax, secureOptions: SSL_OP_NO_TICKET, noDelay: true },
    });
    this.#server.maxConnections = connectionsMax;
    this.#server.on('secureConnection', (socket) => void this.#admit(socket));
    // Whoever finds the port can cause these, as many as they like.
    this.#server.on('tlsClientError', (error, { remoteAddress: from }) =>
      this.#options.log.debug({ from }, `no handshake: ${error.message}`),
    );
    this.#sweeper = setInterval(() => this.#endExpiring(), sweepMs).unref();
  }

  /** From now on handshakes show this certificate; connections that are open live on. */
  setIdentity({ key, cert, ca }: Required<Pick<SecureContextOptions, 'key' | 'cert' | 'ca'>>): void {
    this.#server.setSecureContext({ key, cert, ca, minVersion: 'TLSv1.2', secureOptions: SSL_OP_NO_TICKET });
  }

  /** @returns the port */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Who is at this address and port; null if nobody is connected from there. */
  peerAt(address: string, port: number): Peer | null {
    return this.#peers.get(`${address} ${port}`) ?? null;
  }

  /** Cuts every connection that was opened with this certificate. */
  cut(serialNumber: string): void {
    for (const socket of this.#bySerial.get(serialNumber) ?? []) socket.destroy();
  }

  /** Takes no more connections; those that are open are their owner's to end. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#server.close();
  }

  async #admit(socket: TLSSocket): Promise<void> {
    socket.on('error', () => undefined);
    const peer = peerOf(socket);
    if (!peer) return this.#turnAway(socket, 'its certificate names no service');
    if (peer.notAfter <= this.#options.now()) return this.#turnAway(socket, 'its certificate has expired');
    const isGood = this.#options.inventory.isGood(peer.serialNumber) ?? (await this.#looksGood(peer));
    if (!isGood) return this.#turnAway(socket, `certificate ${peer.serialNumber} is revoked or not in the inventory`);
    if (socket.destroyed) return;
    this.#keep(socket, peer);
  }

  /** Another instance may have issued it a moment ago. */
  async #looksGood({ serialNumber }: Peer): Promise<boolean> {
    const { inventory } = this.#options;
    const late = new Promise<void>((resolve) => setTimeout(resolve, unknownMsMax).unref());
    await Promise.race([inventory.caughtUp().catch(() => undefined), late]);
    return inventory.isGood(serialNumber) === true;
  }

  #keep(socket: TLSSocket, peer: Peer): void {
    const place = `${socket.remoteAddress} ${socket.remotePort}`;
    const alike = this.#bySerial.get(peer.serialNumber) ?? new Set();
    this.#peers.set(place, peer);
    this.#bySerial.set(peer.serialNumber, alike.add(socket));
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#peers.delete(place);
      alike.delete(socket);
      if (alike.size === 0) this.#bySerial.delete(peer.serialNumber);
    });
    const { onConnection, now } = this.#options;
    const drainAt = peer.notAfter - Math.min(drainBeforeMsMax, (peer.notAfter - now()) / 4);
    this.#sockets.set(socket, { peer, drainAt, drain: onConnection(socket), isDraining: false });
  }

  #turnAway(socket: TLSSocket, why: string): void {
    this.#options.log.info({ from: socket.remoteAddress }, `a connection is refused: ${why}`);
    socket.destroy();
  }

  #endExpiring(): void {
    const now = this.#options.now();
    for (const [socket, connection] of this.#sockets) {
      const leftMs = connection.peer.notAfter - now;
      if (leftMs <= 0) socket.destroy();
      else if (now >= connection.drainAt && !connection.isDraining) {
        connection.isDraining = true;
        connection.drain(leftMs);
      }
    }
  }
}

function peerOf(socket: TLSSocket): Peer | null {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (!certificate) return null;
  const uris = (certificate.subjectAltName ?? '')
    .split(', ')
    .flatMap((name) => (name.startsWith('URI:') ? [name.slice(4)] : []));
  const serviceName = uris.length === 1 ? serviceOf(uris[0] as string) : null;
  if (serviceName === null) return null;
  return {
    serviceName,
    serialNumber: certificate.serialNumber.toLowerCase(),
    notAfter: Date.parse(certificate.validTo),
  };
}
