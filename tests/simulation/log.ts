// Kafka in memory: partitions with append times, and a broker that knows each idempotent session's sequence numbers.
import type { InputRecord } from '../../processors/runtime/ports.ts';
import type { TopicName } from '../../schemas/topics.ts';

export type NewRecord = Omit<InputRecord, 'offset' | 'time'>;

/** What a broker refuses a send with whose predecessor it has not seen. */
class OutOfOrder extends Error {}

/** An idempotent producer's session: what the client numbered, and what the broker has accepted, per partition. */
export class Session {
  readonly #numbered = new Map<string, number>();
  readonly accepted = new Map<string, number[]>();

  number(target: string): number {
    const sequence = this.#numbered.get(target) ?? 0;
    this.#numbered.set(target, sequence + 1);
    return sequence;
  }
}

export type Request = {
  readonly session: Session;
  readonly sequence: number;
  readonly topic: TopicName;
  readonly partition: number;
  readonly records: readonly NewRecord[];
};

export class Logs {
  readonly #logs = new Map<string, InputRecord[]>();
  now = 1_700_000_000_000;
  /** Told of every append. */
  onAppend: (topic: TopicName, partition: number, record: InputRecord) => void = () => {};

  of(topic: TopicName, partition: number): InputRecord[] {
    const name = `${topic}:${partition}`;
    let log = this.#logs.get(name);
    if (!log) {
      log = [];
      this.#logs.set(name, log);
    }
    return log;
  }

  append(topic: TopicName, partition: number, record: NewRecord): number {
    const log = this.of(topic, partition);
    this.now += 1;
    const appended = { ...record, offset: log.length, time: this.now };
    log.push(appended);
    this.onAppend(topic, partition, appended);
    return appended.offset;
  }

  /** Appends once, however often it arrives. @returns the first offset */
  accept({ session, sequence, topic, partition, records }: Request): number {
    const target = `${topic}:${partition}`;
    const accepted = session.accepted.get(target) ?? [];
    session.accepted.set(target, accepted);
    const known = accepted[sequence];
    if (known !== undefined) return known;
    if (sequence !== accepted.length) throw new OutOfOrder(`sequence ${sequence}, expected ${accepted.length}`);
    const first = this.of(topic, partition).length;
    for (const record of records) this.append(topic, partition, record);
    accepted.push(first);
    return first;
  }
}
