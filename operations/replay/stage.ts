// Copies a range of a topic into a file of JSON lines, record by record, and can go on from where it had got to.
import type { Kafka, KafkaMessage } from 'kafkajs';
import { topicIn } from '../../infra/kafka.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { readInOrder } from '../topic-reader.ts';
import { isWithin, type ReplayRange, type Window } from './range.ts';
import { type Marks, Repeats } from './repeats.ts';
import { keepsEvent, keepsKey, type Selection } from './selection.ts';
import type { StagingFile } from './staging-file.ts';
import type { Writer, Writers } from './writers.ts';

export type Counts = { readonly rows: number; readonly repeats: number; readonly undecodable: number };

/** How far the staging has got: everything before `next` of this partition, and all earlier partitions, are in the first `bytes`. */
export type Position = {
  readonly partition: number;
  readonly next: number;
  readonly marks: Marks;
  readonly bytes: number;
  readonly counts: Counts;
  /** Ids of the schemas that the lines were written with. */
  readonly schemas: readonly number[];
};

export const beginning: Position = {
  partition: 0,
  next: 0,
  marks: {},
  bytes: 0,
  counts: { rows: 0, repeats: 0, undecodable: 0 },
  schemas: [],
};

export type Staging = {
  readonly kafka: Kafka;
  readonly namespace: string;
  readonly writers: Writers;
  readonly topic: TopicName;
  readonly window: Window;
  readonly ranges: readonly ReplayRange[];
  readonly selection: Selection;
  readonly file: StagingFile;
  readonly position: Position;
  /** Called now and then with a position that can be gone on from. */
  readonly onCheckpoint: (position: Position) => Promise<void>;
  readonly onProgress: (recordsRead: number) => void;
  readonly checkpointMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/** A range whose beginning is not the log's is read from the log's beginning: only so is it known which records repeat earlier ones. */
export const scanFrom = ({ low, from, to }: ReplayRange): number => (from < to ? low : to);

export async function stage(staging: Staging): Promise<Position> {
  const run = new StagingRun(staging);
  const { position, ranges } = staging;
  const toRead = ranges
    .filter(({ partition }) => partition >= position.partition)
    .map((range) => ({
      ...range,
      from: range.partition === position.partition ? Math.max(scanFrom(range), position.next) : scanFrom(range),
    }));
  await readInOrder({
    kafka: staging.kafka,
    topic: topicIn(staging.namespace, staging.topic),
    ranges: toRead,
    onRecords: (records, partition) => run.take(records, partition),
    signal: staging.signal,
  });
  return run.checkpoint();
}

class StagingRun {
  readonly #staging: Staging;
  readonly #schemas: Set<number>;
  readonly #counts: { rows: number; repeats: number; undecodable: number };
  #repeats: Repeats;
  #partition: number;
  #next: number;
  #savedAt = performance.now();

  constructor(staging: Staging) {
    this.#staging = staging;
    this.#schemas = new Set(staging.position.schemas);
    this.#counts = { ...staging.position.counts };
    this.#repeats = new Repeats(staging.position.marks);
    this.#partition = staging.position.partition;
    this.#next = staging.position.next;
  }

  async take(records: readonly KafkaMessage[], partition: number): Promise<void> {
    const { file, ranges, checkpointMs = 1_000, onProgress } = this.#staging;
    if (partition !== this.#partition) {
      this.#repeats = new Repeats();
      this.#partition = partition;
    }
    const from = ranges.find((range) => range.partition === partition)?.from ?? 0;
    for (const record of records) {
      const offset = Number(record.offset);
      const isRepeat = this.#repeats.isRepeat({ origin: text(record, 'origin'), redrive: text(record, 'redrive') });
      if (offset >= from && isWithin(this.#staging.window, Number(record.timestamp))) {
        if (isRepeat) this.#counts.repeats += 1;
        else {
          const adding = this.#add(record, partition);
          if (adding) await adding;
          if (file.isFull) await file.drain();
        }
      }
      this.#next = offset + 1;
    }
    onProgress(records.length);
    if (performance.now() - this.#savedAt >= checkpointMs) await this.checkpoint();
  }

  async checkpoint(): Promise<Position> {
    const position: Position = {
      partition: this.#partition,
      next: this.#next,
      marks: this.#repeats.marks,
      bytes: await this.#staging.file.sync(),
      counts: { ...this.#counts },
      schemas: [...this.#schemas],
    };
    await this.#staging.onCheckpoint(position);
    this.#savedAt = performance.now();
    return position;
  }

  /** Waits only for a schema that is not here yet, once per schema. */
  #add(record: KafkaMessage, partition: number): Promise<void> | undefined {
    const key = record.key?.toString() ?? null;
    if (!keepsKey(this.#staging.selection, key)) return;
    const writer = this.#staging.writers.of(record.value);
    if (writer instanceof Promise) return writer.then((known) => this.#write(record, partition, known));
    this.#write(record, partition, writer);
  }

  #write(record: KafkaMessage, partition: number, writer: Writer | string): void {
    const { file, selection } = this.#staging;
    const head = `{"_partition":${partition},"_offset":${record.offset},"_time":${record.timestamp},"_key":${JSON.stringify(
      record.key?.toString() ?? null,
    )},"_id":${JSON.stringify(text(record, 'id'))},"_origin":${JSON.stringify(text(record, 'origin'))}`;
    let why = writer;
    if (typeof writer !== 'string') {
      try {
        const event = writer.decode(record.value as Buffer);
        if (!keepsEvent(selection, event)) return;
        file.add(`${head},"_schema":${writer.id},"_undecodable":null${writer.line(event)}}\n`);
        this.#schemas.add(writer.id);
        this.#counts.rows += 1;
        return;
      } catch (error) {
        why = `not readable with schema ${writer.id}: ${(error as Error).message}`;
      }
    }
    file.add(`${head},"_schema":null,"_undecodable":${JSON.stringify(why)}}\n`);
    this.#counts.rows += 1;
    this.#counts.undecodable += 1;
  }
}

function text({ headers }: KafkaMessage, name: string): string | null {
  return headers?.[name]?.toString() ?? null;
}
