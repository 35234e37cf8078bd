// One WebSocket client: reads its messages, keeps its subscriptions, and lets go of it when it is too slow or too loud.
import type { RawData, WebSocket } from 'ws';
import { sizes } from '../limits/sizes.ts';
import type { Metrics } from '../metrics.ts';
import { isObject } from '../names.ts';
import { problemOf, Refusal } from '../problems.ts';
import { refusalFor } from '../unavailable.ts';
import { channelsExpected } from './channels.ts';
import type { Hub } from './hub.ts';

export const subscriptionsMax = sizes.socketSubscriptions;
const bufferedBytesMax = sizes.socketBufferedBytes;
const messagesPerSecondMax = sizes.socketMessagesPerSecond;
/** Close codes of RFC 6455 and the IANA registry. */
export const closeCode = { goingAway: 1001, policy: 1008, tryAgainLater: 1013 } as const;

export class Connection {
  readonly #socket: WebSocket;
  readonly #hub: Hub;
  readonly #metrics: Metrics;
  readonly #channels = new Set<string>();
  #second = { began: 0, messages: 0 };
  isAlive = true;

  constructor(socket: WebSocket, hub: Hub, metrics: Metrics) {
    this.#socket = socket;
    this.#hub = hub;
    this.#metrics = metrics;
    metrics.sockets.inc();
    socket.on('pong', () => {
      this.isAlive = true;
    });
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('error', () => socket.terminate());
    socket.once('close', () => this.#onClose());
  }

  /** Called by channels. A client that does not read is let go: it would only pile up here. */
  send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > bufferedBytesMax) {
      this.close(closeCode.tryAgainLater, 'reading too slowly');
      return;
    }
    if (text.startsWith('{"type":"update"')) this.#metrics.pushes.inc();
    this.#socket.send(text);
  }

  /** One beat: a client that has not answered the last one is gone. */
  beat(): void {
    if (this.isAlive) this.#socket.ping();
    else this.#socket.terminate();
    this.isAlive = false;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), 1_000).unref();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#isTooLoud()) {
      this.close(closeCode.policy, 'too many messages');
      return;
    }
    const command = isBinary ? unreadable : commandIn(String(data));
    if (command instanceof Refusal) this.#refuse(command);
    else if (command.type === 'ping') this.send('{"type":"pong"}');
    else if (command.type === 'subscribe') void this.#subscribe(command.channel);
    else this.#unsubscribe(command.channel);
  }

  #isTooLoud(): boolean {
    const now = Date.now();
    if (now - this.#second.began > 1_000) this.#second = { began: now, messages: 0 };
    this.#second.messages += 1;
    return this.#second.messages > messagesPerSecondMax;
  }

  async #subscribe(channel: string): Promise<void> {
    if (!this.#channels.has(channel) && this.#channels.size >= subscriptionsMax) {
      const detail = `a socket has at most ${subscriptionsMax} subscriptions`;
      this.#refuse(new Refusal('overloaded', detail, { field: 'channel' }), channel);
      return;
    }
    this.#add(channel);
    const refusal = await this.#hub
      .join(channel, this, () => this.#channels.has(channel))
      .catch((error: unknown) => refusalFor(error));
    if (!refusal) return;
    if (this.#remove(channel)) this.#hub.leave(channel, this);
    this.#refuse(refusal, channel);
  }

  #unsubscribe(channel: string): void {
    if (this.#remove(channel)) this.#hub.leave(channel, this);
    this.send(JSON.stringify({ type: 'unsubscribed', channel: channel.slice(0, 200) }));
  }

  /** Subscribing again asks for a new snapshot only. */
  #add(channel: string): void {
    if (this.#channels.has(channel)) return;
    this.#channels.add(channel);
    this.#metrics.subscriptions.inc();
  }

  #remove(channel: string): boolean {
    if (!this.#channels.delete(channel)) return false;
    this.#metrics.subscriptions.dec();
    return true;
  }

  #refuse(refusal: Refusal, channel?: string): void {
    const { reason, detail, field } = problemOf(refusal);
    this.send(JSON.stringify({ type: 'error', reason, detail, field, channel: channel?.slice(0, 200) }));
  }

  #onClose(): void {
    this.#metrics.sockets.dec();
    for (const channel of this.#channels) {
      this.#remove(channel);
      this.#hub.leave(channel, this);
    }
  }
}

type Command = { readonly type: 'ping' } | { readonly type: 'subscribe' | 'unsubscribe'; readonly channel: string };

const unreadable = new Refusal('malformed_request', 'a message is a JSON object with a type');

/** What a message asks for, or why it cannot be read. */
export function commandIn(text: string): Command | Refusal {
  const message = parsed(text);
  if (!isObject(message)) return unreadable;
  const { type, channel } = message;
  if (type === 'ping') return { type };
  if (type !== 'subscribe' && type !== 'unsubscribe') {
    return new Refusal('invalid_field', 'type must be subscribe, unsubscribe or ping', { field: 'type' });
  }
  if (typeof channel === 'string') return { type, channel };
  return new Refusal('invalid_field', `channel must be ${channelsExpected}`, { field: 'channel' });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
