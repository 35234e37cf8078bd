// The outside as the runner sees it: a state store, a row store, the logs. Real ones and simulated ones look alike.
import type { TopicName } from '../../schemas/topics.ts';
import type { RowTable, RowValue } from './processor.ts';

/** One record of the input, with what its headers say. */
export type InputRecord = {
  readonly offset: number;
  /** Append time in ms, by the broker. */
  readonly time: number;
  readonly key: string;
  readonly id: string;
  /** lane/offset/index of a derived or imported record. */
  readonly origin: string | null;
  /** processor/offset of the skip that a redriven copy is meant to mend. */
  readonly redrive: string | null;
  readonly value: Buffer | null;
};

/** What an owner must still hold for its reads and commits to count. */
export type Fence = { readonly token: number; readonly offset: number };

/** Where a partition stands in the state store. */
export type Position = {
  readonly offset: number;
  /** Id and append time of the last folded record; null before the first. */
  readonly last: { readonly id: string; readonly time: number } | null;
  readonly watermarks: ReadonlyMap<string, string>;
  readonly produced: ReadonlyMap<string, number>;
  /** Skipped records that a redrive may still mend: offset → id. */
  readonly skips: ReadonlyMap<number, string>;
};

/** A key's event ids of the last day: id → append time, oldest first; `next` counts all ids ever kept. */
export type IdWindow = { readonly next: number; readonly times: Map<string, number> };

export type Loaded = { readonly state: string | null; readonly ids: IdWindow | null };

/** What an owner asks for before it folds. */
export type Wanted = {
  readonly keys: readonly string[];
  readonly withIds: boolean;
  readonly memos?: readonly string[];
};

/** In the order asked for; memos as JSON. */
export type Found = { readonly states: readonly Loaded[]; readonly memos: readonly (string | null)[] };

/** All that one commit changes, besides the offset. */
export type Changes = {
  readonly next: number;
  readonly last: { readonly id: string; readonly time: number };
  readonly states: ReadonlyMap<string, string>;
  /** Slots of id windows: key → slot → "time id" or null to delete. */
  readonly ids: ReadonlyMap<string, IdChange>;
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, string | null>>;
  readonly scores: ReadonlyMap<string, ReadonlyMap<string, number | null>>;
  /** Board → member → what is added to its score; a commit that is lost adds nothing. */
  readonly increments: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Boards that are taken away before anything is added to them. */
  readonly drops: ReadonlySet<string>;
  readonly memos: ReadonlyMap<string, MemoChange>;
  readonly watermarks: ReadonlyMap<string, string>;
  readonly produced: ReadonlyMap<string, number>;
  readonly skips: ReadonlyMap<number, string | null>;
  readonly boardLimit: number | null;
};

export type IdChange = {
  readonly next: number;
  readonly slots: ReadonlyMap<number, string | null>;
  readonly at: number;
};

/** JSON, or null to take it away; `until`: from when (ms of append time) it may be forgotten. */
export type MemoChange = { readonly value: string | null; readonly until: number | null };

/** What a push tells besides the keys: the states, and the memos whose keys begin so. */
export type Told = { readonly states: boolean; readonly memosOf?: string | undefined };

export type StateStore = {
  /** Takes the partition for a token, if the token is larger than the one that holds it. */
  acquire(partition: number, token: number, build: number): Promise<Position | 'refused'>;
  /** Where the partition stands, if the token still holds it. */
  resume(partition: number, token: number): Promise<Position | 'lost'>;
  /** States of keys and memos, or `lost` if token or offset are no longer the owner's. */
  read(partition: number, fence: Fence, wanted: Wanted): Promise<Found | 'lost'>;
  /** All or nothing, and only while token and offset are the owner's; listeners are told in the same step (null: nobody is). */
  commit(partition: number, fence: Fence, changes: Changes, told: Told | null): Promise<'ok' | 'lost'>;
};

/** Where partitions stand, for those who do not own them: the next offset to fold. */
export type Positions = { offset(partition: number): Promise<number> };

export type Row = {
  readonly table: RowTable;
  readonly row: Readonly<Record<string, RowValue>>;
  readonly offset: number;
};

/** Upserts rows, each with a timestamp made from its offset, so that a repeat or a zombie changes nothing. */
export type RowStore = { write(rows: readonly Row[]): Promise<void> };

export type Outgoing = {
  readonly key: string;
  readonly value: Buffer;
  readonly id: string;
  readonly origin: string;
};

/** Derived events: in order and without a gap per target partition. */
export type DerivedLog = {
  /** Sends all; answers the last offset per "topic:partition". Rejects if any is in doubt: then all are sent again. */
  send(batches: ReadonlyMap<TopicName, ReadonlyMap<number, readonly Outgoing[]>>): Promise<ReadonlyMap<string, number>>;
  encode(topic: TopicName, event: unknown): Buffer;
  /** Does anything come from this lane at this input's offset or later? It cannot have been appended before the input was. */
  holdsOutput(
    topics: readonly TopicName[],
    lane: string,
    input: { readonly offset: number; readonly time: number },
  ): Promise<boolean>;
};

export type DeadLetter = { readonly record: InputRecord; readonly cause: string };

/** The control topic's partition: claims and dead letters in one order. */
export type ControlLog = {
  /** The largest build that has claimed the partition, as far as its log has been read; -1 if none has. */
  newestBuild(partition: number): number;
  /** Appends a claim and reads the partition up to it. */
  claim(partition: number, build: number): Promise<Claim>;
  /** Appends a dead letter and reads it back: `counts` unless a newer claim precedes it. */
  deadLetter(partition: number, token: number, build: number, letter: DeadLetter): Promise<'counts' | 'superseded'>;
};

export type Claim = {
  readonly token: number;
  /** The largest build that has ever claimed this partition, this claim included. */
  readonly newestBuild: number;
  /** Offsets that every owner skips; the owner adds its own. */
  readonly skips: Set<number>;
};

/** Asked after a claim, when all that was decided before it is known: resolves if this generation may be folded now. */
export type Gate = {
  /** @throws StandsStill */
  pass(): Promise<void>;
};

/** Turns a value into an event; `prepare` fetches what is missing to do so. */
export type Decoder<Event> = { decode(value: Buffer | null): Event; prepare(value: Buffer): Promise<void> };
