// One Redis connection that listens to the commits of processors and comes back by itself after an outage.
import type { Redis } from 'ioredis';
import type { Log } from '../infra/log.ts';

type Handler = (message: string) => void;

export class PushChannels {
  readonly #connection: Redis;
  readonly #log: Log;
  readonly #handlers = new Map<string, Handler>();
  readonly #onBack: (() => void)[] = [];

  constructor(redis: Redis, log: Log) {
    // A subscriber sends nothing that could time out, and waits for the server as long as it takes.
    this.#connection = redis.duplicate({
      connectionName: 'pushes',
      lazyConnect: true,
      enableOfflineQueue: true,
      enableAutoPipelining: false,
      maxRetriesPerRequest: null,
      // The client's own way leaves a rejection that nobody handles when the connection breaks meanwhile.
      autoResubscribe: false,
    });
    this.#log = log;
    this.#connection.on('error', () => undefined);
    this.#connection.on('message', (channel: string, message: string) => this.#handlers.get(channel)?.(message));
    this.#connection.on('ready', () => this.#resubscribe());
  }

  /** Resolves once the channel is heard; before the connection is there, it will be. */
  async on(channel: string, handler: Handler): Promise<void> {
    this.#handlers.set(channel, handler);
    if (this.#connection.status !== 'ready') return;
    await this.#connection.subscribe(channel).catch((error: Error) => this.#log.warn(`pushes: ${error.message}`));
  }

  off(channel: string): void {
    this.#handlers.delete(channel);
    this.#connection.unsubscribe(channel).catch(() => {});
  }

  /** Pushes may have been missed whenever this fires. */
  onBack(listener: () => void): void {
    this.#onBack.push(listener);
  }

  /** Resolves once every channel is heard, or after the first failure: it goes on trying. */
  async start(): Promise<void> {
    await this.#connection.connect().catch((error: Error) => this.#log.warn(`pushes: ${error.message}`));
    if (this.#connection.status === 'ready') await this.#subscribe();
  }

  stop(): void {
    this.#connection.disconnect();
  }

  #resubscribe(): void {
    this.#subscribe().then(
      () => {
        for (const listener of this.#onBack) listener();
      },
      (error: Error) => this.#log.warn(`pushes: ${error.message}`),
    );
  }

  async #subscribe(): Promise<void> {
    if (this.#handlers.size > 0) await this.#connection.subscribe(...this.#handlers.keys());
  }
}
