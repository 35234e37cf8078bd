// The names under which the runner keeps a partition in Redis; all keys of a partition share one hash tag, and so one slot.
import type { TopicName } from '../../schemas/topics.ts';

export type PartitionTag = {
  readonly namespace: string;
  readonly generation: number;
  readonly processor: string;
  readonly topic: TopicName;
  readonly partition: number;
};

/** What all keys of a generation begin with. */
export const generationPrefix = ({ namespace, generation }: Pick<PartitionTag, 'namespace' | 'generation'>): string =>
  `${namespace}g${generation}:`;

/** What all keys of a partition begin with. */
export const partitionPrefix = (tag: PartitionTag): string =>
  `${generationPrefix(tag)}{${tag.processor}:${tag.topic}:${tag.partition}}:`;

/** The keys of a partition without that; what each holds is said below. */
export const within = {
  meta: 'meta',
  state: 'state',
  memos: 'memos',
  memosByTime: 'memos-by-time',
  idsByTime: 'ids-by-time',
  write: (name: string) => `w:${name}`,
  ids: (key: string) => `ids:${key}`,
} as const;

/**
 * Hash with the partition's position: `token`, `build`, `offset` (the next to fold), `id` and `time` (of the last folded record),
 * `w:<lane>` (watermark of an origin, "offset/index"), `p:<topic>:<partition>` (last offset produced there), `s:<offset>` (pending skip).
 */
export const metaKey = (tag: PartitionTag): string => partitionPrefix(tag) + within.meta;

/** Hash: record key → JSON state. */
export const stateKey = (tag: PartitionTag): string => partitionPrefix(tag) + within.state;

/** Hash: memo key → JSON; and the sorted set of those that may be forgotten, by when. */
export const memosKey = (tag: PartitionTag): string => partitionPrefix(tag) + within.memos;
export const memosByTimeKey = (tag: PartitionTag): string => partitionPrefix(tag) + within.memosByTime;

/** Hash or sorted set that a processor's writes name, such as `recent:<user>` or a board. */
export const writeKey = (tag: PartitionTag, name: string): string => partitionPrefix(tag) + within.write(name);

/** The board of a processor's timers, see `Processor.timers`. */
export const timersBoard = 'timers';

/** Hash of a key's event ids of the last 24 h, and the sorted set of keys by their last event. */
export const idsKey = (tag: PartitionTag, key: string): string => partitionPrefix(tag) + within.ids(key);
export const idsByTimeKey = (tag: PartitionTag): string => partitionPrefix(tag) + within.idsByTime;

/** Channel of committed changes of a processor, see `Push`. */
export const pushChannel = (namespace: string, generation: number, processor: string): string =>
  `${namespace}push:g${generation}:${processor}`;

/** One commit, published after it: the states (or null, where only keys are told) that changed between two offsets of a partition. */
export type Push<State = unknown> = {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly states: Readonly<Record<string, State>>;
  /** Memos that the processor tells of; absent where there are none. */
  readonly memos?: Readonly<Record<string, unknown>>;
};

/** Every slug begins with this one; another is made by a rebuild. */
export const firstGeneration = 1;

/** Which generation of each slug is live. */
export type LiveGenerations = {
  live(slug: string): number;
  /** Told after the generations of a slug have changed in any way. */
  onChange(listener: (slug: string) => void): void;
};

/** Where no rebuild has ever been. */
export const firstGenerations: LiveGenerations = { live: () => firstGeneration, onChange: () => {} };

/** The keyspace of a generation's rows; the first one has the configured name. */
export function keyspaceOf(configured: string, generation: number): string {
  return generation === firstGeneration ? configured : `${configured.replace(/_g1$/, '')}_g${generation}`;
}

/** A row's time of writing, by its input's offset: a replay or a zombie then changes nothing. A delete would be one less. */
export const timestampOf = (offset: number): number => 2 * offset + 2;
