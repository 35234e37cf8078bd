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
  answer(offset: number): void;
  /** Tells the caller; called once. */
  refuse(why: string): void;
};

type Queued = { readonly waiting: Waiting; readonly deadline: number; isRefused: boolean };

/** kafkajs groups messages in quadratic time per partition, so one send carries few for each. */
const perPartitionMax = 500;
/** A broker takes batches of up to 1 MiB by default. */
const bytesPerPartitionMax = 900_000;
const perSendMax = 4_000;

type Room = { messages: number; bytes: number };

/** Whether a message still fits into its partition's part of a send; once one does not, none behind it does, for the order's sake. */
function takesRoom(room: Map<number, Room>, { partition, value }: OutgoingMessage): boolean {
  let left = room.get(partition);
  if (!left) {
    left = { messages: perPartitionMax, bytes: bytesPerPartitionMax };
    room.set(partition, left);
  }
  const isFirst = left.messages === perPartitionMax;
  const fits = left.messages > 0 && (isFirst || value.length <= left.bytes);
  left.messages = fits ? left.messages - 1 : 0;
  left.bytes = fits ? left.bytes - value.length : 0;
  return fits;
}

const tooLate = 'Kafka did not answer in time';

function refuseOnce(queued: Queued, why: string): void {
  if (queued.isRefused) return;
  queued.isRefused = true;
  queued.waiting.refuse(why);
}

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
    this.#queued.push({ waiting, deadline: now + this.#limits.deadlineMs, isRefused: false });
    return true;
  }

  /** The next batch: one topic, in order, so many per partition; what is late is refused and left out. */
  take(now: number): Waiting[] {
    this.expire(now);
    const topic = this.#queued[0]?.waiting.topic;
    const room = new Map<number, Room>();
    const batch: Queued[] = [];
    const rest: Queued[] = [];
    for (const queued of this.#queued) {
      const { waiting } = queued;
      const fits = waiting.topic === topic && batch.length < perSendMax && takesRoom(room, waiting.message);
      (fits ? batch : rest).push(queued);
    }
    this.#queued = rest;
    this.#inFlight = batch;
    return batch.map(({ waiting }) => waiting);
  }

  /** The batch in flight has been answered. */
  settled(): void {
    this.#forget(this.#inFlight);
    this.#inFlight = [];
  }

  /** A batch has failed: what is not late goes back to the front, in order, to be sent again. */
  failed(now: number): void {
    const again = this.#inFlight.filter(({ deadline }) => deadline > now);
    const late = this.#inFlight.filter(({ deadline }) => deadline <= now);
    for (const queued of late) refuseOnce(queued, tooLate);
    this.#forget(late);
    this.#inFlight = [];
    this.#queued = [...again, ...this.#queued];
  }

  /** Refuses what has waited too long: what is queued is dropped, what is in flight may still arrive. */
  expire(now: number): void {
    const late = this.#queued.filter(({ deadline }) => deadline <= now);
    if (late.length > 0) {
      this.#queued = this.#queued.filter(({ deadline }) => deadline > now);
      this.#forget(late);
    }
    for (const queued of [...late, ...this.#inFlight]) if (queued.deadline <= now) refuseOnce(queued, tooLate);
  }

  refuseAll(why: string): void {
    for (const queued of this.#queued) refuseOnce(queued, why);
    this.#forget(this.#queued);
    this.#queued = [];
  }

  #forget(gone: readonly Queued[]): void {
    for (const { waiting } of gone) {
      this.#events -= 1;
      this.#bytes -= waiting.message.value.length;
    }
  }
}
