// Reads control topics from the beginning into chains, each with where it stands in the live state; keeps no record's value.
import { type TopicCodec, Unreadable, WriterUnknown } from '../../infra/avro.ts';
import { topicIn } from '../../infra/kafka.ts';
import { readRange } from '../../infra/read-range.ts';
import type { ProcessorControl } from '../../schemas/generated.ts';
import { topics } from '../../schemas/topics.ts';
import { type Chain, PartitionChains, type StandingChain, statusOf } from './chains.ts';
import { type Outside, type Source, standingOf } from './outside.ts';

/** About 300 bytes are kept of each. */
const deadLettersMax = 500_000;

class TooMany extends Error {}

/** The dead letters of some processors that count, by processor and partition in the order of the input. */
export async function deadLettersOf(outside: Outside, sources: readonly Source[]): Promise<StandingChain[]> {
  const chains: StandingChain[] = [];
  for (const source of sources) {
    const codec = await outside.registry.codec<ProcessorControl>(source.control);
    for (const partition of await readControl(outside, source, codec)) {
      const [first] = partition.chains;
      if (!first) continue;
      // The state is read after the log, so that what has been mended meanwhile counts as mended.
      const standing = await standingOf(outside, source, first.partition);
      for (const chain of partition.chains) chains.push({ ...chain, status: statusOf(chain, standing) });
    }
  }
  return chains;
}

/** Reads once more when entries turn up whose writer's schema had to be fetched first: their order matters. */
async function readControl(
  outside: Outside,
  source: Source,
  codec: TopicCodec<ProcessorControl>,
): Promise<PartitionChains[]> {
  const first = await readOnce(outside, source, codec);
  if (first.unknown.size === 0) return first.partitions;
  for (const value of first.unknown.values()) await codec.prepare(value);
  const second = await readOnce(outside, source, codec);
  if (second.unknown.size > 0) throw new Error(`schemas of ${source.control} change while it is read: try again`);
  return second.partitions;
}

async function readOnce(
  { kafka, namespace }: Outside,
  { name, control }: Source,
  codec: TopicCodec<ProcessorControl>,
): Promise<{ partitions: PartitionChains[]; unknown: Map<number, Buffer> }> {
  const partitions = Array.from({ length: topics[control].partitions }, (_, p) => new PartitionChains(name, p));
  const unknown = new Map<number, Buffer>();
  const decoded = (value: Buffer | null): ProcessorControl | null => {
    try {
      return codec.decode(value);
    } catch (error) {
      if (error instanceof WriterUnknown && value) unknown.set(value.readInt32BE(1), value);
      else if (!(error instanceof Unreadable)) throw error;
      return null;
    }
  };
  let tooMany = false;
  await readRange({ kafka, topic: topicIn(namespace, control), from: () => 0 }, ({ offset, timestamp, value }, p) => {
    if (tooMany) return;
    partitions[p]?.take(Number(offset), Number(timestamp), decoded(value));
    tooMany = partitions.reduce((sum, { size }) => sum + size, 0) > deadLettersMax;
  });
  if (tooMany)
    throw new TooMany(`${name} has more than ${deadLettersMax.toLocaleString('en')} dead letters: too many to list`);
  return { partitions, unknown };
}

export type { Chain };
