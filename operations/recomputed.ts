// Folds a topic anew in memory, from its first record to given offsets, by the runner's own rules: what the projections should hold there.
import type { Kafka } from 'kafkajs';
import { Registry, Unreadable, WriterUnknown } from '../infra/avro.ts';
import type { Config } from '../infra/config.ts';
import { topicIn } from '../infra/kafka.ts';
import { Batch, type FoldContext, foldRecord, Poison } from '../processors/runtime/fold.ts';
import { recordOf } from '../processors/runtime/input-record.ts';
import type { InputRecord } from '../processors/runtime/ports.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import { readInOrder } from './topic-reader.ts';

/** One partition's states and fields, as a commit would have written them. */
export type Recomputed = Pick<Batch, 'states' | 'fields' | 'memos'>;

export type RecomputeParts = { readonly kafka: Kafka; readonly config: Config };

/** @param to per partition the offset of the first record that is not folded @returns per partition */
export async function recomputed<State, Event>(
  { kafka, config }: RecomputeParts,
  processor: Processor<State, Event>,
  to: readonly number[],
  onRecords: (count: number) => void = () => {},
): Promise<Recomputed[]> {
  const codec = await new Registry(config.registry.url, config.namespace).codec<unknown>(processor.input);
  const folds = to.map((_, partition) => new PartitionFold(processor as unknown as Processor, partition, codec));
  await readInOrder({
    kafka,
    topic: topicIn(config.namespace, processor.input),
    ranges: to.map((end, partition) => ({ partition, from: 0, to: end })),
    onRecords: async (messages, partition) => {
      for (const message of messages) await folds[partition]?.fold(recordOf(partition, message));
      onRecords(messages.length);
    },
  });
  return folds.map(({ batch }) => batch);
}

type Codec = { decode(value: Buffer | null): unknown; prepare(value: Buffer): Promise<void> };

class PartitionFold {
  readonly batch = new Batch();
  readonly #skipped = new Set<number>();
  readonly #context: FoldContext;
  readonly #codec: Codec;

  constructor(processor: Processor, partition: number, codec: Codec) {
    this.#codec = codec;
    this.#context = {
      processor,
      partition,
      lane: '',
      committed: {
        state: () => undefined,
        ids: () => undefined,
        memo: () => null,
        watermarks: new Map(),
        skips: new Map(),
      },
      decode: (value) => codec.decode(value),
      // Nothing is published here.
      encode: () => Buffer.alloc(0),
      skipped: this.#skipped,
    };
  }

  async fold(record: InputRecord): Promise<void> {
    try {
      foldRecord(this.#context, this.batch, record);
    } catch (error) {
      if (error instanceof WriterUnknown && record.value) {
        await this.#codec.prepare(record.value);
        return this.fold(record);
      }
      if (!(error instanceof Poison || error instanceof Unreadable)) throw error;
      // As the owner does: a dead letter is skipped, until a redriven copy mends it.
      this.#skipped.add(record.offset);
      foldRecord(this.#context, this.batch, record);
    }
    this.batch.emitted.length = 0;
    this.batch.rows.clear();
  }
}
