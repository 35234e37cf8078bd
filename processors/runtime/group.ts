// One processor's membership of its consumer group: hands fetched batches to the slots of the partitions assigned here.
import type { Batch, Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { topicIn } from '../../infra/kafka.ts';
import type { Log } from '../../infra/log.ts';
import { topics } from '../../schemas/topics.ts';
import type { OwnerPorts } from './owner.ts';
import type { InputRecord } from './ports.ts';
import type { Processor } from './processor.ts';
import { type Fetching, Slot, type SlotMetrics } from './slot.ts';

export type GroupOptions = {
  readonly kafka: Kafka;
  readonly namespace: string;
  readonly generation: number;
  readonly processor: Processor;
  readonly build: number;
  readonly ports: OwnerPorts;
  readonly sessionTimeoutMs: number;
  readonly log: Log;
  readonly metrics: SlotMetrics;
  /** The client is beyond repair: the process must end and be started again. */
  readonly onFatal: (why: string) => void;
};

/** Offsets go to the broker only for lag displays. */
const brokerCommitEveryMs = 5_000;
/** No fetch for so long means that the client is stuck. */
const stuckAfterMs = 60_000;
const bytesPerPartition = 2 * 1_048_576;

/** The consumer group of a processor's generation. */
export const groupIdOf = (namespace: string, generation: number, processor: string): string =>
  `${namespace}${processor}-g${generation}`;

export class ProcessorGroup {
  readonly #options: GroupOptions;
  readonly #topic: string;
  readonly #consumer: Consumer;
  #slots = new Map<number, Slot>();
  #lastFetchAt = 0;
  #timers: NodeJS.Timeout[] = [];
  #stopping = false;

  constructor(options: GroupOptions) {
    const { kafka, namespace, generation, processor, sessionTimeoutMs } = options;
    this.#options = options;
    this.#topic = topicIn(namespace, processor.input);
    this.#consumer = kafka.consumer({
      groupId: groupIdOf(namespace, generation, processor.name),
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeoutMs / 3)),
      rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
      maxWaitTimeInMs: 200,
      minBytes: 1,
      maxBytesPerPartition: bytesPerPartition,
      allowAutoTopicCreation: false,
    });
  }

  async start(): Promise<void> {
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#assign(payload.memberAssignment[this.#topic] ?? []));
    this.#consumer.on(events.REBALANCING, () => this.#assign([]));
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
    ];
  }

  /** Finishes the commit under way and leaves the group. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#consumer.stop().catch(() => {});
    await this.#commitToBroker();
    this.#assign([]);
    await this.#consumer.disconnect();
  }

  /** Per assigned partition, how it is. */
  status(): { partition: number; state: string; why: string | null; offset: number | null }[] {
    return [...this.#slots].map(([partition, slot]) => ({ partition, ...slot.status, offset: slot.offset }));
  }

  #assign(partitions: readonly number[]): void {
    for (const slot of this.#slots.values()) slot.end();
    const { processor, build, ports, log, metrics } = this.#options;
    const fetching = this.#fetching();
    this.#slots = new Map(
      partitions.map((partition) => [
        partition,
        new Slot({ processor, partition, build, ports, fetching, log, metrics }),
      ]),
    );
    for (const slot of this.#slots.values()) slot.start();
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

  async #eachBatch({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const slot = this.#slots.get(batch.partition);
    if (slot?.status.state !== 'ready') return;
    const done = await slot.fold(recordsOf(batch), async () => {
      await heartbeat();
      return isRunning() && !isStale() && !this.#stopping;
    });
    if (done === null) return;
    resolveOffset(done > Number(batch.lastOffset()) ? batch.lastOffset() : String(done - 1));
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

  #watch(): void {
    if (
      performance.now() - this.#lastFetchAt > stuckAfterMs &&
      [...this.#slots.values()].some((s) => s.status.state === 'ready')
    ) {
      this.#options.onFatal(`consumer of ${this.#options.processor.name} has fetched nothing for ${stuckAfterMs} ms`);
    }
  }
}

function recordsOf(batch: Batch): InputRecord[] {
  return batch.messages.map((message) => recordOf(batch.partition, message));
}

/** A record without an id header (another client's) is known by its place. */
function recordOf(partition: number, { offset, timestamp, key, value, headers }: KafkaMessage): InputRecord {
  return {
    offset: Number(offset),
    time: Number(timestamp),
    key: key?.toString() ?? '',
    id: headers?.id?.toString() ?? `at-${partition}-${offset}`,
    origin: headers?.origin?.toString() ?? null,
    redrive: headers?.redrive?.toString() ?? null,
    value,
  };
}
