// One processor's membership of its consumer group: hands fetched batches to the slots of the partitions assigned here.
import { setTimeout as wait } from 'node:timers/promises';
import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { idleFetchMs, topicIn } from '../../infra/kafka.ts';
import type { Log } from '../../infra/log.ts';
import { topics } from '../../schemas/topics.ts';
import { recordOf } from './input-record.ts';
import { Intake } from './intake.ts';
import type { NotNow } from './live-gate.ts';
import type { OwnerPorts } from './owner.ts';
import type { InputRecord } from './ports.ts';
import type { Processor } from './processor.ts';
import { type Fetching, Slot, type SlotMetrics, type SlotStatus } from './slot.ts';
import { Turns } from './turns.ts';

/** What slots stand on: a generation's ports, or why there is none now. */
export type Footing = { readonly generation: number; readonly ports: OwnerPorts } | NotNow;

export type PartitionStatus = {
  readonly partition: number;
  readonly state: SlotStatus['state'] | 'standby';
  readonly why: string | null;
  readonly offset: number | null;
};

/** Makes a reader keep behind another and within a rate. */
export type Pace = {
  /** The offset before which records of a partition may be folded now. */
  limit(partition: number): Promise<number>;
  /** Records that may be folded at once, and the wait in ms that so many cost. */
  recordsAtOnceMax(): number;
  waitMs(records: number): number;
};

export type GroupOptions = {
  readonly kafka: Kafka;
  readonly namespace: string;
  readonly groupId: string;
  readonly processor: Processor;
  readonly build: number;
  /** Asked whenever partitions are assigned, and at `reassign`. */
  readonly footing: () => Footing;
  readonly sessionTimeoutMs: number;
  readonly log: Log;
  readonly metrics: SlotMetrics;
  /** The client is beyond repair: the process must end and be started again. */
  readonly onFatal: (why: string) => void;
  readonly pace?: Pace;
};

/** Offsets go to the broker only for lag displays. */
const brokerCommitEveryMs = 5_000;
/** No fetch for so long means that the client is stuck. */
const stuckAfterMs = 60_000;
/** A partition without new records is compared with the state store so often. */
const checkEveryMs = 1_000;
const bytesPerPartition = 2 * 1_048_576;
/** What comes in batches as large as this has come together already. */
const fullBatch = 500;

/** So long a member that was told of a rebalance waits for its new partitions. */
const rejoinMsMax = 3_000;

/** So many partitions are folded at the same time by a process; at more than a few the commits only become smaller. */
const partitionsAtOnce = 2;

/** Before something to fold is looked for again. */
const behindPauseMs = 50;

export class ProcessorGroup {
  readonly #options: GroupOptions;
  readonly #topic: string;
  readonly #consumer: Consumer;
  #slots = new Map<number, Slot>();
  #intakes = new Map<number, Intake>();
  readonly #turns = new Turns(partitionsAtOnce);
  #assigned: readonly number[] = [];
  /** Of the last join: while the client does not join again, they are still this member's. */
  #joined: readonly number[] = [];
  #rejoining: NodeJS.Timeout | null = null;
  #standsOn = '';
  #notNow: NotNow | null = null;
  #lastFetchAt = 0;
  #timers: NodeJS.Timeout[] = [];
  #stopping = false;

