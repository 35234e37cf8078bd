// A WebSocket client for tests that keeps what it was sent.
import { expect } from 'vitest';
import { WebSocket } from 'ws';

export type Message = Record<string, unknown>;
type Options = {
  readonly headers?: Record<string, string>;
  readonly protocols?: string[];
  readonly query?: string;
  readonly autoPong?: boolean;
};

export class SocketClient {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(url: string, { headers = {}, protocols = [], query = '', autoPong = true }: Options = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/ws${query}`, protocols, { headers, autoPong });
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data))));
    this.closed = new Promise((resolve) =>
      this.socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
    );
  }

  opened(): Promise<unknown> {
    return new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  of(type: string): Message[] {
    return this.messages.filter((message) => message.type === type);
  }

  async next(type: string, count = 1): Promise<Message> {
    await expect
      .poll(() => this.of(type).length, { timeout: 15_000, interval: 5, message: `${count} of ${type}` })
      .toBeGreaterThanOrEqual(count);
    return this.of(type)[count - 1] as Message;
  }
}
