// A channel that shows a value whole: read at most every 200 ms when it may have changed, sent with the range that it covers.
import type { Gate } from './gate.ts';
import { isAfter, type Sequence, textOf } from './sequence.ts';
import { SourceChannel } from './source-channel.ts';
import type { Value, ValueSource } from './sources.ts';
import { aheadUntil, isLost, type Joining, type Subscription } from './subscription.ts';

const updateMsMin = 200;

type Latest = Value & { readonly fingerprint: string; readonly json: string };

export class ValueChannel extends SourceChannel<ValueSource> {
  #latest: Latest | null = null;
  /** Most subscribers were sent the same before: they are sent the same bytes. */
  #made: { readonly of: Latest; readonly previous: string; readonly bytes: Buffer } | null = null;

  constructor(name: string, source: ValueSource, gate: Gate) {
    super(name, source, { gate, lookMsMin: updateMsMin });
  }

  protected async begin({ to, after, id, isWanted }: Joining): Promise<void> {
    const read = await this.#read();
    if (!isWanted() || this.isClosed) return;
    // What others were sent meanwhile may be newer.
    const latest = this.#newer(read);
    const about = { type: 'subscribed', channel: this.name, id } as const;
    const sent = after ?? latest.sequence;
    const shown = after === null ? latest.fingerprint : '';
    const until = aheadUntil(sent, latest.sequence);
    const subscription = { channel: this.name, to, sent, shown, aheadUntil: until };
    this.subscriptions.set(to, subscription);
    if (until !== null) this.looks.wantAt(until);
    if (after === null) to.send({ ...about, sequence: textOf(sent), snapshot: latest.data });
    else {
      to.send({ ...about, sequence: textOf(after), resumed: true });
      if (this.#isNews(after, latest.sequence)) this.#offer(subscription);
    }
  }

  async #read(): Promise<Latest> {
    const value = await this.gate.run(() => this.source.read());
    return { ...value, fingerprint: this.source.fingerprint(value.data), json: JSON.stringify(value.data) };
  }

  protected async bringAll(): Promise<void> {
    if (this.subscriptions.size === 0) return;
    const latest = this.#newer(await this.#read());
    for (const subscription of this.subscriptions.values()) {
      const { sent, shown } = subscription;
      const isSame = shown === latest.fingerprint && sent.generation === latest.sequence.generation;
      const isNews = this.#isNews(sent, latest.sequence) || isLost(subscription, latest.sequence);
      if (!isSame && isNews) this.#offer(subscription);
    }
  }

  #newer(read: Latest): Latest {
    const isOld = this.#latest !== null && isAfter(this.#latest.sequence, read.sequence);
    if (!isOld) this.#latest = read;
    return this.#latest ?? read;
  }

  #isNews(sent: Sequence, latest: Sequence): boolean {
    if (sent.generation !== latest.generation || isAfter(latest, sent)) return true;
    return !this.source.isExact && !isAfter(sent, latest);
  }

  #offer(subscription: Subscription): void {
    subscription.to.offer(subscription, () => this.#message(subscription));
  }

  /** The newest value when it is sent, however many were passed over, and what it covers. */
  #message(subscription: Subscription): Buffer | null {
    const latest = this.#latest;
    if (!latest || this.subscriptions.get(subscription.to) !== subscription) return null;
    const previous = textOf(subscription.sent);
    subscription.sent = latest.sequence;
    subscription.shown = latest.fingerprint;
    if (this.#made?.of !== latest || this.#made.previous !== previous) {
      const head = { type: 'update', channel: this.name, sequence: textOf(latest.sequence), previous };
      const text = `${JSON.stringify(head).slice(0, -1)},"data":${latest.json}}`;
      this.#made = { of: latest, previous, bytes: Buffer.from(text) };
    }
    return this.#made.bytes;
  }
}
