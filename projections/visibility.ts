// Holds a read back until it sees the event of an acknowledgement's token, processor by processor down the flow.
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Processor } from '../processors/runtime/processor.ts';
import { type TopicName, topics } from '../schemas/topics.ts';
import { CommittedOffsets, type Place } from './committed-offsets.ts';
import { LogUnavailable } from './log-ends.ts';
import type { Topology } from './topology.ts';

/** A place in the log that a read must have seen. */
export type Token = { readonly topic: TopicName; readonly partition: number; readonly offset: number };

/** Copies of state in this process; a read from one must wait for it too. */
export type Replica = {
  caughtUp(processor: string, partition: number, offset: number): boolean;
  /** Tells of commits as they happen. */
  onAdvance?(listener: (processor: string, partition: number, offset: number) => void): void;
};

/** Not in the log: the token's partition has ended before it, so there is nothing to wait for. */
export type Verdict = 'visible' | 'not_yet_visible' | 'not_in_log' | 'too_many_waiting';

const waitMsMax = 2_000;
/** A copy in this process follows its source within moments. */
const replicaPollMs = 2;
const waitersMax = 1_000;
/** A processor that feeds itself (a payer's decision, then the payee's credit) is followed through both, no further. */
const passagesMax = 2;
/** One per partition that a read waits for. */
const listenersMax = 1_000;

/** @returns null unless it is a token of a topic and a partition that exist. */
export function parseToken(text: string): Token | null {
  const [, name, partition, offset] = /^([a-z_]{1,64}):(\d{1,5}):(\d{1,15})$/.exec(text) ?? [];
  if (name === undefined || !Object.hasOwn(topics, name)) return null;
  const topic = name as TopicName;
  if (Number(partition) >= topics[topic].partitions) return null;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

export class Visibility {
  readonly #topology: Topology;
  readonly #replica: Replica;
  readonly #committed: CommittedOffsets;
  #waiting = 0;

  constructor(topology: Topology, replica: Replica = { caughtUp: () => true }) {
    this.#topology = topology;
    this.#replica = replica;
    this.#committed = new CommittedOffsets((partitions) => topology.offsets(partitions));
    replica.onAdvance?.((processor, partition, offset) => this.#committed.advanced(processor, partition, offset));
  }

  /** Waits until the named processors have folded all that came of the token's event; at most 2 s. */
  async wait(token: Token, targets: readonly string[]): Promise<Verdict> {
    if (this.#waiting >= waitersMax) return 'too_many_waiting';
    this.#waiting += 1;
    const giveUp = AbortSignal.timeout(waitMsMax);
    setMaxListeners(listenersMax, giveUp);
    try {
      await this.#follow(token, targets, giveUp);
      return 'visible';
    } catch (error) {
      if (!giveUp.aborted) throw error;
      return (await this.#isInLog(token)) ? 'not_yet_visible' : 'not_in_log';
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Looked at after the wait alone: what was acknowledged is in the log, and few are asked for anything else. */
  async #isInLog({ topic, partition, offset }: Token): Promise<boolean> {
    try {
      return offset < ((await this.#topology.ends(topic))[partition] ?? 0);
    } catch (error) {
      if (error instanceof LogUnavailable) return true;
      throw error;
    }
  }

  /** @param past the processors that it came through */
  async #follow(
    { topic, partition, offset }: Token,
    targets: readonly string[],
    giveUp: AbortSignal,
    past: readonly string[] = [],
  ): Promise<void> {
    const concerned = this.#topology.readersOf(topic).filter((processor) => this.#leadsTo(processor, targets, past));
    await Promise.all(
      concerned.map(async (processor) => {
        await this.#folded({ processor: processor.name, partition, offset }, giveUp);
        const through = [...past, processor.name];
        const onwards = this.#onwards(processor, targets, through);
        const next = (await Promise.all(onwards.map((to) => this.#produced(processor, partition, to)))).flat();
        await Promise.all(next.map((to) => this.#follow(to, targets, giveUp, through)));
      }),
    );
  }

  #leadsTo(processor: Processor, targets: readonly string[], past: readonly string[]): boolean {
    if (past.filter((name) => name === processor.name).length >= passagesMax) return false;
    if (targets.includes(processor.name)) return true;
    return this.#onwards(processor, targets, [...past, processor.name]).length > 0;
  }

  /** The topics of a processor's that lead to a target. */
  #onwards({ emitsTo }: Processor, targets: readonly string[], past: readonly string[]): TopicName[] {
    return emitsTo.filter((to) => this.#topology.readersOf(to).some((next) => this.#leadsTo(next, targets, past)));
  }

  async #folded(place: Place, giveUp: AbortSignal): Promise<void> {
    giveUp.throwIfAborted();
    await this.#committed.folded(place, giveUp);
    while (!this.#replica.caughtUp(place.processor, place.partition, place.offset)) {
      await pause(replicaPollMs, undefined, { signal: giveUp });
    }
  }

  /** The last offset produced into each target partition; where none is stored, the one before its end at this moment. */
  async #produced(processor: Processor, partition: number, topic: TopicName): Promise<Token[]> {
    const targets = Array.from({ length: topics[topic].partitions }, (_, target) => target);
    const names = targets.map((target) => `p:${topic}:${target}`);
    const stored = await this.#topology.fields(processor, partition, names);
    const ends = stored.includes(null) ? await this.#topology.freshEnds(topic) : [];
    return targets
      .map((target) => ({ topic, partition: target, offset: Number(stored[target] ?? (ends[target] ?? 0) - 1) }))
      .filter(({ offset }) => offset >= 0);
  }
}
