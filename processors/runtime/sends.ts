// Cuts derived events into sends that the broker takes, and puts sends of several partitions together within the same limits. Pure.
import type { TopicName } from '../../schemas/topics.ts';
import type { Outgoing } from './ports.ts';

/** What a send has for one partition, in order. */
export type Run = { readonly topic: TopicName; readonly partition: number; readonly outgoing: readonly Outgoing[] };

/** Encoding a send holds up everything else for some milliseconds, so one send carries few of them. */
const messagesMax = 2_000;
/** What a send has for one partition is one batch there, and a broker takes batches of up to 1 MiB. */
const batchBytesMax = 900_000;
/** Of a message in a batch besides its own bytes. */
const overheadBytes = 80;

type Size = { readonly messages: number; readonly bytes: ReadonlyMap<string, number> };

/** One send: runs of messages, and how many bytes they are per "topic:partition". */
export class Send {
  readonly runs: Run[] = [];
  readonly #bytes = new Map<string, number>();
  #messages = 0;

  /** Whether the others' messages fit behind these. A message that fits nowhere goes alone. */
  fits({ messages, bytes }: Size): boolean {
    if (this.#messages === 0) return true;
    if (this.#messages + messages > messagesMax) return false;
    for (const [place, more] of bytes) if ((this.#bytes.get(place) ?? 0) + more > batchBytesMax) return false;
    return true;
  }

  add(run: Run, bytes: number): void {
    const place = placeOf(run);
    this.runs.push(run);
    this.#messages += run.outgoing.length;
    this.#bytes.set(place, (this.#bytes.get(place) ?? 0) + bytes);
  }

  get size(): Size {
    return { messages: this.#messages, bytes: this.#bytes };
  }
}

export const placeOf = ({ topic, partition }: Pick<Run, 'topic' | 'partition'>): string => `${topic}:${partition}`;

const bytesOf = ({ key, value, id, origin }: Outgoing): number =>
  value.length + key.length + id.length + origin.length + overheadBytes;

/** The order within a partition is kept. */
export function* sendsOf(batches: ReadonlyMap<TopicName, ReadonlyMap<number, readonly Outgoing[]>>): Generator<Send> {
  let send = new Send();
  for (const [topic, partitions] of batches) {
    for (const [partition, outgoing] of partitions) {
      let [start, bytes] = [0, 0];
      for (const [i, message] of outgoing.entries()) {
        const more = bytesOf(message);
        if (send.size.messages + i - start >= messagesMax || (i > start && bytes + more > batchBytesMax)) {
          if (i > start) send.add({ topic, partition, outgoing: outgoing.slice(start, i) }, bytes);
          yield send;
          send = new Send();
          [start, bytes] = [i, 0];
        }
        bytes += more;
      }
      send.add({ topic, partition, outgoing: start === 0 ? outgoing : outgoing.slice(start) }, bytes);
    }
  }
  if (send.size.messages > 0) yield send;
}

/** How many of the first sends go out together. */
export function togetherOf(sends: readonly Send[]): number {
  const all = new Send();
  let count = 0;
  for (const { size, runs } of sends) {
    if (!all.fits(size)) break;
    for (const run of runs) all.add(run, size.bytes.get(placeOf(run)) ?? 0);
    count += 1;
  }
  return count;
}

/** The last offset of a send per "topic:partition"; `next` moves on to the first of those behind it. */
export function lastOffsets({ runs }: Send, next: Map<string, number>): Map<string, number> {
  const last = new Map<string, number>();
  for (const run of runs) {
    const place = placeOf(run);
    const offset = next.get(place);
    if (offset === undefined) throw new Error(`the broker did not say where ${place} goes on`);
    last.set(place, offset + run.outgoing.length - 1);
    next.set(place, offset + run.outgoing.length);
  }
  return last;
}
