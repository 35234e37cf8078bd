// Recomputes the ledger from its topic and compares: each link of each chain with the published one, and balances with the live states.
import type { Redis } from 'ioredis';
import type { Kafka } from 'kafkajs';
import { Registry, Unreadable, WriterUnknown } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { topicIn } from '../../infra/kafka.ts';
import { partitionMemo } from '../../processors/ledger/domain-outcomes.ts';
import { ledger } from '../../processors/ledger/processor.ts';
import { Poison } from '../../processors/runtime/fold.ts';
import { recordOf } from '../../processors/runtime/input-record.ts';
import { type LiveGenerations, memosKey, metaKey, stateKey } from '../../processors/runtime/keys.ts';
import { laneOf, parseOrigin } from '../../processors/runtime/origin.ts';
import type { InputRecord } from '../../processors/runtime/ports.ts';
import type { LedgerEntry } from '../../schemas/generated.ts';
import { topics } from '../../schemas/topics.ts';
import { readInOrder } from '../topic-reader.ts';
import { Handover } from './handover.ts';
import { type Finding, type Head, PartitionAudit } from './partition-audit.ts';

export type VerifyParts = {
  readonly kafka: Kafka;
  readonly redis: Redis;
  readonly config: Config;
  readonly generations: LiveGenerations;
};

export type VerifyOptions = {
  /** Heads that were kept elsewhere, at most one of a partition. */
  readonly expected?: readonly Head[];
  readonly onStart?: (records: number) => void;
  readonly onRecords?: (count: number) => void;
};

export type VerifiedPartition = {
  readonly head: Head;
  readonly entries: number;
  readonly accounts: number;
  /** Whether the chain leads to the head that was kept elsewhere; null where none was. */
  readonly isKeptFound: boolean | null;
};

export type Verified = {
  readonly partitions: readonly VerifiedPartition[];
  readonly findings: readonly Finding[];
};

/** What is committed of a partition, all at one offset. */
type Live = { readonly offset: number; readonly states: Record<string, string>; readonly head: string | null };

type Published = { readonly partition: number; readonly offset: number; readonly entry: LedgerEntry };

const codecTries = 3;

export async function verifyLedger(parts: VerifyParts, options: VerifyOptions = {}): Promise<Verified> {
  const { kafka, config } = parts;
  const registry = new Registry(config.registry.url, config.namespace);
  const [decodeRecord, decodeEntry, lives] = await Promise.all([
    decoderOf(registry, 'payment_transactions'),
    decoderOf(registry, 'ledger_entries'),
    Promise.all(Array.from({ length: topics[ledger.input].partitions }, (_, partition) => liveOf(parts, partition))),
  ]);
  // Looked at afterwards, so that every committed record's entry is there.
  const ends = await endsOf(kafka, topicIn(config.namespace, 'ledger_entries'));
  options.onStart?.(lives.reduce((sum, { offset }) => sum + offset, 0));
  const audits = lives.map((_, partition) => new PartitionAudit(partition, decodeRecord.decode));
  const published = new Handover<Published>();
  const reading = readInOrder({
    kafka,
    topic: topicIn(config.namespace, 'ledger_entries'),
    ranges: ends.map((to, partition) => ({ partition, from: 0, to })),
    onRecords: async (messages, partition) => {
      const entries: Published[] = [];
      for (const message of messages) {
        const { value, origin, offset } = recordOf(partition, message);
        const of = placeOf(partition, origin);
        if (of < 0) audits[partition]?.find(null, `record ${offset} of ledger_entries does not come from the ledger`);
        try {
          await decodeEntry.prepared(value);
          entries.push({ partition, offset: of, entry: decodeEntry.decode(value) as LedgerEntry });
        } catch (error) {
          if (!(error instanceof Unreadable)) throw error;
          audits[partition]?.find(null, `record ${offset} of ledger_entries cannot be read: ${error.message}`);
        }
      }
      await published.put(entries);
    },
  });
  const audit = new Audit(audits, { published, committed: lives.map(({ offset }) => offset) }, options.expected ?? []);
  const folding = readInOrder({
    kafka,
    topic: topicIn(config.namespace, ledger.input),
    ranges: lives.map(({ offset: to }, partition) => ({ partition, from: 0, to })),
    onRecords: async (messages, partition) => {
      for (const message of messages) {
        await decodeRecord.prepared(message.value).catch(() => {});
        await audit.take(partition, recordOf(partition, message));
      }
      options.onRecords?.(messages.length);
    },
  });
  const audited = folding.then(() => audit.drain()).finally(() => published.end());
  await Promise.all([reading.finally(() => published.end()), audited]);
  audit.close(lives);
  return {
    partitions: audits.map((each, partition) => ({
      head: { partition, offset: lives[partition]?.offset ?? 0, hash: each.head.hash },
      entries: each.head.entries,
      accounts: each.accounts,
      isKeptFound: each.isKeptFound,
    })),
    findings: audits.flatMap(({ findings }) => findings),
  };
}

