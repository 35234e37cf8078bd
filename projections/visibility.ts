// Holds a read back until it sees the event of an acknowledgement's token, processor by processor down the flow.
import { setTimeout as pause } from 'node:timers/promises';
import type { Processor } from '../processors/runtime/processor.ts';
import { type TopicName, topics } from '../schemas/topics.ts';
import { CommittedOffsets, GaveUp, isOver, type Patience, type Place } from './committed-offsets.ts';
import { type Ends, LogUnavailable } from './log-ends.ts';
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
  readonly #leading = new Map<string, boolean>();
  #waiting = 0;

  constructor(topology: Topology, replica: Replica = { caughtUp: () => true }) {
    this.#topology = topology;
    this.#replica = replica;
    this.#committed = new CommittedOffsets((partitions) => topology.offsets(partitions));
    replica.onAdvance?.((processor, partition, offset) => this.#committed.advanced(processor, partition, offset));
  }

  /** Waits until the named processors have folded all that came of the token's event; at most 2 s, and not after `ended`. */
  async wait(token: Token, targets: readonly string[], ended?: AbortSignal): Promise<Verdict> {
    if (this.#waiting >= waitersMax) return 'too_many_waiting';
    this.#waiting += 1;
    // Not a signal each: to make and to join them took a tenth of all that a read takes.
    const patience = { until: performance.now() + waitMsMax, ended };
    try {
      await this.#follow(token, targets, patience);
      return 'visible';
    } catch (error) {
      if (!(error instanceof GaveUp)) throw error;
      return ended?.aborted || (await this.#isInLog(token)) ? 'not_yet_visible' : 'not_in_log';
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

  /** Hop by hop: what many partitions have sent into one is waited for together, at the last of it. */
  async #follow(token: Token, targets: readonly string[], patience: Patience): Promise<void> {
    let hops: readonly Hop[] = [{ ...token, past: [] }];
    while (hops.length > 0) {
      const next = await Promise.all(hops.map((hop) => this.#pass(hop, targets, patience)));
      hops = lastOfEach(next.flat());
    }
  }

  async #pass({ topic, partition, offset, past }: Hop, targets: readonly string[], patience: Patience) {
    const concerned = this.#topology.readersOf(topic).filter((processor) => this.#leadsTo(processor, targets, past));
    const next = await Promise.all(
      concerned.map(async (processor): Promise<Hop[]> => {
        await this.#folded({ processor: processor.name, partition, offset }, patience);
        const through = [...past, processor.name].sort();
        const onwards = this.#onwards(processor, targets, through);
        const produced = await this.#produced(processor, partition, onwards);
        return produced.map((to) => ({ ...to, past: through }));
      }),
    );
    return next.flat();
  }

  /** Looked up once for each way of coming here: where processors feed each other there are many ways. */
  #leadsTo(processor: Processor, targets: readonly string[], past: readonly string[]): boolean {
    if (past.filter((name) => name === processor.name).length >= passagesMax) return false;
    if (targets.includes(processor.name)) return true;
    const key = `${targets}|${past}|${processor.name}`;
    const known = this.#leading.get(key);
    if (known !== undefined) return known;
    const leads = this.#onwards(processor, targets, [...past, processor.name].sort()).length > 0;
    this.#leading.set(key, leads);
    return leads;
  }

  /** The topics of a processor's that lead to a target. */
  #onwards({ emitsTo }: Processor, targets: readonly string[], past: readonly string[]): TopicName[] {
    return emitsTo.filter((to) => this.#topology.readersOf(to).some((next) => this.#leadsTo(next, targets, past)));
  }

  async #folded(place: Place, patience: Patience): Promise<void> {
    if (isOver(patience)) throw new GaveUp();
    await this.#committed.folded(place, patience);
    while (!this.#replica.caughtUp(place.processor, place.partition, place.offset)) {
      if (isOver(patience)) throw new GaveUp();
      await pause(replicaPollMs);
    }
  }

  /** The last offset produced into each partition of the topics; where none is stored, the one before its end at this moment. */
  async #produced(processor: Processor, partition: number, into: readonly TopicName[]): Promise<Token[]> {
    const targets = into.flatMap((topic) =>
      Array.from({ length: topics[topic].partitions }, (_, at) => ({ topic, at })),
    );
    if (targets.length === 0) return [];
    const names = targets.map(({ topic, at }) => `p:${topic}:${at}`);
    const stored = await this.#topology.fields(processor, partition, names);
    const missing = into.filter((topic) => targets.some((target, i) => target.topic === topic && stored[i] == null));
    const ends = new Map<TopicName, Ends>();
    await Promise.all(missing.map(async (topic) => ends.set(topic, await this.#topology.freshEnds(topic))));
    return targets
      .map(({ topic, at }, i) => ({
        topic,
        partition: at,
        offset: Number(stored[i] ?? (ends.get(topic)?.[at] ?? 0) - 1),
      }))
      .filter(({ offset }) => offset >= 0);
  }
}

/** A place to be waited for, and the processors that it came through, sorted: the order makes no difference. */
type Hop = Token & { readonly past: readonly string[] };

function lastOfEach(hops: readonly Hop[]): Hop[] {
  const last = new Map<string, Hop>();
  for (const hop of hops) {
    const key = `${hop.past}|${hop.topic}|${hop.partition}`;
    if ((last.get(key)?.offset ?? -1) < hop.offset) last.set(key, hop);
  }
  return [...last.values()];
}
