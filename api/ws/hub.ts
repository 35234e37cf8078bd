// All channels that someone listens to in this process; a channel lives as long as it has subscribers.
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { Channel, type Subscriber } from './channel.ts';
import { channelsExpected, sourceOf } from './channels.ts';

const channelsMax = 20_000;

export class Hub {
  readonly #services: Services;
  readonly #channels = new Map<string, Channel>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** @throws Unavailable if what the channel shows cannot be read now. */
  async join(name: string, subscriber: Subscriber, isStillWanted: () => boolean): Promise<Refusal | null> {
    const channel = this.#channel(name);
    if (channel instanceof Refusal) return channel;
    channel.joining += 1;
    try {
      await channel.join(subscriber, isStillWanted);
      return null;
    } finally {
      channel.joining -= 1;
      this.#dropIdle(channel);
    }
  }

  leave(name: string, subscriber: Subscriber): void {
    const channel = this.#channels.get(name);
    channel?.leave(subscriber);
    if (channel) this.#dropIdle(channel);
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  #channel(name: string): Channel | Refusal {
    const open = this.#channels.get(name);
    if (open) return open;
    const source = sourceOf(name, this.#services);
    if (!source) return new Refusal('invalid_field', `channel must be ${channelsExpected}`, { field: 'channel' });
    if (this.#channels.size >= channelsMax) return new Refusal('overloaded', 'too many channels are open here');
    const channel = new Channel(name, source);
    this.#channels.set(name, channel);
    return channel;
  }

  #dropIdle(channel: Channel): void {
    if (!channel.isIdle || this.#channels.get(channel.name) !== channel) return;
    this.#channels.delete(channel.name);
    channel.close();
  }
}
