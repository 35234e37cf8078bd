// What waits to be sent: bounded in events and bytes, each with a deadline after which its caller is told and it is never sent.
import type { TopicName } from '../schemas/topics.ts';

export type PublishLimits = {
  readonly eventsMax: number;
  readonly bytesMax: number;
  /** From `publish` to its answer, in ms. */
  readonly deadlineMs: number;
};

export type OutgoingMessage = {
  readonly key: string;
  readonly value: Buffer;
  readonly partition: number;
  readonly headers: Record<string, string>;
};

export type Waiting = {
  readonly topic: TopicName;
  readonly message: OutgoingMessage;
  readonly answer: (offset: number) => void;
  /** Tells the caller; later calls change nothing, for its promise is settled. */
  readonly refuse: (why: string) => void;
};

type Queued = Waiting & { readonly deadline: number };

/** kafkajs groups messages in quadratic time per partition, so one send carries few for each. */
const perPartitionMax = 500;
const perSendMax = 4_000;

export class PublishQueue {
  readonly #limits: PublishLimits;
  #queued: Queued[] = [];
  #inFlight: Queued[] = [];
  #events = 0;
  #bytes = 0;

  constructor(limits: PublishLimits) {
    this.#limits = limits;
  }

  get empty(): boolean {
    return this.#queued.length === 0;
  }

  /** Refuses at once if that would be too much. */
  add(waiting: Waiting, now: number): boolean {
    const bytes = waiting.message.value.length;
    if (this.#events >= this.#limits.eventsMax || this.#bytes + bytes > this.#limits.bytesMax) {
      waiting.refuse(`${this.#events} events are waiting for Kafka already`);
      return false;
    }
    this.#events += 1;
    this.#bytes += bytes;
    this.#queued.push({ ...waiting, deadline: now + this.#limits.deadlineMs });
    return true;
  }

  /** The next batch: one topic, in order, so many per partition; what is late is refused and left out. */
  take(now: number): Waiting[] {
    this.expire(now);
    const topic = this.#queued[0]?.topic;
    const perPartition = new Map<number, number>();
    const batch: Queued[] = [];
    const rest: Queued[] = [];
    for (const waiting of this.#queued) {
      const count = perPartition.get(waiting.message.partition) ?? 0;
      if (waiting.topic === topic && count < perPartitionMax && batch.length < perSendMax) {
        perPartition.set(waiting.message.partition, count + 1);
        batch.push(waiting);
      } else {
        rest.push(waiting);
      }
    }
    this.#queued = rest;
    this.#inFlight = batch;
    return batch;
  }

  /** A batch has been answered or refused. */
  settled(batch: readonly Waiting[]): void {
    this.#inFlight = [];
    this.#forget(batch);
  }

  /** Refuses what has waited too long: what is queued is dropped, what is in flight may still arrive. */
  expire(now: number): void {
    const late = this.#queued.filter(({ deadline }) => deadline <= now);
    if (late.length > 0) {
      this.#queued = this.#queued.filter(({ deadline }) => deadline > now);
      this.#forget(late);
    }
    for (const waiting of [...late, ...this.#inFlight])
      if (waiting.deadline <= now) waiting.refuse('Kafka did not answer in time');
  }

  refuseAll(why: string): void {
    for (const waiting of this.#queued) waiting.refuse(why);
    this.#forget(this.#queued);
    this.#queued = [];
  }

  #forget(gone: readonly Waiting[]): void {
    for (const { message } of gone) {
      this.#events -= 1;
      this.#bytes -= message.value.length;
    }
  }
}
