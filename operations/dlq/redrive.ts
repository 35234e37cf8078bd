// Sends skipped records again: announces each on the control topic, then appends the copy, a few at a time, and watches what becomes of them.
import { setTimeout as pause } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import type { TopicCodec } from '../../infra/avro.ts';
import { connectedProducer, topicIn } from '../../infra/kafka.ts';
import type { ProcessorControl } from '../../schemas/generated.ts';
import { topics } from '../../schemas/topics.ts';
import { redriveHeader, type StandingChain } from './chains.ts';
import { type Flying, isDone, isStopped, type Lane, lanesOf, nextOf, settle } from './lanes.ts';
import { type Outside, type Source, standingOf } from './outside.ts';
import { RecordReader } from './record-reader.ts';

type DeadLetter = Extract<ProcessorControl, { kind: 'dead_letter' }>;
/** A skipped record as it is sent again. */
export type Copy = { readonly chain: StandingChain; readonly letter: DeadLetter };

export type RedriveOptions = {
  readonly outside: Outside;
  readonly source: Source;
  /** Copies a second. */
  readonly rate: number;
  readonly by: string;
  /** Ends the watching when nothing has moved for so long, in ms. */
  readonly waitMs: number;
  readonly onProgress?: (settled: number) => void;
};

export type RedriveOutcome = {
  readonly mended: number;
  readonly failed: readonly StandingChain[];
  /** Sent, and not folded yet. */
  readonly waiting: number;
  readonly unsent: number;
  /** Partitions in which so many failed again that no more were sent. */
  readonly stoppedPartitions: readonly number[];
};

const bytesPerSend = 262_144;
const sendRetry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 };

export class Redriver {
  readonly #options: RedriveOptions;
  readonly #reader: RecordReader;
  readonly #codec: TopicCodec<ProcessorControl>;
  readonly #producer: Producer;

  private constructor(options: RedriveOptions, codec: TopicCodec<ProcessorControl>, producer: Producer) {
    const { outside, source } = options;
    const control = topicIn(outside.namespace, source.control);
    this.#options = options;
    this.#codec = codec;
    this.#producer = producer;
    this.#reader = new RecordReader(outside.kafka, control, topics[source.control].partitions);
  }

  static async start(options: RedriveOptions): Promise<Redriver> {
    const { outside, source } = options;
    const codec = await outside.registry.codec<ProcessorControl>(source.control);
    const redriver = new Redriver(options, codec, await connectedProducer(outside.kafka, sendRetry));
    await redriver.#reader.start();
    return redriver;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#reader.stop(), this.#producer.disconnect()]);
  }

  /** The first dead letter of a chain with the original bytes. */
  async copyOf(chain: StandingChain): Promise<Copy> {
    const { value } = await this.#reader.read(chain.partition, chain.letters[0].controlOffset);
    const letter = await this.#codec.read(value);
    if (letter.kind !== 'dead_letter' || letter.offset !== chain.root)
      throw new Error(`${this.#options.source.control} ${chain.partition} does not hold the record ${chain.root}`);
    return { chain, letter };
  }

  /** Writes down that these are about to be sent. A crash after it is harmless: they are still pending, and are sent by the next redrive. */
  async announce(copies: readonly Copy[]): Promise<void> {
    const { outside, source, by } = this.#options;
    const messages = copies.map(({ chain, letter }) => {
      const { recordId } = letter;
      const entry = { kind: 'redriven', offset: chain.root, attempt: chain.redrives + 1, by, recordId } as const;
      return { partition: chain.partition, value: this.#codec.encode(entry) };
    });
    await this.#producer.send({ topic: topicIn(outside.namespace, source.control), messages, acks: -1 });
  }

  /** Appends the copies to the input, each to its own partition; answers their offsets. */
  async send(copies: readonly Copy[]): Promise<Flying[]> {
    const { outside, source } = this.#options;
    const messages = copies.map(({ chain, letter: { key, value, headers } }) => {
      const redrive = redriveHeader(source.name, chain.root);
      return { partition: chain.partition, key, value, headers: { ...headers, redrive } };
    });
    const answers = await this.#producer.send({ topic: topicIn(outside.namespace, source.input), messages, acks: -1 });
    const next = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    return copies.map(({ chain }) => {
      const offset = next.get(chain.partition) ?? 0;
      next.set(chain.partition, offset + 1);
      return { chain, offset };
    });
  }

  /** Sends all at the rate, oldest first in each partition, and waits until they are folded or nothing moves any more. */
  async run(chains: readonly StandingChain[]): Promise<RedriveOutcome> {
    const { rate, waitMs, onProgress } = this.#options;
    const lanes = lanesOf(chains);
    const failed: StandingChain[] = [];
    let mended = 0;
    let [movedAt, nextAt] = [performance.now(), performance.now()];
    for (;;) {
      const settled = await this.#settle(lanes);
      failed.push(...settled.failed);
      mended += settled.mended;
      onProgress?.(mended + failed.length);
      const due = performance.now() >= nextAt ? nextOf(lanes, Math.max(1, Math.ceil(rate / 20))) : [];
      if (due.length > 0) nextAt = Math.max(nextAt, performance.now()) + (due.length / rate) * 1_000;
      await this.#sendAgain(due, lanes);
      if (settled.mended + settled.failed.length + due.length > 0) movedAt = performance.now();
      else if (lanes.every(isDone) || performance.now() - movedAt > waitMs) break;
      await pause(10);
    }
    const sum = (count: (lane: Lane) => number) => lanes.reduce((total, lane) => total + count(lane), 0);
    return {
      mended,
      failed,
      waiting: sum(({ flying }) => flying.length),
      unsent: sum(({ rest }) => rest.length),
      stoppedPartitions: lanes.filter(isStopped).map(({ partition }) => partition),
    };
  }

  async #sendAgain(chains: readonly StandingChain[], lanes: readonly Lane[]): Promise<void> {
    let copies: Copy[] = [];
    const flush = async () => {
      if (copies.length === 0) return;
      await this.announce(copies);
      for (const flying of await this.send(copies))
        lanes.find(({ partition }) => partition === flying.chain.partition)?.flying.push(flying);
      copies = [];
    };
    let bytes = 0;
    for (const chain of chains) {
      const copy = await this.copyOf(chain);
      const size = (copy.letter.value?.length ?? 0) + (copy.letter.key?.length ?? 0);
      if (bytes + size > bytesPerSend) await flush();
      bytes = copies.length === 0 ? size : bytes + size;
      copies.push(copy);
    }
    await flush();
  }

  /** What has become of the copies that the processor has passed. */
  async #settle(lanes: readonly Lane[]): Promise<{ mended: number; failed: StandingChain[] }> {
    const { outside, source } = this.#options;
    const failed: StandingChain[] = [];
    let mended = 0;
    for (const lane of lanes.filter(({ flying }) => flying.length > 0)) {
      const settled = settle(lane, await standingOf(outside, source, lane.partition));
      failed.push(...settled.failed);
      mended += settled.mended;
    }
    return { mended, failed };
  }
}
