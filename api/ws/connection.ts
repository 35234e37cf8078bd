// One WebSocket client: reads its messages, keeps its subscriptions, and lets go of it when it is too slow or too loud.
import type { RawData, WebSocket } from 'ws';
import type { Caller } from '../access.ts';
import type { Metrics } from '../metrics.ts';
import { problemOf, Refusal } from '../problems.ts';
import { refusalFor } from '../unavailable.ts';
import type { SocketCaller } from './caller.ts';
import { channelFor } from './channels.ts';
import type { Message } from './delivery.ts';
import type { Hub } from './hub.ts';
import { type Command, closeCode, commandIn, limits, version, type Wanted } from './protocol.ts';
import type { Receiver, Subscription } from './subscription.ts';

/** How often a client that is behind is looked after. */
const flushMs = 50;
const terminateMs = 1_000;

type Make = () => Message | Buffer | null;
type Waiting = { readonly subscription: Subscription; readonly make: Make };
export type ConnectionNeeds = {
  readonly hub: Hub;
  readonly metrics: Metrics;
  readonly caller: SocketCaller;
  /** Null, or why another message of whom it speaks for is too much; awaits nothing while there is plenty. */
  readonly mayCome: (caller: Caller) => Refusal | null | Promise<Refusal | null>;
};

export class Connection implements Receiver {
  readonly #socket: WebSocket;
  readonly #needs: ConnectionNeeds;
  readonly #openedAt = Date.now();
  /** By channel; what each was asked for with tells a later wish from an earlier one. */
  readonly #channels = new Map<string, { readonly isPrivate: boolean }>();
  /** Values that wait until the client keeps up; only the newest of each channel. */
  readonly #waiting = new Map<string, Waiting>();
  #flushing: NodeJS.Timeout | null = null;
  #second = { began: 0, messages: 0 };
  #beatsMissed = 0;
  #turn: Promise<void> = Promise.resolve();
  #turnsOpen = 0;
  #isClosing = false;

