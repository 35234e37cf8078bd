// A channel whose every event is a message: subscribers are brought from where each is to what was committed, one after the other.
import { type Delivery, deliveryAfter, deliveryFromNowhere, type Message, type Reading } from './delivery.ts';
import type { Gate } from './gate.ts';
import { isAfter, textOf } from './sequence.ts';
import { SourceChannel } from './source-channel.ts';
import type { EventSource } from './sources.ts';
import { aheadUntil, isLost, type Joining, type Subscription } from './subscription.ts';

const lookMsMin = 20;

export class EventChannel extends SourceChannel<EventSource> {
  /** The last of what runs one after the other: then nothing is sent twice or out of order. */
  #turn: Promise<void> = Promise.resolve();

  constructor(name: string, source: EventSource, gate: Gate) {
    super(name, source, { gate, lookMsMin });
  }

  protected begin(joining: Joining): Promise<void> {
    return this.#inTurn(() => this.#begin(joining));
  }

  protected bringAll(): Promise<void> {
    return this.#inTurn(() => this.#bringAll());
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #begin({ to, after, id, isWanted }: Joining): Promise<void> {
    const reading = await this.gate.run(() => this.source.read(after));
    if (!isWanted() || this.isClosed) return;
    const about = { type: 'subscribed', channel: this.name, id } as const;
    const shown = JSON.stringify(reading.state);
    if (after === null) {
      this.subscriptions.set(to, { channel: this.name, to, sent: reading.latest, shown, aheadUntil: null });
      to.send({ ...about, sequence: textOf(reading.latest), snapshot: reading.state });
      return;
    }
    const until = aheadUntil(after, reading.latest);
    const subscription = { channel: this.name, to, sent: after, shown: '', aheadUntil: until };
    this.subscriptions.set(to, subscription);
    if (until !== null) this.looks.wantAt(until);
    to.send({ ...about, sequence: textOf(after), resumed: true });
    this.#bring(subscription, deliveryAfter(this.name, after, reading), reading);
  }

  /** Those who are at the same place are brought on by the same reading. */
  async #bringAll(): Promise<void> {
    const places = new Map<string, Subscription[]>();
    for (const subscription of this.subscriptions.values()) {
      const place = textOf(subscription.sent);
      const there = places.get(place);
      if (there) there.push(subscription);
      else places.set(place, [subscription]);
    }
    for (const there of places.values()) {
      const sent = (there[0] as Subscription).sent;
      const reading = await this.gate.run(() => this.source.read(sent));
      const delivery = deliveryAfter(this.name, sent, reading);
      for (const subscription of there)
        if (this.subscriptions.get(subscription.to) === subscription) this.#bring(subscription, delivery, reading);
    }
  }

  #bring(subscription: Subscription, delivery: Delivery, reading: Reading): void {
    const { latest, state } = reading;
    const isNowhere = isLost(subscription, latest);
    const { messages, sent } = isNowhere ? deliveryFromNowhere(this.name, subscription.sent, reading) : delivery;
    for (const message of messages) subscription.to.send(message);
    subscription.sent = sent;
    const shown = JSON.stringify(state);
    // A gap has brought the state along.
    const isTold = messages.some(({ type }) => type === 'gap');
    // A store that has lost its last second shows less than this client knows.
    if (!isTold && subscription.shown !== shown && !isAfter(sent, latest)) {
      const message: Message = { type: 'state', channel: this.name, sequence: textOf(sent), data: state };
      subscription.to.offer(subscription, () => message);
    }
    subscription.shown = shown;
  }
}
