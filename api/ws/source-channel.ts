// What all channels have in common: who is subscribed, who is still joining, and looks at the source, as many as it bears, when it may have changed.
import type { Gate } from './gate.ts';
import type { Channel, Joining, Receiver, Subscription } from './subscription.ts';
import { Looks } from './timing.ts';

type Changing = { changes(listener: () => void): () => void };
type Pace = { readonly gate: Gate; readonly lookMsMin: number };

export abstract class SourceChannel<Source extends Changing> implements Channel {
  readonly name: string;
  protected readonly source: Source;
  protected readonly gate: Gate;
  protected readonly subscriptions = new Map<Receiver, Subscription>();
  protected readonly looks: Looks;
  protected isClosed = false;
  readonly #stopListening: () => void;
  #joining = 0;

  constructor(name: string, source: Source, { gate, lookMsMin }: Pace) {
    this.name = name;
    this.source = source;
    this.gate = gate;
    this.looks = new Looks(lookMsMin, () => this.bringAll());
    this.#stopListening = source.changes(() => this.look());
  }

  /** Sends whoever joins the beginning, and what has come since. */
  protected abstract begin(joining: Joining): Promise<void>;

  /** Looks at the source, and sends each what is new for them. */
  protected abstract bringAll(): Promise<void>;

  get isIdle(): boolean {
    return this.subscriptions.size === 0 && this.#joining === 0;
  }

  async join(joining: Joining): Promise<void> {
    this.#joining += 1;
    try {
      await this.begin(joining);
    } finally {
      this.#joining -= 1;
    }
  }

  leave(to: Receiver): void {
    this.subscriptions.delete(to);
  }

  look(): void {
    this.looks.want();
  }

  close(): void {
    this.isClosed = true;
    this.#stopListening();
    this.looks.close();
    this.subscriptions.clear();
  }
}
