// One channel with its subscribers: coalesces changes, reads at most every 200 ms, and sends what is really new.
import type { Source } from './channels.ts';

export type Message = Readonly<Record<string, unknown>> & { readonly type: string };
export type Subscriber = { send(text: string): void };

const updateMsMin = 200;
const retryMs = 1_000;

export class Channel {
  readonly name: string;
  readonly #source: Source;
  readonly #subscribers = new Set<Subscriber>();
  readonly #stopListening: () => void;
  /** Rises by one with every update; a snapshot names the update it already contains. */
  #sequence = 0;
  #latest: { readonly text: string; readonly fingerprint: string } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isReading = false;
  #isChanged = false;
  #readAt = 0;
  #isClosed = false;
  joining = 0;

  constructor(name: string, source: Source) {
    this.name = name;
    this.#source = source;
    this.#stopListening = source.changes(() => this.#changed());
  }

  get isIdle(): boolean {
    return this.#subscribers.size === 0 && this.joining === 0;
  }

  /** Sends a snapshot, then every later update; an update that overtook the snapshot is sent after it. */
  async join(subscriber: Subscriber, isStillWanted: () => boolean): Promise<void> {
    const sequence = this.#sequence;
    const snapshot = await this.#source.read();
    if (!isStillWanted() || this.#isClosed) return;
    this.#subscribers.add(subscriber);
    const message: Message = { type: 'subscribed', channel: this.name, sequence, snapshot };
    subscriber.send(JSON.stringify(message));
    if (this.#sequence > sequence && this.#latest) subscriber.send(this.#latest.text);
    else this.#latest ??= { text: '', fingerprint: this.#source.fingerprint(snapshot) };
  }

  leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopListening();
    if (this.#timer) clearTimeout(this.#timer);
    this.#subscribers.clear();
  }

  #changed(): void {
    this.#isChanged = true;
    if (!this.#isReading) this.#readAfter(Math.max(0, this.#readAt + updateMsMin - Date.now()));
  }

  #readAfter(ms: number): void {
    if (this.#timer || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#update();
    }, ms);
  }

  async #update(): Promise<void> {
    this.#isReading = true;
    this.#isChanged = false;
    this.#readAt = Date.now();
    try {
      if (this.#subscribers.size > 0) this.#publish(await this.#source.read());
    } catch {
      // A store that is away: what it holds then is read once it is back.
      this.#isReading = false;
      return this.#readAfter(retryMs);
    }
    this.#isReading = false;
    if (this.#isChanged) this.#changed();
  }

  #publish(data: unknown): void {
    const fingerprint = this.#source.fingerprint(data);
    if (fingerprint === this.#latest?.fingerprint) return;
    const previous = this.#sequence;
    this.#sequence += 1;
    const message: Message = { type: 'update', channel: this.name, sequence: this.#sequence, previous, data };
    this.#latest = { text: JSON.stringify(message), fingerprint };
    for (const subscriber of this.#subscribers) subscriber.send(this.#latest.text);
  }
}
