// The load of a seed: goes on whatever fails, through the API and through the producers, repeating ids; keeps what was acknowledged.

import { PersonKeys } from '../../infra/person-keys.ts';
import { activityProducer, type UserActivityInput } from '../../producers/activity.ts';
import { battleProducer } from '../../producers/battles.ts';
import { pairProducer } from '../../producers/pairs.ts';
import { paymentProducer } from '../../producers/payments.ts';
import { Publisher } from '../../producers/publish.ts';
import { type Random, seeded } from '../../producers/simulate/random.ts';
import { uploadProducer } from '../../producers/uploads.ts';
import { type LoadEvent, type LoadTopic, type Planned, plannedEvent } from './load-events.ts';
import { Payments } from './load-payments.ts';
import type { Platform } from './platform.ts';

export type Acknowledged = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly eventId: string;
};

const tickMs = 100;
const waitingMax = 4_000;
const rememberedMax = 2_000;
/** Of the clients' events, so many go through the API; of all, so many come again. */
const throughApi = 0.6;
const again = 0.06;

export class Load {
  readonly acknowledged: Acknowledged[] = [];
  readonly publisher: Publisher;
  readonly counts = { sent: 0, repeated: 0, unanswered: 0, refused: 0, throughApi: 0 };
  readonly #platform: Platform;
  readonly #random: Random;
  readonly #perTick: number;
  readonly #keys: PersonKeys;
  readonly #doors: Readonly<Record<LoadTopic, (event: LoadEvent) => Promise<Acknowledged>>>;
  readonly #earlier: Planned[] = [];
  readonly #waiting = new Set<Promise<void>>();
  readonly #payments = new Payments();
  #number = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(platform: Platform, seed: number, eventsPerSecond: number) {
    const { config, log } = platform;
    this.#platform = platform;
    this.#random = seeded(seed + 1);
    this.#perTick = (eventsPerSecond * tickMs) / 1_000;
    this.publisher = new Publisher({ config, log });
    this.#keys = new PersonKeys({ config, log, onFatal: (why) => log.error(why) });
    const activity = activityProducer(this.publisher, this.#keys);
    const { produceVideoUploadEvent } = uploadProducer(this.publisher);
    const { producePaymentTransactionEvent } = paymentProducer(this.publisher);
    const { produceLiveBattleEvent } = battleProducer(this.publisher);
    const { producePairEvent } = pairProducer(this.publisher, this.#keys);
    this.#doors = {
      user_activity: (event) => activity.produceUserActivityEvent(event as unknown as UserActivityInput),
      video_uploads: (event) => produceVideoUploadEvent(event as never),
      payment_transactions: (event) => producePaymentTransactionEvent(event as never),
      live_battles: (event) => produceLiveBattleEvent(event as never),
      dating_pairs: (event) => producePairEvent(event as never),
    };
  }

  async start(): Promise<void> {
    await Promise.all([this.publisher.start(), this.#keys.start()]);
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  /** Resolves when everything has been answered or given up. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await Promise.all(this.#waiting);
    await Promise.all([this.publisher.stop(), this.#keys.stop()]);
  }

  #tick(): void {
    if (this.#waiting.size > waitingMax) return;
    const posts: Planned[] = [];
    for (let left = this.#perTick; left > this.#random.next(); left--) {
      const planned = this.#next();
      if (planned.isClients && this.#random.next() < throughApi) posts.push(planned);
      else this.#track(this.#publish(planned));
    }
    if (posts.length > 0) this.#track(this.#post(posts));
  }

  /** A new event, or an earlier one with its id. */
  #next(): Planned {
    if (this.#earlier.length > 0 && this.#random.next() < again) {
      this.counts.repeated += 1;
      return this.#random.pick(this.#earlier);
    }
    const planned = plannedEvent(this.#random, this.#number++, Date.now(), this.#payments);
    if (this.#earlier.length < rememberedMax) this.#earlier.push(planned);
    else this.#earlier[this.#random.whole(rememberedMax)] = planned;
    return planned;
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#waiting.delete(tracked));
    this.#waiting.add(tracked);
  }

  async #publish({ topic, event }: Planned): Promise<void> {
    this.counts.sent += 1;
    try {
      this.acknowledged.push(await this.#doors[topic](event));
    } catch (error) {
      if ((error as Error).name === 'InvalidEvent') throw error;
      this.counts.unanswered += 1;
    }
  }

  async #post(planned: readonly Planned[]): Promise<void> {
    this.counts.sent += planned.length;
    this.counts.throughApi += planned.length;
    try {
      const response = await fetch(`${this.#platform.config.api.url}/api/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(planned.map(({ event }) => event)),
        signal: AbortSignal.timeout(10_000),
      });
      for (const answer of (await response.json()) as (Acknowledged & { accepted: boolean; event_id: string })[]) {
        if (answer.accepted) this.acknowledged.push({ ...answer, eventId: answer.event_id });
        else this.counts.refused += 1;
      }
    } catch {
      this.counts.unanswered += planned.length;
    }
  }
}
