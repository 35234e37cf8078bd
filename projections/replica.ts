// An instance's own copy of all states of one processor: loaded from Redis, then kept by the pushes of its commits.
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import {
  type LiveGenerations,
  memosKey,
  type PartitionTag,
  type Push,
  pushChannel,
  stateKey,
} from '../processors/runtime/keys.ts';
import { type TopicName, topics } from '../schemas/topics.ts';
import { nextOffset } from './positions.ts';
import type { PushChannels } from './push-channels.ts';

export type ReplicaParts = {
  readonly redis: Redis;
  readonly channels: PushChannels;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly log: Log;
  readonly processor: string;
  readonly topic: TopicName;
  /** False: only positions and changes are wanted, no states are kept. */
  readonly keepsStates?: boolean;
  /** Not the states are copied, but the memos of the partitions whose keys begin so (`Processor.pushesMemosOf`), by what follows. */
  readonly memosOf?: string;
  /** How often positions are compared with Redis: a lost push is noticed within this time and a load. */
  readonly checkMs?: number;
};

/** @param state null if it is gone, as after a loss of Redis */
export type ChangeListener<State> = (key: string, state: State | null, partition: number) => void;

type Part<State> = {
  /** Of the states that are here; 0 before the first load. */
  generation: number;
  states: Map<string, State>;
  /** The next offset to be folded, as far as is known here; -1 before the first load. */
  offset: number;
  /** Pushes that arrive while it is loaded. */
  waiting: Push<State>[] | null;
};

const defaultCheckMs = 1_000;
/** A commit is published right after it; what is later than this was lost. */
const pushDelayMs = 50;
const scanCount = 500;
const waitingMax = 10_000;

/** What is no push is passed over; the gap it leaves is noticed. */
function parsed<State>(message: string): Push<State> | null {
  try {
    return JSON.parse(message) as Push<State>;
  } catch {
    return null;
  }
}

function memosIn<State>({ memos }: Push<State>, prefix: string): [string, State | null][] {
  const told = Object.entries(memos ?? {}).filter(([key]) => key.startsWith(prefix));
  return told.map(([key, memo]) => [key.slice(prefix.length), memo as State | null]);
}

export class Replica<State> {
  readonly #of: ReplicaParts;
  readonly #parts: Part<State>[];
  readonly #listeners: ChangeListener<State>[] = [];
  readonly #touches: ((key: string) => void)[] = [];
  readonly #advances: ((partition: number, offset: number) => void)[] = [];
  readonly #reloads: ((partition: number) => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #checking = false;
  #generation = 0;

