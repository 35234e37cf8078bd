// The lag of processors between two looks: per partition and in all, in messages and in time.
import type { Processor } from '../../processors/runtime/processor.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { type Look, type Pace, pace, paceOf } from './pace.ts';
import { look, type Platform, waitingSince } from './positions.ts';

/** `behindMs`: since when the oldest record that is not folded has been in the log; 0 if there is none. */
export type PartitionLag = Pace & { readonly partition: number; readonly behindMs: number };

export type ProcessorLag = {
  readonly processor: string;
  readonly topic: TopicName;
  /** All partitions together; `behindMs` is that of the partition furthest behind, `catchUpSeconds` that of the slowest to catch up. */
  readonly all: Omit<PartitionLag, 'partition'>;
  readonly partitions: readonly PartitionLag[];
};

/** Two looks of every processor, one after the other. */
export type Looks = ReadonlyMap<Processor, readonly Look[]>;

export async function lookAt(platform: Platform, processors: readonly Processor[]): Promise<Looks> {
  const looks = await Promise.all(processors.map((processor) => look(platform, processor)));
  return new Map(processors.map((processor, i) => [processor, looks[i] ?? []]));
}

export function lagsBetween(platform: Platform, before: Looks, after: Looks): Promise<ProcessorLag[]> {
  return Promise.all(
    [...after].map(async ([processor, looks]) => {
      const since = await waitingSince(platform, processor, looks);
      return lagOf(processor, { before: before.get(processor) ?? looks, after: looks, since });
    }),
  );
}

type Sample = {
  readonly before: readonly Look[];
  readonly after: readonly Look[];
  readonly since: ReadonlyMap<number, number>;
};

/** Pure. */
export function lagOf(
  { name, input }: Pick<Processor, 'name' | 'input'>,
  { before, after, since }: Sample,
): ProcessorLag {
  const partitions = after.map((now, i): PartitionLag => {
    const waiting = since.get(now.partition);
    // The broker's clock and this one differ by a little.
    const behindMs = waiting === undefined ? 0 : Math.max(0, now.at - waiting);
    return { partition: now.partition, ...paceOf(before[i] ?? now, now), behindMs };
  });
  const behindMs = Math.max(0, ...partitions.map((partition) => partition.behindMs));
  const together = pace(before, after);
  // A partition can wait a whole sample for its turn, so one that stands still says so in its own line only.
  const slowest = Math.max(0, ...partitions.map((partition) => partition.catchUpSeconds ?? 0));
  const catchUpSeconds = together.catchUpSeconds === null ? null : Math.max(together.catchUpSeconds, slowest);
  return { processor: name, topic: input, all: { ...together, behindMs, catchUpSeconds }, partitions };
}
