// Tells whether the store still has all that a processor had folded: after a loss of the store, half a fold must not pass for the whole.
import type { Redis } from 'ioredis';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import type { TopicName } from '../schemas/topics.ts';
import { nextOffset } from './positions.ts';

/** What was folded before is being folded anew: who was swiped or blocked is not known yet. */
export class NotWhole extends Error {
  override readonly name = 'NotWhole';
}

/** The input of each processor that is asked about. */
export const foldedInputs = { ledger: 'payment_transactions', pairs: 'dating_pairs' } as const;
export type Folded = keyof typeof foldedInputs;

export type WholeFoldsParts = {
  readonly redis: Pick<Redis, 'hget'>;
  readonly namespace: string;
  readonly generations: Pick<LiveGenerations, 'live'>;
  /** Where each partition of a topic ends. */
  readonly ends: (topic: TopicName) => Promise<readonly number[]>;
};

export class WholeFolds {
  readonly #parts: WholeFoldsParts;
  /** How far each was folded, by all that was ever heard here: the next offset. */
  readonly #floors = new Map<string, number>();
  /** An instance that begins after the loss has heard nothing: then it is the log that says how far it went. */
  #begun: Promise<void> | null = null;

  constructor(parts: WholeFoldsParts) {
    this.#parts = parts;
  }

  /** Told of commits as they happen. */
  advanced(processor: Folded, partition: number, offset: number): void {
    const name = `${processor} ${partition}`;
    this.#floors.set(name, Math.max(offset, this.#floors.get(name) ?? 0));
  }

  /** Asked before what is relied on is read. @throws NotWhole */
  async check(processor: Folded, partitions: readonly number[]): Promise<void> {
    await this.begin();
    const read = async (partition: number) => {
      const floor = this.floor(processor, partition);
      this.confirm(processor, await this.#next(processor, partition), floor);
    };
    await Promise.all(partitions.map(read));
  }

  /** What whoever is asked from now on must have folded. Taken before the question: a commit that is told while it is answered is no loss. */
  floor(processor: Folded, partition: number): number {
    return this.#floors.get(`${processor} ${partition}`) ?? 0;
  }

  /** For whoever reads the position together with what is relied on. @param next as `nextOffset` @throws NotWhole */
  confirm(processor: Folded, next: number, floor: number): void {
    if (next < floor) throw new NotWhole(`${processor} is folding anew what it had folded before`);
  }

  #next(processor: Folded, partition: number): Promise<number> {
    const { redis, namespace, generations } = this.#parts;
    const generation = generations.live(processor);
    return nextOffset(redis, { namespace, generation, processor, topic: foldedInputs[processor], partition });
  }

  /** Resolves once it is known how far the log goes: before that nothing can be confirmed. */
  begin(): Promise<void> {
    this.#begun ??= this.#readEnds().catch((error: unknown) => {
      this.#begun = null;
      throw error;
    });
    return this.#begun;
  }

  async #readEnds(): Promise<void> {
    const read = async (processor: Folded) => {
      const ends = await this.#parts.ends(foldedInputs[processor]);
      for (const [partition, end] of ends.entries()) this.advanced(processor, partition, end ?? 0);
    };
    await Promise.all([read('ledger'), read('pairs')]);
  }
}
