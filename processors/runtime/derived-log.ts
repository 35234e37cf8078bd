// Publishes derived events with an idempotent producer; after a failed send that producer is thrown away, for its sequences are in doubt.
import type { Kafka, Producer } from 'kafkajs';
import type { TopicCodec } from '../../infra/avro.ts';
import { connectedProducer, topicIn } from '../../infra/kafka.ts';
import { readRange } from '../../infra/read-range.ts';
import { futureMsMax } from '../../schemas/ids.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { parseOrigin } from './origin.ts';
import type { DerivedLog, Outgoing } from './ports.ts';
import { lastOffsets, type Run, type Send, sendsOf, togetherOf } from './sends.ts';

/** Shorter than the session: a send that fails is repeated by the owner, which checks that it still owns. */
export const sendRetry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 };

export type DerivedLogOptions = {
  readonly kafka: Kafka;
  readonly namespace: string;
  readonly codecs: ReadonlyMap<TopicName, TopicCodec<unknown>>;
};

export class KafkaDerivedLog implements DerivedLog {
  readonly #options: DerivedLogOptions;
  #producer: Promise<Producer> | null = null;
  readonly #waiting: Waiting[] = [];
  #isSending = false;

  constructor(options: DerivedLogOptions) {
    this.#options = options;
  }

  encode(topic: TopicName, event: unknown): Buffer {
    const codec = this.#options.codecs.get(topic);
    if (!codec) throw new Error(`no codec for ${topic}: the processor's emitsTo does not name it`);
    return codec.encode(event);
  }

  /** What several partitions send while another send is under way goes out together, as the next one. */
  async send(batches: ReadonlyMap<TopicName, ReadonlyMap<number, readonly Outgoing[]>>): Promise<Map<string, number>> {
    const produced = new Map<string, number>();
    for (const send of sendsOf(batches)) {
      const last = await new Promise<ReadonlyMap<string, number>>((resolve, reject) => {
        this.#waiting.push({ send, resolve, reject });
        void this.#pump();
      });
      for (const [place, offset] of last) produced.set(place, offset);
    }
    return produced;
  }

  async #pump(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#waiting.length > 0) {
      // Whoever is ready in the same turn goes along.
      await Promise.resolve();
      const together = this.#waiting.splice(0, togetherOf(this.#waiting.map(({ send }) => send)));
      try {
        const next = await this.#sendOnce(together.flatMap(({ send }) => send.runs));
        for (const { send, resolve } of together) resolve(lastOffsets(send, next));
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#isSending = false;
  }

  /** @returns the offset of the first message per "topic:partition" */
  async #sendOnce(runs: readonly Run[]): Promise<Map<string, number>> {
    const producer = await this.#connected();
    const { namespace } = this.#options;
    const names = [...new Set(runs.map(({ topic }) => topic))];
    const physical = new Map(names.map((topic) => [topicIn(namespace, topic), topic]));
    const topicMessages = names.map((name) => ({
      topic: topicIn(namespace, name),
      messages: runs.flatMap((run) => (run.topic === name ? messagesOf(run) : [])),
    }));
    try {
      const answers = await producer.sendBatch({ topicMessages, acks: -1 });
      return new Map(
        answers.map(({ topicName, partition, baseOffset }) => [
          `${physical.get(topicName)}:${partition}`,
          Number(baseOffset),
        ]),
      );
    } catch (error) {
      this.#discard(producer);
      throw error;
    }
  }

  async #connected(): Promise<Producer> {
    this.#producer ??= connectedProducer(this.#options.kafka, sendRetry);
    const connecting = this.#producer;
    connecting.catch(() => {
      if (this.#producer === connecting) this.#producer = null;
    });
    return connecting;
  }

  #discard(producer: Producer): void {
    this.#producer = null;
    producer.disconnect().catch(() => {});
  }

  /** Looks from the input's append time on: by offsets one cannot, for repeats of earlier outputs may lie behind what is sought. */
  async holdsOutput(
    targets: readonly TopicName[],
    lane: string,
    { offset, time }: { readonly offset: number; readonly time: number },
  ): Promise<boolean> {
    const { kafka, namespace } = this.#options;
    for (const target of targets) {
      const topic = topicIn(namespace, target);
      const first = await this.#offsetsAt(topic, time - futureMsMax);
      let found = false;
      await readRange({ kafka, topic, from: (partition) => first.get(partition) ?? 0 }, ({ headers }) => {
        const origin = parseOrigin(String(headers?.origin ?? ''));
        if (origin?.lane === lane && origin.offset >= offset) found = true;
      });
      if (found) return true;
    }
    return false;
  }

  async #offsetsAt(topic: string, time: number): Promise<Map<number, number>> {
    const admin = this.#options.kafka.admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, time));
      return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
    } finally {
      await admin.disconnect();
    }
  }

  async stop(): Promise<void> {
    await (await this.#producer?.catch(() => null))?.disconnect();
  }
}

type Waiting = {
  readonly send: Send;
  readonly resolve: (lastOffsets: ReadonlyMap<string, number>) => void;
  readonly reject: (error: unknown) => void;
};

const messagesOf = ({ partition, outgoing }: Run) =>
  outgoing.map(({ key, value, id, origin }) => ({ key, value, partition, headers: { id, origin } }));
