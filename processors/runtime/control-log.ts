// Appends claims and dead letters to a processor's control topic, and keeps in memory what every partition of it says.
import type { Producer } from 'kafkajs';
import type { TopicCodec } from '../../infra/avro.ts';
import type { ProcessorControl } from '../../schemas/generated.ts';
import type { Claim, ControlLog, DeadLetter } from './ports.ts';

/** A reader that has every record up to the offsets it is asked for. */
export type Follower = { waitFor(topic: string, partition: number, offset: number): Promise<void> };

export type ControlLogOptions = {
  readonly producer: Producer;
  readonly follower: Follower;
  readonly codec: TopicCodec<ProcessorControl>;
  /** Physical name. */
  readonly topic: string;
};

type Entry = { readonly offset: number; readonly control: ProcessorControl };

export class KafkaControlLog implements ControlLog {
  readonly #options: ControlLogOptions;
  readonly #entries = new Map<number, Entry[]>();

  constructor(options: ControlLogOptions) {
    this.#options = options;
  }

  /** To be called for every record of the topic, in order within a partition. */
  async onRecord(partition: number, offset: number, value: Buffer | null): Promise<void> {
    const entries = this.#entries.get(partition) ?? [];
    this.#entries.set(partition, entries);
    const last = entries.at(-1);
    if (last && last.offset >= offset) return;
    entries.push({ offset, control: await this.#options.codec.read(value) });
  }

  async claim(partition: number, build: number): Promise<Claim> {
    const token = await this.#append(partition, { ...blank, kind: 'claim', build });
    const entries = this.#upTo(partition, token);
    const builds = entries.flatMap(({ control }) => (control.kind === 'claim' ? [control.build] : []));
    return { token, newestBuild: Math.max(...builds), skips: skipsOf(entries) };
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
    const at = await this.#append(partition, letter);
    return latestClaim(this.#upTo(partition, at)) === token ? 'counts' : 'superseded';
  }

  async #append(partition: number, control: ProcessorControl): Promise<number> {
    const { topic, producer, follower, codec } = this.#options;
    const [answer] = await producer.send({ topic, messages: [{ partition, value: codec.encode(control) }], acks: -1 });
    const offset = Number(answer?.baseOffset);
    await follower.waitFor(topic, partition, offset);
    return offset;
  }

  #upTo(partition: number, offset: number): Entry[] {
    return (this.#entries.get(partition) ?? []).filter((entry) => entry.offset <= offset);
  }
}

const blank = { key: null, value: null, headers: null, recordId: null } as const;

function latestClaim(entries: readonly Entry[]): number {
  return entries.findLast(({ control }) => control.kind === 'claim')?.offset ?? -1;
}

/** Dead letters that count: those written under the newest claim before them. */
function skipsOf(entries: readonly Entry[]): Set<number> {
  const skips = new Set<number>();
  let claim = -1;
  for (const { offset, control } of entries) {
    if (control.kind === 'claim') claim = offset;
    else if (control.token === claim) skips.add(control.offset);
  }
  return skips;
}
