// A TCP proxy before the broker that can stall or refuse; it names itself in the broker's answers, so that clients stay with it.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

type Address = { readonly host: string; readonly port: number };

/** What is read as an address in an answer: a string with its length, and a port of four bytes. */
function bytesOf({ host, port }: Address): Buffer {
  const bytes = Buffer.alloc(2 + host.length + 4);
  bytes.writeInt16BE(host.length, 0);
  bytes.write(host, 2);
  bytes.writeInt32BE(port, 2 + host.length);
  return bytes;
}

export class BrokerProxy {
  readonly #broker: Address;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #isStalled = false;

  private constructor(broker: Address) {
    this.#broker = broker;
    this.#server = createServer((client) => this.#join(client));
  }

  static async before(address: string): Promise<BrokerProxy> {
    const [host = '', port = ''] = address.split(':');
    const proxy = new BrokerProxy({ host, port: Number(port) });
    await proxy.up();
    return proxy;
  }

  get address(): string {
    return `${this.#broker.host}:${this.#port}`;
  }

  async up(): Promise<void> {
    this.#server.listen(this.#port, this.#broker.host);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Connections break, new ones are refused. */
  async down(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
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
    const broker = new Socket().connect(this.#broker.port, this.#broker.host);
    this.#pass(client, broker, (data) => data);
    this.#pass(broker, client, (data) => this.#renamed(data));
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

  #renamed(data: Buffer): Buffer {
    const place = data.indexOf(bytesOf(this.#broker));
    if (place >= 0) bytesOf({ ...this.#broker, port: this.#port }).copy(data, place);
    return data;
  }
}
