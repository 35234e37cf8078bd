// Cuts derived events into sends that the broker takes, and puts sends of several partitions together within the same limits. Pure.
import type { TopicName } from '../../schemas/topics.ts';
import type { Outgoing } from './ports.ts';

export type Message = {
  readonly topic: TopicName;
  readonly key: string;
  readonly value: Buffer;
  readonly partition: number;
  readonly headers: { id: string; origin: string };
};

/** kafkajs groups messages in quadratic time per partition, so one send carries few of them. */
const messagesMax = 2_000;
/** What a send has for one partition is one batch there, and a broker takes batches of up to 1 MiB. */
const batchBytesMax = 900_000;
/** Of a message in a batch besides its own bytes. */
const overheadBytes = 80;

/** One send: messages, and how many bytes they are per "topic:partition". */
export class Send {
  readonly messages: Message[] = [];
  readonly #bytes = new Map<string, number>();

  /** Whether the others' messages fit behind these. A message that fits nowhere goes alone. */
  fits({ messages, bytes }: { readonly messages: number; readonly bytes: ReadonlyMap<string, number> }): boolean {
    if (this.messages.length === 0) return true;
    if (this.messages.length + messages > messagesMax) return false;
    for (const [place, more] of bytes) if ((this.#bytes.get(place) ?? 0) + more > batchBytesMax) return false;
    return true;
  }

  add(message: Message): void {
    const place = placeOf(message);
    this.messages.push(message);
    this.#bytes.set(place, (this.#bytes.get(place) ?? 0) + bytesOf(message));
  }

  get size(): { readonly messages: number; readonly bytes: ReadonlyMap<string, number> } {
    return { messages: this.messages.length, bytes: this.#bytes };
  }
}

export const placeOf = ({ topic, partition }: Pick<Message, 'topic' | 'partition'>): string => `${topic}:${partition}`;

const bytesOf = ({ key, value, headers: { id, origin } }: Message): number =>
  value.length + key.length + id.length + origin.length + overheadBytes;

/** The order within a partition is kept. */
export function* sendsOf(batches: ReadonlyMap<TopicName, ReadonlyMap<number, readonly Outgoing[]>>): Generator<Send> {
  let send = new Send();
  for (const message of messagesOf(batches)) {
    if (!send.fits({ messages: 1, bytes: new Map([[placeOf(message), bytesOf(message)]]) })) {
      yield send;
      send = new Send();
    }
    send.add(message);
  }
  if (send.messages.length > 0) yield send;
}

function* messagesOf(batches: ReadonlyMap<TopicName, ReadonlyMap<number, readonly Outgoing[]>>): Generator<Message> {
  for (const [topic, partitions] of batches)
    for (const [partition, outgoing] of partitions)
      for (const { key, value, id, origin } of outgoing)
        yield { topic, key, value, partition, headers: { id, origin } };
}

/** How many of the first sends go out together. */
export function togetherOf(sends: readonly Send[]): number {
  const all = new Send();
  let count = 0;
  for (const send of sends) {
    if (!all.fits(send.size)) break;
    for (const message of send.messages) all.add(message);
    count += 1;
  }
  return count;
}

/** The last offset of these messages per "topic:partition"; `next` moves on to the first of those behind them. */
export function lastOffsets(messages: readonly Message[], next: Map<string, number>): Map<string, number> {
  const last = new Map<string, number>();
  for (const message of messages) {
    const place = placeOf(message);
    const offset = next.get(place);
    if (offset === undefined) throw new Error(`the broker did not say where ${place} goes on`);
    last.set(place, offset);
    next.set(place, offset + 1);
  }
  return last;
}