  constructor(options: GroupOptions) {
    const { kafka, namespace, groupId, processor, sessionTimeoutMs } = options;
    this.#options = options;
    this.#topic = topicIn(namespace, processor.input);
    this.#consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeoutMs / 3)),
      rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
      maxWaitTimeInMs: idleFetchMs,
      minBytes: 1,
      maxBytesPerPartition: bytesPerPartition,
      allowAutoTopicCreation: false,
    });
  }

  async start(): Promise<void> {
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#join(payload.memberAssignment[this.#topic] ?? []));
    this.#consumer.on(events.REBALANCING, () => this.#rebalance());
    this.#consumer.on(events.FETCH, () => this.#sawFetch());
    this.#consumer.on(events.CRASH, ({ payload }) => {
      if (!payload.restart)
        this.#options.onFatal(`consumer of ${this.#options.processor.name} crashed: ${payload.error.message}`);
    });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: topics[this.#options.processor.input].partitions,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
    this.#sawFetch();
    this.#timers = [
      setInterval(() => void this.#commitToBroker(), brokerCommitEveryMs),
      setInterval(() => this.#watch(), stuckAfterMs / 4),
      setInterval(() => this.#check(), checkEveryMs),
    ];
  }

  /** Finishes the commit under way and leaves the group. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#rejoining) clearTimeout(this.#rejoining);
    await this.#consumer.stop().catch(() => {});
    await Promise.all([...this.#intakes.values()].map((intake) => intake.idle()));
    await this.#commitToBroker();
    this.#assign([]);
    await this.#consumer.disconnect();
  }

  /** Per assigned partition, how it is. */
  status(): PartitionStatus[] {
    const notNow = this.#notNow;
    if (notNow) return this.#assigned.map((partition) => ({ partition, ...notNow, offset: null }));
    return [...this.#slots].map(([partition, slot]) => ({ partition, ...slot.told, offset: slot.offset }));
  }

  /** The footing may have changed: what is under way ends with its commit, and new slots begin on the new one. */
  reassign(): void {
    if (this.#stopping || keyOf(this.#options.footing()) === this.#standsOn) return;
    this.#assign(this.#assigned);
  }

  /** How often this member has been given partitions. */
  joins = 0;

  #join(partitions: readonly number[]): void {
    this.joins += 1;
    if (this.#rejoining) clearTimeout(this.#rejoining);
    this.#rejoining = null;
    this.#joined = partitions;
    this.#assign(partitions);
  }

  /**
   * Lets go of everything. A join that follows brings the new partitions; but where the client's attempt to join fails (the
   * coordinator is loading, say) and its membership turns out to be valid still, it goes on fetching and none ever comes.
   */
  #rebalance(): void {
    this.#assign([]);
    if (this.#rejoining) clearTimeout(this.#rejoining);
    // Whoever owns them by now is told apart by the claims.
    this.#rejoining = setTimeout(() => this.#join(this.#joined), rejoinMsMax);
  }

  #assign(partitions: readonly number[]): void {
    for (const slot of this.#slots.values()) slot.end();
    this.#assigned = partitions;
    const { processor, build, log, metrics } = this.#options;
    const fetching = this.#fetching();
    const footing = this.#options.footing();
    this.#standsOn = keyOf(footing);
    this.#notNow = 'ports' in footing ? null : footing;
    if ('ports' in footing) {
      const { ports } = footing;
      const slotOf = (partition: number) => new Slot({ processor, partition, build, ports, fetching, log, metrics });
      this.#slots = new Map(partitions.map((partition) => [partition, slotOf(partition)]));
      const goesOn = () => !this.#stopping;
      this.#intakes = new Map(
        [...this.#slots].map(([partition, slot]) => [partition, new Intake(slot, goesOn, this.#turns)]),
      );
      for (const slot of this.#slots.values()) slot.start();
    } else {
      this.#slots = new Map();
      this.#intakes = new Map();
      for (const partition of partitions) fetching.pause(partition);
    }
  }

  #fetching(): Fetching {
    const topic = this.#topic;
    return {
      pause: (partition) => this.#consumer.pause([{ topic, partitions: [partition] }]),
      resumeAt: (partition, offset) => {
        this.#consumer.seek({ topic, partition, offset: String(offset) });
        this.#consumer.resume([{ topic, partitions: [partition] }]);
      },
      endOffset: async (partition) => {
        const ends = await this.#ends();
        return ends.get(partition) ?? 0;
      },
    };
  }

  #endsAsked: Promise<Map<number, number>> | null = null;

  /** One request serves all partitions that ask at once. */
  async #ends(): Promise<Map<number, number>> {
    this.#endsAsked ??= (async () => {
      const admin = this.#options.kafka.admin();
      try {
        await admin.connect();
        const offsets = await admin.fetchTopicOffsets(this.#topic);
        return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
      } finally {
        this.#endsAsked = null;
        await admin.disconnect();
      }
    })();
    return this.#endsAsked;
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, isStale } = payload;
    const slot = this.#slots.get(batch.partition);
    // Where nobody pauses the partition, what is left is fetched again at once.
    if (!slot) await wait(behindPauseMs);
    if (slot?.status.state !== 'ready' || isStale()) return;
    if (this.#options.pace) await this.#foldAtPace(this.#options.pace, slot, payload);
    else await this.#handOver(payload);
  }

  /** The client fetches again only when every batch has been handled: so that is at once, unless too much waits. */
  async #handOver({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const { lingerMs } = this.#options.processor;
    const intake = this.#intakes.get(batch.partition);
    intake?.add(recordsOf(batch));
    resolveOffset(batch.lastOffset());
    // The first after a silence is folded at once; what follows it gathers at the broker.
    if (lingerMs !== undefined && batch.messages.length < fullBatch && !this.#stopping) await wait(lingerMs);
    while (intake?.isFull && isRunning() && !isStale() && !this.#stopping) {
      await intake.progress();
      await heartbeat();
    }
  }

  async #foldAtPace(
    pace: Pace,
    slot: Slot,
    { batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload,
  ): Promise<void> {
    const limit = await pace.limit(batch.partition);
    const allowed = recordsOf(batch).filter(({ offset }) => offset < limit);
    const records = allowed.slice(0, pace.recordsAtOnceMax());
    const between = async () => {
      await heartbeat();
      return isRunning() && !isStale() && !this.#stopping;
    };
    const done = records.length > 0 ? await slot.fold(records, between) : null;
    if (done !== null) resolveOffset(done > Number(batch.lastOffset()) ? batch.lastOffset() : String(done - 1));
    await wait(records.length === 0 ? behindPauseMs : pace.waitMs(records.length));
    await heartbeat();
  }

  async #commitToBroker(): Promise<void> {
    const offsets = [...this.#slots].flatMap(([partition, { offset }]) =>
      offset === null ? [] : [{ topic: this.#topic, partition, offset: String(offset) }],
    );
    if (offsets.length > 0) await this.#consumer.commitOffsets(offsets).catch(() => {});
  }

  #sawFetch(): void {
    this.#lastFetchAt = performance.now();
  }

  #check(): void {
    for (const slot of this.#slots.values()) void slot.check();
  }

  #watch(): void {
    if (
      performance.now() - this.#lastFetchAt > stuckAfterMs &&
      [...this.#slots.values()].some((s) => s.status.state === 'ready')
    ) {
      this.#options.onFatal(`consumer of ${this.#options.processor.name} has fetched nothing for ${stuckAfterMs} ms`);
    }
  }
}

const keyOf = (footing: Footing): string => ('ports' in footing ? `g${footing.generation}` : footing.why);

function recordsOf(batch: Batch): InputRecord[] {
  return batch.messages.map((message) => recordOf(batch.partition, message));
}
