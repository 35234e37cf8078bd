// Knows which sessions have ended while access tokens of them may still be held: pushed at once, and read every second besides.
import type { Redis } from 'ioredis';
import type { PushChannels } from '../../projections/push-channels.ts';
import { revokedKey } from './sessions.ts';

const readEveryMs = 1_000;
/** Entries do not come in the order of their times to the ms: a little before the newest is read again. */
const overlapMs = 2_000;

export type RevocationsOptions = {
  readonly redis: Pick<Redis, 'zrangebyscore'>;
  readonly channels: Pick<PushChannels, 'on' | 'onBack'>;
  readonly namespace: string;
  readonly now: () => number;
};

export class Revocations {
  readonly #options: RevocationsOptions;
  readonly #key: string;
  /** Session → until when a token of it may be held, in ms since 1970. */
  readonly #revoked = new Map<string, number>();
  readonly #listeners = new Set<(sessionId: string) => void>();
  #newest = 0;
  #timer: NodeJS.Timeout | null = null;
  #reading: Promise<void> | null = null;

  constructor(options: RevocationsOptions) {
    this.#options = options;
    this.#key = revokedKey(options.namespace);
  }

  /** @throws if Redis is away; it may be called again. */
  async start(): Promise<void> {
    const { channels } = this.#options;
    await channels.on(this.#key, (message) => this.#take(...pushed(message)));
    channels.onBack(() => void this.#readAgain(0));
    await this.#read(0);
    // What a lost push would have told is known a second later.
    this.#timer ??= setInterval(() => void this.#readAgain(this.#newest - overlapMs), readEveryMs).unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  has(sessionId: string): boolean {
    return this.#revoked.has(sessionId);
  }

  /** Told once of each session that ends: what is open in its name closes. */
  onRevoked(listener: (sessionId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** While Redis is away, what is known stays known. */
  #readAgain(from: number): Promise<void> {
    this.#reading ??= this.#read(from)
      .catch(() => undefined)
      .finally(() => {
        this.#reading = null;
      });
    return this.#reading;
  }

  async #read(from: number): Promise<void> {
    const found = await this.#options.redis.zrangebyscore(this.#key, from, '+inf', 'WITHSCORES');
    for (let at = 0; at < found.length; at += 2) this.#take(found[at] ?? '', Number(found[at + 1]));
    const now = this.#options.now();
    for (const [sessionId, until] of this.#revoked) if (until < now) this.#revoked.delete(sessionId);
  }

  #take(sessionId: string, until: number): void {
    this.#newest = Math.max(this.#newest, until);
    if (this.#revoked.has(sessionId)) return;
    this.#revoked.set(sessionId, until);
    for (const listener of this.#listeners) listener(sessionId);
  }
}

function pushed(message: string): [sessionId: string, until: number] {
  const [sessionId = '', until] = message.split(' ');
  return [sessionId, Number(until)];
}
