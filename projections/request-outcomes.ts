// Awaits the outcome of a request to a processor that keeps them as memos: told by the push of its commit, and else looked for in Redis every 100 ms.
import type { Log } from '../infra/log.ts';
import { type LiveGenerations, type Push, pushChannel } from '../processors/runtime/keys.ts';
import { KeyWaiters } from './key-waiters.ts';
import { isOver, OutcomeWaiters, type RequestPlace, type Waiter } from './outcome-waiters.ts';
import type { PushChannels } from './push-channels.ts';

/** What is committed, as Redis has it. */
export type Decided<Memo> = {
  /** The next offset to fold. */
  committed(partition: number): Promise<number>;
  /** In the order of their keys. */
  memos(partition: number, keys: readonly string[]): Promise<readonly (Memo | null)[]>;
};

export type RequestOutcomesOptions<Memo> = {
  readonly processor: string;
  readonly channels: Pick<PushChannels, 'on' | 'off' | 'onBack'>;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly decided: Decided<Memo>;
  readonly log: Log;
  /** ms, of any beginning */
  readonly now?: () => number;
};

export const sweepEveryMs = 100;
/** Who has waited so long is told `pending`. */
export const waitMsMax = 3_000;
export const waitersMax = 20_000;
/** A push can be faster than the acknowledgement of its own request: so many memos are remembered at least, twice as many at most. */
const rememberedMin = 5_000;

type OutcomePush<Memo> = Omit<Push, 'memos'> & { readonly memos?: Readonly<Record<string, Memo | null>> };

export class RequestOutcomes<Memo> {
  readonly #options: RequestOutcomesOptions<Memo>;
  readonly #now: () => number;
  readonly #waiters = new OutcomeWaiters<Memo>();
  readonly #byKey = new KeyWaiters<Memo>();
  /** The next offset to fold per partition, as far as pushes and sweeps have told. */
  readonly #committed = new Map<number, number>();
  #remembered = new Map<string, Memo>();
  #rememberedBefore = new Map<string, Memo>();
  readonly #commits: ((partition: number, offset: number) => void)[] = [];
  readonly #touches: ((key: string) => void)[] = [];
  #generation = 0;
  #timer: NodeJS.Timeout | null = null;
  #isSweeping = false;

  constructor(options: RequestOutcomesOptions<Memo>) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    options.channels.onBack(() => void this.sweep());
    options.generations.onChange((slug) => {
      if (slug === options.processor && this.#timer) void this.#follow();
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
    for (const { resolve } of this.#takeOver(Number.POSITIVE_INFINITY)) resolve('pending');
  }

  /** Told of every commit that is pushed: the partition and the next offset to fold. */
  onCommit(listener: (partition: number, offset: number) => void): void {
    this.#commits.push(listener);
  }

  /** Told of every key that a commit was of. */
  onTouch(listener: (key: string) => void): void {
    this.#touches.push(listener);
  }

  /** Whether nobody more can wait: a request is better not published then. */
  get isFull(): boolean {
    return this.#waiters.count + this.#byKey.count >= waitersMax;
  }

  /** The memo of the request once its record has been folded; `pending` if that takes too long, or `ended` comes first. */
  outcome(place: RequestPlace, ended?: AbortSignal): Promise<Memo | 'pending'> {
    if (this.isFull) return Promise.resolve('pending');
    return new Promise((resolve) => {
      const waiter = { ...place, since: this.#now(), ended, resolve };
      if ((this.#committed.get(place.partition) ?? 0) > place.offset) this.#answer([waiter], null);
      else this.#waiters.add(waiter);
    });
  }

  /**
   * The memo of a request whose record another processor appends, so that its offset is not known here: the first that a push or Redis
   * has under its key; `pending` as above.
   */
  outcomeOf({ key, partition }: Omit<RequestPlace, 'offset'>, ended?: AbortSignal): Promise<Memo | 'pending'> {
    const known = this.#recall(key);
    if (known) return Promise.resolve(known);
    if (this.isFull) return Promise.resolve('pending');
    return new Promise((resolve) => {
      this.#byKey.add({ key, partition, since: this.#now(), ended, resolve });
      // That of a repeat is there already, and no push tells of it again.
      this.#lookFor(partition, [key]).catch(() => {});
    });
  }

  /** Looks at Redis for all that wait, and lets go of those who have waited too long or have gone. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return this.#giveUp();
    this.#isSweeping = true;
    try {
      const looks = this.#waiters.waitedFor().map((partition) => this.#look(partition));
      const looksByKey = this.#byKey.waitedFor().map(([partition, keys]) => this.#lookFor(partition, keys));
      await Promise.all([...looks, ...looksByKey]);
    } catch (error) {
      this.#options.log.warn(`outcomes cannot be read: ${(error as Error).message}`);
    } finally {
      this.#isSweeping = false;
      this.#giveUp();
    }
  }

  /** Whoever has waited too long does not wait for a slow store as well. */
  #giveUp(): void {
    for (const { resolve } of this.#takeOver(this.#now() - waitMsMax)) resolve('pending');
  }

  #takeOver(than: number): { readonly resolve: (outcome: 'pending') => void }[] {
    return [...this.#waiters.takeOver(than), ...this.#byKey.takeOver(than)];
  }

  async #lookFor(partition: number, keys: readonly string[]): Promise<void> {
    const memos = await this.#options.decided.memos(partition, keys);
    for (const [i, key] of keys.entries()) this.#tell(key, memos[i] ?? null);
  }

  #tell(key: string, memo: Memo | null): void {
    if (memo !== null) for (const { resolve } of this.#byKey.take(key)) resolve(memo);
  }

  async #look(partition: number): Promise<void> {
    const committed = await this.#options.decided.committed(partition);
    this.#committed.set(partition, committed);
    this.#answer(this.#waiters.takeBefore(partition, committed), null);
  }

  /** Hears the pushes of the live generation. */
  async #follow(): Promise<void> {
    const { channels, generations, namespace, processor } = this.#options;
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
    for (const key in memos) {
      this.#remember(key, memos[key] ?? null);
      this.#tell(key, memos[key] ?? null);
    }
    this.#answer(this.#waiters.takeBefore(push.partition, push.to), memos);
    for (const listener of this.#commits) listener(push.partition, push.to);
    for (const key in push.states ?? {}) for (const listener of this.#touches) listener(key);
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
    const { partition, key } = waiter;
    const [memo] = await this.#options.decided.memos(partition, [key]).catch(() => []);
    if (memo) waiter.resolve(memo);
    else if (isOver(waiter, this.#now() - waitMsMax)) waiter.resolve('pending');
    else this.#waiters.add(waiter);
  }
}

/** What is no push is passed over; the next sweep finds what it told. */
function parsed<Memo>(message: string): OutcomePush<Memo> | null {
  try {
    return JSON.parse(message) as OutcomePush<Memo>;
  } catch {
    return null;
  }
}
