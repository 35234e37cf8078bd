// Publishes derived events with an idempotent producer; after a failed send that producer is thrown away, for its sequences are in doubt.
import type { Kafka, Producer } from 'kafkajs';
import type { TopicCodec } from '../../infra/avro.ts';
import { connectedProducer, topicIn } from '../../infra/kafka.ts';
import { readRange } from '../../infra/read-range.ts';
import { futureMsMax } from '../../schemas/ids.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { parseOrigin } from './origin.ts';
import type { DerivedLog, Outgoing } from './ports.ts';

/** kafkajs groups messages in quadratic time per partition, so one send carries few of them. */
const messagesPerSend = 2_000;

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

  constructor(options: DerivedLogOptions) {
    this.#options = options;
  }

  encode(topic: TopicName, event: unknown): Buffer {
    const codec = this.#options.codecs.get(topic);
    if (!codec) throw new Error(`no codec for ${topic}: the processor's emitsTo does not name it`);
    return codec.encode(event);
  }

  async send(batches: ReadonlyMap<TopicName, ReadonlyMap<number, readonly Outgoing[]>>): Promise<Map<string, number>> {
    const produced = new Map<string, number>();
    for (const [topic, partitions] of batches) {
      for (const messages of sends(partitions)) {
        for (const { partition, lastOffset } of await this.#sendOnce(topic, messages)) {
          produced.set(`${topic}:${partition}`, lastOffset);
        }
      }
    }
    return produced;
  }

  async #sendOnce(
    topic: TopicName,
    messages: readonly Message[],
  ): Promise<{ partition: number; lastOffset: number }[]> {
    const producer = await this.#connected();
    try {
      const answers = await producer.send({
        topic: topicIn(this.#options.namespace, topic),
        messages: [...messages],
        acks: -1,
      });
      const counts = new Map<number, number>();
      for (const { partition } of messages) counts.set(partition, (counts.get(partition) ?? 0) + 1);
      return answers.map(({ partition, baseOffset }) => ({
        partition,
        lastOffset: Number(baseOffset) + (counts.get(partition) ?? 0) - 1,
      }));
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

type Message = { key: string; value: Buffer; partition: number; headers: Record<string, string> };

/** Cuts what goes to each partition into sends, keeping the order within a partition. */
function* sends(partitions: ReadonlyMap<number, readonly Outgoing[]>): Generator<Message[]> {
  let messages: Message[] = [];
  for (const [partition, outgoing] of partitions) {
    for (const { key, value, id, origin } of outgoing) {
      messages.push({ key, value, partition, headers: { id, origin } });
      if (messages.length >= messagesPerSend) {
        yield messages;
        messages = [];
      }
    }
  }
  if (messages.length > 0) yield messages;
}
