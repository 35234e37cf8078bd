// A client that is cut again and again and resumes where it was; it holds every message against the one before it.
import { WebSocket } from 'ws';
import type { Random } from './random.ts';

type Json = Readonly<Record<string, unknown>>;
export type Heard = {
  /** The last sequence. */
  last: string;
  /** The last whole value or state. */
  value: Json;
  readonly events: Json[];
  resumed: number;
};

export type CutClientNeeds = {
  readonly urls: readonly string[];
  readonly channels: readonly string[];
  readonly random: Random;
  /** A life lasts so long on average, or ends before at random within so many messages. */
  readonly lifeMs: number;
  readonly lifeMessagesMax: number;
};

const longShare = 0.1;
const longTimes = 10;
/** A server that is gone is not asked without a pause. */
const refusedWaitMs = 200;

export class CutClient {
  readonly heard = new Map<string, Heard>();
  /** Whatever should not have come: a message twice, one left out, a gap. */
  readonly faults: string[] = [];
  readonly gaps: Json[] = [];
  cuts = 0;
  messages = 0;
  readonly #needs: CutClientNeeds;
  #socket: WebSocket | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isCutting = true;
  #isClosed = false;

  constructor(needs: CutClientNeeds) {
    this.#needs = needs;
    this.#connect();
  }

  /** From now on it is left alone. */
  calm(): void {
    this.#isCutting = false;
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#socket?.readyState !== WebSocket.OPEN) this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    this.#isCutting = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#socket?.terminate();
  }

  #connect(): void {
    const { urls, random, lifeMs, lifeMessagesMax } = this.#needs;
    const url = urls[random.below(urls.length)] as string;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, ['profithack.v2']);
    this.#socket = socket;
    // What still comes over a socket that was cut, a client that is gone cannot hear.
    let messagesLeft = random.below(lifeMessagesMax);
    // Mostly short; without some long ones a busy machine would show it nothing.
    const life = random.below(random.chance(longShare) ? longTimes * lifeMs : lifeMs);
    socket.on('message', (data) => {
      if (socket !== this.#socket) return;
      this.#take(JSON.parse(String(data)));
      messagesLeft -= 1;
      if (messagesLeft <= 0 && this.#isCutting) this.#cut(socket);
    });
    socket.once('open', () => socket === this.#socket && this.#subscribe(socket));
    socket.on('error', () => {});
    socket.once('close', () => {
      if (socket !== this.#socket || this.#isClosed) return;
      this.faults.push('a socket was closed by the server');
      this.#timer = setTimeout(() => this.#connect(), refusedWaitMs);
    });
    // Some are cut before they are open.
    if (this.#isCutting) this.#timer = setTimeout(() => this.#cut(socket), life);
  }

  #cut(socket: WebSocket): void {
    this.cuts += 1;
    if (this.#timer) clearTimeout(this.#timer);
    this.#socket = null;
    socket.terminate();
    this.#connect();
  }

  #subscribe(socket: WebSocket): void {
    const channels = this.#needs.channels.map((channel) => {
      const after = this.heard.get(channel)?.last;
      return after === undefined ? channel : { channel, after };
    });
    socket.send(JSON.stringify({ type: 'subscribe', channels, id: 'all' }));
  }

  #take(message: Json): void {
    this.messages += 1;
    const { type, channel, sequence, previous } = message as Record<string, string>;
    if (type === 'error') this.faults.push(JSON.stringify(message));
    if (channel === undefined || type === 'error') return;
    const heard = this.heard.get(channel);
    if (!heard) {
      if (type !== 'subscribed' || message.snapshot === undefined) this.faults.push(`began with ${type}: ${channel}`);
      this.heard.set(channel, { last: String(sequence), value: message.snapshot as Json, events: [], resumed: 0 });
      return;
    }
    const isFollowing = type === 'event' || type === 'update';
    if (isFollowing && previous !== heard.last)
      this.faults.push(`${channel}: ${sequence} follows ${previous}, but the last was ${heard.last}`);
    if (type === 'subscribed') {
      heard.resumed += 1;
      if (sequence !== heard.last) this.faults.push(`${channel}: resumed at ${sequence} instead of ${heard.last}`);
    }
    if (type === 'gap') {
      this.gaps.push(message);
      heard.value = message.snapshot as Json;
      heard.last = String(message.to);
    }
    if (type === 'event') heard.events.push({ ...(message.data as Json), sequence });
    if (type === 'update' || type === 'state') heard.value = message.data as Json;
    if (isFollowing) heard.last = String(sequence);
  }
}
