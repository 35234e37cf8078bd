// Awaits the outcome of a request for money: told by the push of the commit that decided it, and else looked for in Redis every 100 ms.
import type { Log } from '../infra/log.ts';
import { type LiveGenerations, type Push, pushChannel } from '../processors/runtime/keys.ts';
import { OutcomeWaiters, type RequestPlace, type Waiter } from './outcome-waiters.ts';
import type { PushChannels } from './push-channels.ts';

/** What is committed, as Redis has it. */
export type Decided<Memo> = {
  /** The next offset to fold. */
  committed(partition: number): Promise<number>;
  memo(place: RequestPlace): Promise<Memo | null>;
};

export type MoneyOutcomesOptions<Memo> = {
  readonly channels: Pick<PushChannels, 'on' | 'off' | 'onBack'>;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly decided: Decided<Memo>;
  readonly log: Log;
  /** ms, of any beginning */
  readonly now?: () => number;
};

const processor = 'ledger';
export const sweepEveryMs = 100;
/** Who has waited so long is told `pending`. */
export const waitMsMax = 3_000;
export const waitersMax = 20_000;
/** A push can be faster than the acknowledgement of its own request: so many memos are remembered at least, twice as many at most. */
const rememberedMin = 5_000;

type MoneyPush<Memo> = Omit<Push, 'memos'> & { readonly memos?: Readonly<Record<string, Memo | null>> };

export class MoneyOutcomes<Memo> {
  readonly #options: MoneyOutcomesOptions<Memo>;
  readonly #now: () => number;
  readonly #waiters = new OutcomeWaiters<Memo>();
  /** The next offset to fold per partition, as far as pushes and sweeps have told. */
  readonly #committed = new Map<number, number>();
  #remembered = new Map<string, Memo>();
  #rememberedBefore = new Map<string, Memo>();
  #generation = 0;
  #timer: NodeJS.Timeout | null = null;
  #isSweeping = false;

  constructor(options: MoneyOutcomesOptions<Memo>) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    options.channels.onBack(() => void this.sweep());
    options.generations.onChange((slug) => {
      if (slug === processor && this.#timer) void this.#follow();
    });
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.sweep(), sweepEveryMs);
    this.#timer.unref();
    await this.#follow();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#settle(this.#waiters.takeOlder(Number.POSITIVE_INFINITY), 'pending');
  }

  /** Whether nobody more can wait: a request is better not published then. */
  get isFull(): boolean {
    return this.#waiters.count >= waitersMax;
  }

  /** The memo of the request once its record has been folded; `pending` if that takes too long. */
  outcome(place: RequestPlace): Promise<Memo | 'pending'> {
    if (this.isFull) return Promise.resolve('pending');
    return new Promise((resolve) => {
      const waiter = { ...place, since: this.#now(), resolve };
      if ((this.#committed.get(place.partition) ?? 0) > place.offset) this.#answer([waiter], null);
      else this.#waiters.add(waiter);
    });
  }

  /** Looks at Redis for all that wait, and tells those who have waited too long. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      await Promise.all(this.#waiters.waitedFor().map((partition) => this.#look(partition)));
    } catch (error) {
      this.#options.log.warn(`outcomes cannot be read: ${(error as Error).message}`);
    } finally {
      this.#isSweeping = false;
      this.#settle(this.#waiters.takeOlder(this.#now() - waitMsMax), 'pending');
    }
  }

  async #look(partition: number): Promise<void> {
    const committed = await this.#options.decided.committed(partition);
    this.#committed.set(partition, committed);
    this.#answer(this.#waiters.takeBefore(partition, committed), null);
  }

  /** Hears the pushes of the live generation. */
  async #follow(): Promise<void> {
    const { channels, generations, namespace } = this.#options;
    const generation = generations.live(processor);
    if (generation === this.#generation) return;
    if (this.#generation > 0) channels.off(pushChannel(namespace, this.#generation, processor));
    this.#generation = generation;
    this.#committed.clear();
    this.#remembered.clear();
    this.#rememberedBefore.clear();
    await channels.on(pushChannel(namespace, generation, processor), (message) => this.#take(message));
    void this.sweep();
  }

  #take(message: string): void {
    const push = parsed<Memo>(message);
    if (!push) return;
    this.#committed.set(push.partition, push.to);
    const memos = push.memos ?? {};
    for (const key in memos) this.#remember(key, memos[key] ?? null);
    this.#answer(this.#waiters.takeBefore(push.partition, push.to), memos);
  }

  #remember(key: string, memo: Memo | null): void {
    if (memo === null) return;
    if (this.#remembered.size >= rememberedMin) {
      this.#rememberedBefore = this.#remembered;
      this.#remembered = new Map();
    }
    this.#remembered.set(key, memo);
  }

  #recall(key: string): Memo | undefined {
    return this.#remembered.get(key) ?? this.#rememberedBefore.get(key);
  }

  /** A commit that changed no memo of a request (it was a repeat) leaves the one in Redis. */
  #answer(waiters: readonly Waiter<Memo>[], memos: Readonly<Record<string, Memo | null>> | null): void {
    for (const waiter of waiters) {
      const memo = memos?.[waiter.key] ?? this.#recall(waiter.key);
      if (memo) waiter.resolve(memo);
      else void this.#read(waiter);
    }
  }

  async #read(waiter: Waiter<Memo>): Promise<void> {
    const memo = await this.#options.decided.memo(waiter).catch(() => null);
    if (memo) waiter.resolve(memo);
    else if (this.#now() - waiter.since >= waitMsMax) waiter.resolve('pending');
    else this.#waiters.add(waiter);
  }

  #settle(waiters: readonly Waiter<Memo>[], outcome: 'pending'): void {
    for (const { resolve } of waiters) resolve(outcome);
  }
}

/** What is no push is passed over; the next sweep finds what it told. */
function parsed<Memo>(message: string): MoneyPush<Memo> | null {
  try {
    return JSON.parse(message) as MoneyPush<Memo>;
  } catch {
    return null;
  }
}