  constructor(of: ReplicaParts) {
    this.#of = of;
    this.#parts = Array.from({ length: topics[of.topic].partitions }, () => ({
      generation: 0,
      states: new Map(),
      offset: -1,
      waiting: null,
    }));
    of.channels.onBack(() => void this.#check());
    of.generations.onChange((slug) => {
      if (slug === of.processor && this.#timer) void this.#follow();
    });
  }

  /** Resolves when all partitions are loaded, or Redis is away; then it goes on trying. The channels must be heard already. */
  async start(): Promise<void> {
    await this.#follow();
    this.#timer = setInterval(() => void this.#check(), this.#of.checkMs ?? defaultCheckMs);
    this.#timer.unref();
  }

  /** Turns to the live generation: hears its pushes, then takes its states; until they are here the old ones are served. */
  async #follow(): Promise<void> {
    const { channels, namespace, processor, generations } = this.#of;
    const generation = generations.live(processor);
    if (generation === this.#generation) return;
    if (this.#generation > 0) channels.off(pushChannel(namespace, this.#generation, processor));
    this.#generation = generation;
    await channels.on(pushChannel(namespace, generation, processor), (message) => this.#take(message));
    await Promise.all(this.#parts.map((_, partition) => this.#load(partition)));
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Told of every commit that the copy has taken in: the partition and the next offset to be folded. */
  onAdvance(listener: (partition: number, offset: number) => void): void {
    this.#advances.push(listener);
  }

  /** Told of each partition that was taken anew: where no states are kept, any key of it may have changed unheard. */
  onReload(listener: (partition: number) => void): void {
    this.#reloads.push(listener);
  }

  onChange(listener: ChangeListener<State>): void {
    this.#listeners.push(listener);
  }

  /** Told of each key that an event was folded under, whatever is copied. */
  onTouch(listener: (key: string) => void): void {
    this.#touches.push(listener);
  }

  get size(): number {
    return this.#parts.reduce((sum, { states }) => sum + states.size, 0);
  }

  get(key: string): State | undefined {
    return this.#parts[partitionOf(key, this.#parts.length)]?.states.get(key);
  }

  *entries(): Iterable<[string, State]> {
    for (const { states } of this.#parts) yield* states;
  }

  /** The next offset to be folded, as far as this copy has come; -1 before it is loaded. */
  offsetOf(partition: number): number {
    return this.#parts[partition]?.offset ?? -1;
  }

  /** Whether the event at this offset is in the copy. */
  caughtUp(partition: number, offset: number): boolean {
    return this.offsetOf(partition) > offset;
  }

  #take(message: string): void {
    const push = parsed<State>(message);
    const part = push && this.#parts[push.partition];
    if (!part) return;
    if (part.waiting) {
      if (part.waiting.length < waitingMax) part.waiting.push(push);
    } else if (part.generation !== this.#generation) void this.#load(push.partition);
    else if (push.from === part.offset) this.#apply(part, push);
    else if (push.to > part.offset) void this.#load(push.partition);
  }

  #apply(part: Part<State>, push: Push<State>): void {
    const { keepsStates, memosOf } = this.#of;
    for (const [key, state] of memosOf === undefined ? Object.entries(push.states) : memosIn(push, memosOf)) {
      if (state === null && memosOf !== undefined) part.states.delete(key);
      else if (keepsStates !== false) part.states.set(key, state as State);
      this.#tell(key, state, push.partition);
    }
    if (this.#touches.length > 0)
      for (const key of Object.keys(push.states)) for (const listener of this.#touches) listener(key);
    part.offset = push.to;
    for (const listener of this.#advances) listener(push.partition, push.to);
  }

  #tell(key: string, state: State | null, partition: number): void {
    for (const listener of this.#listeners) {
      try {
        listener(key, state, partition);
      } catch (error) {
        this.#of.log.error({ key, error: String(error) }, `a listener of ${this.#of.processor} failed`);
      }
    }
  }

  /** Takes all states anew; what is pushed meanwhile is applied after them. On failure the old states stay. */
  async #load(partition: number): Promise<void> {
    const part = this.#parts[partition];
    if (!part || part.waiting) return;
    part.waiting = [];
    const generation = this.#generation;
    try {
      // The offset is read first: states can only be newer, and every later push is waiting.
      const offset = await this.#committed(partition);
      const raw = this.#of.keepsStates === false ? new Map<string, string>() : await this.#scan(partition);
      this.#replace(part, raw, partition);
      part.offset = offset;
      part.generation = generation;
      for (const listener of this.#reloads) listener(partition);
    } catch (error) {
      this.#of.log.warn({ partition, error: String(error) }, `the copy of ${this.#of.processor} could not be loaded`);
    }
    const waiting = part.waiting;
    part.waiting = null;
    if (generation !== this.#generation) return this.#load(partition);
    if (part.generation !== generation) return;
    for (const push of waiting) if (push.from === part.offset) this.#apply(part, push);
  }

  #committed(partition: number): Promise<number> {
    return nextOffset(this.#of.redis, this.#tag(partition));
  }

  async #scan(partition: number): Promise<Map<string, string>> {
    const { redis, memosOf = '' } = this.#of;
    const tag = this.#tag(partition);
    const hash = this.#of.memosOf === undefined ? stateKey(tag) : memosKey(tag);
    const raw = new Map<string, string>();
    let cursor = '0';
    do {
      const [next, pairs] = await redis.hscan(hash, cursor, 'COUNT', scanCount);
      for (let i = 0; i + 1 < pairs.length; i += 2)
        if (pairs[i]?.startsWith(memosOf)) raw.set(pairs[i]?.slice(memosOf.length) ?? '', pairs[i + 1] ?? '');
      cursor = next;
    } while (cursor !== '0');
    return raw;
  }

  /** All are read before the first is taken, so that one that cannot be read leaves the old ones whole. */
  #replace(part: Part<State>, raw: ReadonlyMap<string, string>, partition: number): void {
    const before = part.states;
    const states = new Map<string, State>();
    for (const [key, text] of raw) states.set(key, JSON.parse(text) as State);
    part.states = states;
    for (const [key, state] of states) {
      const known = before.get(key);
      if (known === undefined || JSON.stringify(known) !== raw.get(key)) this.#tell(key, state, partition);
    }
    for (const key of before.keys()) if (!raw.has(key)) this.#tell(key, null, partition);
  }

  /** Compares positions with Redis: a lost push, or a Redis that has gone back, means to load again. */
  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      const known = this.#parts.map(({ offset }) => offset);
      const committed = await Promise.all(this.#parts.map((_, partition) => this.#committed(partition)));
      const behind = (partition: number) => (committed[partition] ?? 0) > this.offsetOf(partition);
      const wentBack = (partition: number) => (committed[partition] ?? 0) < (known[partition] ?? 0);
      const partitions = [...this.#parts.keys()];
      const isOld = (partition: number) => this.#parts[partition]?.generation !== this.#generation;
      if (partitions.some(behind)) await pause(pushDelayMs);
      await Promise.all(partitions.filter((p) => isOld(p) || behind(p) || wentBack(p)).map((p) => this.#load(p)));
    } catch {
      // Redis is away: what is here is served, and the next check looks again.
    } finally {
      this.#checking = false;
    }
  }

  #tag(partition: number): PartitionTag {
    const { namespace, processor, topic } = this.#of;
    return { namespace, generation: this.#generation, processor, topic, partition };
  }
}
