// Appends claims and dead letters to a processor's control topic, and keeps in memory what every partition of it says.
import type { Producer } from 'kafkajs';
import { type TopicCodec, Unreadable } from '../../infra/avro.ts';
import type { Log } from '../../infra/log.ts';
import type { ProcessorControl } from '../../schemas/generated.ts';
import { ControlSummary } from './control-summary.ts';
import type { Claim, ControlLog, DeadLetter } from './ports.ts';

/** A reader that has every record up to the offsets it is asked for. */
export type Follower = { waitFor(topic: string, partition: number, offset: number): Promise<void> };

export type ControlLogOptions = {
  readonly producer: Producer;
  readonly follower: Follower;
  readonly codec: TopicCodec<ProcessorControl>;
  readonly log: Log;
  /** Physical name. */
  readonly topic: string;
};

export class KafkaControlLog implements ControlLog {
  readonly #options: ControlLogOptions;
  readonly #summaries = new Map<number, ControlSummary>();

  constructor(options: ControlLogOptions) {
    this.#options = options;
  }

  /** To be called for every record of the topic, in order within a partition. What cannot be read says nothing. */
  async onRecord(partition: number, offset: number, value: Buffer | null): Promise<void> {
    const summary = this.#summaryOf(partition);
    if (offset <= summary.read) return;
    try {
      summary.take(offset, await this.#options.codec.read(value));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      summary.pass(offset);
      this.#options.log.error({ partition, offset }, `unreadable entry of ${this.#options.topic}: ${error.message}`);
    }
  }

  newestBuild(partition: number): number {
    return this.#summaryOf(partition).newestBuild;
  }

  async claim(partition: number, build: number): Promise<Claim> {
    const token = await this.#append(partition, { ...blank, kind: 'claim', build });
    const { newestBuild, skips } = this.#summaryOf(partition);
    return { token, newestBuild, skips: new Set(skips) };
  }

  /** A claim that fences other shadows alone; its skips grow as the control topic is read. */
  async claimShadow(partition: number, build: number, generation: number): Promise<Claim> {
    const token = await this.#append(partition, { ...blank, kind: 'shadow_claim', build, generation });
    return { token, newestBuild: -1, skips: this.#summaryOf(partition).skips };
  }

  async deadLetter(
    partition: number,
    token: number,
    build: number,
    { record, cause }: DeadLetter,
  ): Promise<'counts' | 'superseded'> {
    const headers: Record<string, Buffer> = { id: Buffer.from(record.id) };
    if (record.origin) headers.origin = Buffer.from(record.origin);
    if (record.redrive) headers.redrive = Buffer.from(record.redrive);
    const { offset, id: recordId, value } = record;
    const letter = {
      ...blank,
      kind: 'dead_letter',
      offset,
      token,
      build,
      cause: cause.slice(0, 2_000),
      key: Buffer.from(record.key),
      value,
      headers,
      recordId,
    } as const;
    await this.#append(partition, letter);
    return this.#summaryOf(partition).skips.has(offset) ? 'counts' : 'superseded';
  }

  async #append(partition: number, control: ProcessorControl): Promise<number> {
    const { topic, producer, follower, codec } = this.#options;
    const [answer] = await producer.send({ topic, messages: [{ partition, value: codec.encode(control) }], acks: -1 });
    const offset = Number(answer?.baseOffset);
    await follower.waitFor(topic, partition, offset);
    return offset;
  }

  #summaryOf(partition: number): ControlSummary {
    let summary = this.#summaries.get(partition);
    if (!summary) {
      summary = new ControlSummary();
      this.#summaries.set(partition, summary);
    }
    return summary;
  }
}

const blank = {
  key: null,
  value: null,
  headers: null,
  recordId: null,
  generation: null,
  attempt: null,
  by: null,
} as const;