class Audit {
  readonly #audits: readonly PartitionAudit[];
  readonly #published: Handover<Published>;
  /** The next offset to fold per partition. */
  readonly #committed: readonly number[];
  readonly #expected: Set<Head>;

  constructor(
    audits: readonly PartitionAudit[],
    { published, committed }: { published: Handover<Published>; committed: readonly number[] },
    expected: readonly Head[],
  ) {
    this.#audits = audits;
    this.#published = published;
    this.#committed = committed;
    this.#expected = new Set(expected);
  }

  async take(partition: number, record: InputRecord): Promise<void> {
    const audit = this.#audits[partition] as PartitionAudit;
    this.#meet(partition, record.offset);
    try {
      if (!audit.fold(record)) return;
    } catch (error) {
      if (!(error instanceof Unreadable || error instanceof Poison)) throw error;
      audit.find(record.offset, `cannot be folded: ${error.message}`);
      const entry = await this.#entryOf(partition, record.offset);
      if (entry) audit.goOnFrom(entry.hash);
      return;
    }
    audit.compare(record.offset, await this.#entryOf(partition, record.offset));
  }

  close(lives: readonly Live[]): void {
    for (const [partition, live] of lives.entries()) {
      this.#meet(partition, live.offset);
      this.#audits[partition]?.close(live);
    }
    for (const head of this.#expected) this.#audits[head.partition]?.miss(head);
  }

  /** The heads that were kept of the chain before this record. */
  #meet(partition: number, offset: number): void {
    for (const head of this.#expected) {
      if (head.partition !== partition || head.offset > offset) continue;
      this.#audits[partition]?.expect(head);
      this.#expected.delete(head);
    }
  }

  /** The first one of the record; what an owner has published twice must be the same again. */
  async #entryOf(partition: number, offset: number): Promise<LedgerEntry | null> {
    for (;;) {
      const next = await this.#published.peek();
      if (!next || next.partition > partition || (next.partition === partition && next.offset > offset)) return null;
      this.#published.take();
      if (next.partition === partition && next.offset === offset) return next.entry;
      this.#passOver(next);
    }
  }

  /** What is left once all records are folded. */
  async drain(): Promise<void> {
    for (let next = await this.#published.peek(); next; next = await this.#published.peek()) {
      this.#published.take();
      this.#passOver(next);
    }
  }

  /** Of what is not committed yet, nothing can be said. */
  #passOver({ partition, offset, entry }: Published): void {
    const isFolded = offset >= 0 && offset < (this.#committed[partition] ?? 0);
    if (isFolded) this.#audits[partition]?.compareAgain(offset, entry);
  }
}

/** -1 where the entry does not come from the ledger's own fold. */
function placeOf(partition: number, origin: string | null): number {
  const from = parseOrigin(origin ?? '');
  return from?.lane === laneOf(ledger.name, ledger.input, partition) ? from.offset : -1;
}

async function decoderOf(registry: Registry, topic: 'payment_transactions' | 'ledger_entries') {
  const codec = await registry.codec<unknown>(topic);
  return {
    decode: (value: Buffer | null) => codec.decode(value),
    /** Fetches the writer's schema, if it is another one. */
    async prepared(value: Buffer | null): Promise<void> {
      for (let tries = 0; tries < codecTries; tries++) {
        try {
          codec.decode(value);
          return;
        } catch (error) {
          if (!(error instanceof WriterUnknown) || !value) throw error;
          await codec.prepare(value);
        }
      }
    },
  };
}

async function endsOf(kafka: Kafka, topic: string): Promise<number[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
  } finally {
    await admin.disconnect();
  }
}

/** In one transaction, so that all of it is of one offset. */
async function liveOf({ redis, config, generations }: VerifyParts, partition: number): Promise<Live> {
  const { name: processor, input: topic } = ledger;
  const generation = generations.live(processor);
  const tag = { namespace: config.namespace, generation, processor, topic, partition };
  const answers = await redis
    .multi()
    .hget(metaKey(tag), 'offset')
    .hgetall(stateKey(tag))
    .hget(memosKey(tag), partitionMemo)
    .exec();
  const [offset, states, head] = (answers ?? []).map(([error, answer]) => {
    if (error) throw error;
    return answer;
  });
  return { offset: Number(offset ?? 0), states: states as Record<string, string>, head: head as string | null };
}
