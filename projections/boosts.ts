// Who is boosted until when: the ledger's boards of all partitions, looked at again every so often; what is over is left out.
import type { Redis } from 'ioredis';
import type { Log } from '../infra/log.ts';
import { boostedBoard } from '../processors/ledger/domain-outcomes.ts';
import { type LiveGenerations, writeKey } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';

const ledger = { processor: 'ledger', topic: 'payment_transactions' } as const;
const partitions = Array.from({ length: topics[ledger.topic].partitions }, (_, partition) => partition);
const lookEveryMs = 500;

/** @param until in ms; null when it is over */
export type BoostListener = (userId: string, until: number | null) => void;

export type BoostsParts = {
  readonly redis: Pick<Redis, 'zrangebyscore'>;
  readonly namespace: string;
  readonly generations: Pick<LiveGenerations, 'live'>;
  readonly log: Log;
  /** ms since 1970 */
  readonly now: () => number;
};

export class Boosts {
  readonly #parts: BoostsParts;
  readonly #until = new Map<string, number>();
  readonly #listeners: BoostListener[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;

  constructor(parts: BoostsParts) {
    this.#parts = parts;
  }

  onChange(listener: BoostListener): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look(), lookEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Where Redis is away, what was known stands: it ends by its own time. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#take(new Map((await Promise.all(partitions.map((partition) => this.#of(partition)))).flat()));
    } catch (error) {
      this.#parts.log.warn(`boosts cannot be read: ${(error as Error).message}`);
    } finally {
      this.#isLooking = false;
    }
  }

  async #of(partition: number): Promise<[string, number][]> {
    const { redis, namespace, generations, now } = this.#parts;
    const tag = { namespace, generation: generations.live('ledger'), ...ledger, partition };
    const flat = await redis.zrangebyscore(writeKey(tag, boostedBoard), `(${now()}`, '+inf', 'WITHSCORES');
    return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] as string, Number(flat[2 * i + 1])]);
  }

  #take(found: ReadonlyMap<string, number>): void {
    for (const [userId, until] of found) if (this.#until.get(userId) !== until) this.#tell(userId, until);
    for (const userId of this.#until.keys()) if (!found.has(userId)) this.#tell(userId, null);
  }

  #tell(userId: string, until: number | null): void {
    if (until === null) this.#until.delete(userId);
    else this.#until.set(userId, until);
    for (const listener of this.#listeners) listener(userId, until);
  }
}
