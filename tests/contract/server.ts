// An HTTP server that a test plays a third party with: records what it was asked, fails when told to, posts webhooks.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};
export type Answer = {
  readonly status: number;
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** `silent` does what it was asked for and never says so; `broken` answers 500 and does nothing; `deaf` does nothing and says nothing. */
export type Fault = { readonly on: RegExp; readonly how: 'silent' | 'broken' | 'deaf' | Answer; times: number };

export class ContractServer {
  readonly asked: Asked[] = [];
  readonly faults: Fault[] = [];
  readonly #server: Server;
  readonly #answer: (asked: Asked) => Answer | Promise<Answer>;

  constructor(answer: (asked: Asked) => Answer | Promise<Answer>) {
    this.#answer = answer;
    this.#server = createServer((request, response) => {
      void (async () => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        const url = new URL(request.url ?? '/', 'http://x');
        const body = Buffer.concat(parts).toString('utf8');
        const asked = {
          method: request.method ?? '',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body,
        };
        this.asked.push(asked);
        const fault = this.faults.find(({ on, times }) => times > 0 && on.test(`${asked.method} ${asked.path}`));
        if (fault) fault.times -= 1;
        if (fault?.how === 'deaf') return void request.socket.destroy();
        const answer =
          fault?.how === 'broken'
            ? { status: 500, json: { error: { type: 'api_error' } } }
            : typeof fault?.how === 'object'
              ? fault.how
              : await this.#answer(asked);
        if (fault?.how === 'silent') return void request.socket.destroy();
        const isText = typeof answer.json === 'string';
        const type = { 'content-type': isText ? 'text/plain' : 'application/json' };
        response.writeHead(answer.status, { ...type, ...answer.headers });
        response.end(isText ? (answer.json as string) : JSON.stringify(answer.json));
      })();
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** How often something was asked for. */
  count(on: RegExp): number {
    return this.asked.filter(({ method, path }) => on.test(`${method} ${path}`)).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Posts webhooks one after the other, in the order given. @returns their statuses */
export async function deliver(
  address: string,
  webhooks: readonly { headers: Record<string, string>; body: string }[],
): Promise<number[]> {
  const statuses: number[] = [];
  for (const { headers, body } of webhooks) {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    await response.arrayBuffer();
    statuses.push(response.status);
  }
  return statuses;
}
