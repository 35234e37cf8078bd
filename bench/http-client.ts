// Keep-alive connections to one address with as little work as can be: one request at a time each, whole answers.
import { connect, type Socket } from 'node:net';

export type Answer = { readonly status: number; readonly body: string };

const lastOne = /\r\nconnection: close/i;
const endOfHead = Buffer.from('\r\n\r\n');
/** Shorter than the 5 s after which a server lets go of an idle connection. */
const idleMsMax = 3_000;

class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (data) => this.#take(data));
    this.#socket.on('error', (error) => this.#waiting?.reject(error));
    this.#socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')));
  }

  #usedAt = performance.now();
  #isLast = false;

  get isStale(): boolean {
    return !this.isOpen || performance.now() - this.#usedAt > idleMsMax;
  }

  /** Whether another request may follow: an answer may have said that it was the last. */
  get isOpen(): boolean {
    return !this.#isLast && !this.#socket.destroyed;
  }

  request(text: string): Promise<Answer> {
    this.#usedAt = performance.now();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(text);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(data: Buffer): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const end = this.#received.indexOf(endOfHead);
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const bodyAt = end + endOfHead.length;
    if (this.#received.length < bodyAt + length) return;
    const body = this.#received.toString('utf8', bodyAt, bodyAt + length);
    this.#received = this.#received.subarray(bodyAt + length);
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#isLast = lastOne.test(head);
    this.#usedAt = performance.now();
    waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }
}

/** As many connections as are needed at once, at most so many. */
export class HttpClient {
  readonly #port: number;
  readonly #connectionsMax: number;
  readonly #all = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];

  constructor(port: number, connectionsMax: number) {
    this.#port = port;
    this.#connectionsMax = connectionsMax;
  }

  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
    let head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    return this.#asked(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  get(path: string): Promise<Answer> {
    return this.#asked(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  async #asked(request: string): Promise<Answer> {
    const connection = await this.#free();
    try {
      return await connection.request(request);
    } finally {
      this.#over(connection);
    }
  }

  /** To whoever waits for one; another one where no request may follow. */
  #over(connection: Connection): void {
    const next = this.#waiting.shift();
    if (connection.isOpen) {
      if (next) next(connection);
      else this.#idle.push(connection);
      return;
    }
    this.#drop(connection);
    next?.(this.#added());
  }

  #drop(connection: Connection): void {
    connection.close();
    this.#all.delete(connection);
  }

  #added(): Connection {
    const connection = new Connection(this.#port);
    this.#all.add(connection);
    return connection;
  }

  #free(): Connection | Promise<Connection> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (!idle.isStale) return idle;
      this.#drop(idle);
    }
    if (this.#all.size >= this.#connectionsMax) return new Promise((resolve) => this.#waiting.push(resolve));
    return this.#added();
  }
}
