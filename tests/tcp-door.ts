// A door in front of a server that a test can shut (every connection breaks, new ones are refused), open again, or stall: nothing passes any more.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export type Address = { readonly host: string; readonly port: number };

export class TcpDoor {
  readonly #behind: Address;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;
  #isStalled = false;

  protected constructor(behind: Address) {
    this.#behind = behind;
  }

  static async before(server: Address): Promise<TcpDoor> {
    const door = new TcpDoor(server);
    await door.open();
    return door;
  }

  /** Where clients knock; it stays the same when it is opened again. */
  get address(): Address {
    return { host: this.#behind.host, port: this.#port };
  }

  /** What a client gets for an answer of the server; a kind of door may rewrite it. */
  protected told(answer: Buffer): Buffer {
    return answer;
  }

  async open(): Promise<void> {
    const server = createServer((client) => this.#join(client));
    this.#server = server;
    server.listen(this.#port, this.#behind.host);
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Once more does no harm. */
  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Connections stay, new ones are taken, and nothing passes any more. */
  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#isStalled = false;
    for (const socket of this.#sockets) socket.resume();
  }

  #join(client: Socket): void {
    const server = connect(this.#behind.port, this.#behind.host);
    this.#pass(client, server, (data) => data);
    this.#pass(server, client, (data) => this.told(data));
  }

  #pass(from: Socket, to: Socket, changed: (data: Buffer) => Buffer): void {
    this.#sockets.add(from);
    from.on('data', (data: Buffer) => to.write(changed(data)));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#isStalled) from.pause();
  }
}
