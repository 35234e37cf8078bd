// All channels that someone listens to in this process; a channel lives as long as it has subscribers.
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import type { Named } from './channels.ts';
import { EventChannel } from './event-channel.ts';
import { Gate } from './gate.ts';
import type { Channel, Joining, Receiver } from './subscription.ts';
import { ValueChannel } from './value-channel.ts';

const channelsMax = 20_000;
const readsAtOnce = 64;

export class Hub {
  readonly #services: Services;
  readonly #channels = new Map<string, Channel>();
  readonly #gate = new Gate(readsAtOnce);
  #hearsGenerations = false;

  constructor(services: Services) {
    this.#services = services;
  }

  /** @throws Unavailable if what the channel shows cannot be read now. */
  async join(named: Named, joining: Joining): Promise<Refusal | null> {
    const channel = this.#channel(named);
    if (channel instanceof Refusal) return channel;
    try {
      await channel.join(joining);
      return null;
    } finally {
      this.#dropIdle(channel);
    }
  }

  leave(name: string, to: Receiver): void {
    const channel = this.#channels.get(name);
    channel?.leave(to);
    if (channel) this.#dropIdle(channel);
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  #channel({ name, source }: Named): Channel | Refusal {
    const open = this.#channels.get(name);
    if (open) return open;
    if (this.#channels.size >= channelsMax) return new Refusal('overloaded', 'too many channels are open here');
    this.#hearGenerations();
    const of = source(this.#services);
    const channel =
      of.kind === 'events' ? new EventChannel(name, of, this.#gate) : new ValueChannel(name, of, this.#gate);
    this.#channels.set(name, channel);
    return channel;
  }

  /** What everyone was shown may be of a generation that is no longer live. */
  #hearGenerations(): void {
    if (this.#hearsGenerations) return;
    this.#services.positions.onGeneration(() => {
      for (const channel of this.#channels.values()) channel.look();
    });
    this.#hearsGenerations = true;
  }

  #dropIdle(channel: Channel): void {
    if (!channel.isIdle || this.#channels.get(channel.name) !== channel) return;
    this.#channels.delete(channel.name);
    channel.close();
  }
}