  constructor(socket: WebSocket, needs: ConnectionNeeds) {
    this.#socket = socket;
    this.#needs = needs;
    needs.metrics.sockets.inc();
    socket.on('pong', () => {
      this.#beatsMissed = 0;
    });
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('error', () => socket.terminate());
    socket.once('close', () => this.#onClose());
    this.send({ type: 'welcome', version, ...this.#who(), heartbeat_ms: limits.heartbeatMs });
  }

  /** Called by channels. A client that does not read is let go: it would only pile up here. */
  send(message: Message | Buffer): void {
    if (this.#isClosing || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > limits.bufferedBytesMax) {
      this.close(closeCode.tryAgainLater, { reason: 'reads_too_slowly', retry_after_ms: limits.reconnectMsMax });
      return;
    }
    this.#socket.send(Buffer.isBuffer(message) ? message : JSON.stringify(message), { binary: false });
  }

  offer(subscription: Subscription, make: Make): void {
    if (this.#isBehind()) {
      this.#waiting.set(subscription.channel, { subscription, make });
      this.#flushing ??= setTimeout(() => this.#flush(), flushMs);
      return;
    }
    this.#waiting.delete(subscription.channel);
    const message = make();
    if (!message) return;
    this.#needs.metrics.pushes.inc();
    this.send(message);
  }

  /** One beat: a client that has not answered the last ones is gone. */
  beat(): void {
    if (this.#beatsMissed >= limits.heartbeatsMissedMax) this.#socket.terminate();
    else this.#socket.ping();
    this.#beatsMissed += 1;
  }

  /** Whether who it speaks for still may. */
  async check(now: number): Promise<void> {
    const { caller } = this.#needs;
    if (caller.caller.kind === 'anonymous' && this.#channels.size === 0) {
      if (now - this.#openedAt >= limits.authenticateMsMax)
        this.close(closeCode.unauthenticated, { reason: 'unauthenticated' });
    }
    if (!caller.isDue(now)) return;
    const { verdict, refusal } = await caller.recheck(now);
    if (verdict === 'ended') this.close(closeCode.unauthenticated, { reason: refusal?.reason });
    if (verdict === 'expired')
      this.send({ type: 'reauthenticate', reason: refusal?.reason, within_ms: limits.graceMs });
  }

  /** @param why told as JSON, of at most 123 bytes */
  close(code: number, why: object): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.close(code, JSON.stringify(why));
    setTimeout(() => this.#socket.terminate(), terminateMs).unref();
  }

  #isBehind = (): boolean => this.#socket.bufferedAmount > limits.bufferedBytesSoft;

  #flush(): void {
    this.#flushing = null;
    for (const { subscription, make } of [...this.#waiting.values()]) {
      if (this.#isBehind()) break;
      this.offer(subscription, make);
    }
    if (this.#waiting.size > 0 && !this.#isClosing) this.#flushing = setTimeout(() => this.#flush(), flushMs);
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return;
    if (isBinary) {
      this.close(closeCode.unsupportedData, { reason: 'malformed_request', detail: 'JSON texts only' });
      return;
    }
    const command = commandIn(String(data));
    if (this.#isTooLoud('wanted' in command ? command.wanted.length : 1)) {
      this.#endFlood(null);
      return;
    }
    const tooMuch = this.#needs.mayCome(this.#needs.caller.caller);
    if (tooMuch instanceof Promise) void tooMuch.then((refusal) => refusal && this.#endFlood(refusal));
    else if (tooMuch) {
      this.#endFlood(tooMuch);
      return;
    }
    if ('refusal' in command) this.#refuse(command.refusal, { id: command.id });
    else if (command.type === 'ping') this.send({ type: 'pong', id: command.id });
    else this.#inTurn(command);
  }

  #endFlood(refusal: Refusal | null): void {
    const retryAfterS = Number(refusal?.more.headers?.['retry-after'] ?? 1);
    this.close(closeCode.flood, { reason: 'rate_limited', retry_after_ms: retryAfterS * 1_000 });
  }

  /** What follows an authentication is asked by whom it makes known. */
  #inTurn(command: Exclude<Command, { type: 'ping' }>): void {
    if (command.type === 'authenticate') {
      const authenticated = this.#turn.then(() => this.#authenticate(command.accessToken, command.id));
      this.#turn = authenticated;
      this.#turnsOpen += 1;
      void authenticated.finally(() => {
        this.#turnsOpen -= 1;
      });
    } else if (this.#turnsOpen === 0) this.#run(command);
    else void this.#turn.then(() => this.#run(command));
  }

  #run(command: Exclude<Command, { type: 'ping' | 'authenticate' }>): void {
    // What waited for an authentication may come after the end: nothing would clear it away any more.
    if (this.#isClosing) return;
    const { id } = command;
    if (command.type === 'subscribe') for (const wanted of command.wanted) void this.#subscribe(wanted, id);
    else for (const channel of command.channels) this.#unsubscribe(channel, id);
  }

  /** A subscription costs a reading: each of a list counts. */
  #isTooLoud(cost: number): boolean {
    const now = Date.now();
    if (now - this.#second.began > 1_000) this.#second = { began: now, messages: 0 };
    this.#second.messages += cost;
    return this.#second.messages > limits.messagesPerSecondMax;
  }

  async #authenticate(accessToken: string, id: string | undefined): Promise<void> {
    const answer = await this.#needs.caller.authenticate(accessToken).catch((error: unknown) => refusalFor(error));
    if (answer === 'another')
      this.close(closeCode.forbidden, { reason: 'forbidden', detail: 'a socket stays one user’s' });
    else if (answer) this.#refuse(answer, { id });
    else this.send({ type: 'authenticated', id, ...this.#who() });
  }

  async #subscribe({ channel: text, after }: Wanted, id: string | undefined): Promise<void> {
    const named = channelFor(text, this.#needs.caller.caller);
    if (named instanceof Refusal) return this.#refuse(named, { id, channel: text });
    const { name, isPrivate } = named;
    if (!this.#channels.has(name) && this.#channels.size >= limits.subscriptionsMax) {
      const detail = `a socket has at most ${limits.subscriptionsMax} subscriptions`;
      return this.#refuse(new Refusal('overloaded', detail, { field: 'channel' }), { id, channel: text });
    }
    if (this.#remove(name)) this.#needs.hub.leave(name, this);
    const wish = { isPrivate };
    this.#channels.set(name, wish);
    this.#needs.metrics.subscriptions.inc();
    const isWanted = () => !this.#isClosing && this.#channels.get(name) === wish;
    const refusal = await this.#needs.hub
      .join(named, { channel: name, to: this, after, id, isWanted })
      .catch((error: unknown) => refusalFor(error));
    if (!refusal || !isWanted()) return;
    this.#remove(name);
    this.#refuse(refusal, { id, channel: text });
  }

  #unsubscribe(text: string, id: string | undefined): void {
    const named = channelFor(text, this.#needs.caller.caller);
    const name = named instanceof Refusal ? text : named.name;
    if (this.#remove(name)) this.#needs.hub.leave(name, this);
    this.send({ type: 'unsubscribed', channel: name, id });
  }

  #remove(name: string): boolean {
    this.#waiting.delete(name);
    if (!this.#channels.delete(name)) return false;
    this.#needs.metrics.subscriptions.dec();
    return true;
  }

  #refuse(refusal: Refusal, about: { readonly id: string | undefined; readonly channel?: string }): void {
    const { reason, detail, field } = problemOf(refusal);
    this.send({ type: 'error', ...about, reason, detail, field });
  }

  #who() {
    const { caller } = this.#needs;
    return { user_id: caller.userId, demo: caller.caller.kind === 'demo' };
  }

  #onClose(): void {
    this.#isClosing = true;
    if (this.#flushing) clearTimeout(this.#flushing);
    this.#needs.metrics.sockets.dec();
    for (const channel of [...this.#channels.keys()]) {
      this.#remove(channel);
      this.#needs.hub.leave(channel, this);
    }
  }
}
