// A door in front of Redis that a test can shut and open (shut, every connection breaks and new ones are refused), or stall: nothing passes any more.
import { connect, createServer, type Server, type Socket } from 'node:net';

export class RedisDoor {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;
  #isStalled = false;

  private constructor(url: string) {
    this.#target = new URL(url);
  }

  static async to(url: string): Promise<RedisDoor> {
    const door = new RedisDoor(url);
    await door.open();
    return door;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<void> {
    const server = createServer((client) => this.#join(client));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    const address = server.address();
    if (address && typeof address === 'object') this.#port = address.port;
  }

  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#sockets) socket.destroy();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
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
    const redis = connect(Number(this.#target.port || 6379), this.#target.hostname);
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('data', (data) => other.write(data));
      if (this.#isStalled) one.pause();
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
