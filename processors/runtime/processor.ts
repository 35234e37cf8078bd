// What a processor is: a table of pure functions over one input topic. It holds no loop, no client and no clock.
import type { TopicName } from '../../schemas/topics.ts';

/** Where and when a record stands in the log; `now` is the only clock a domain knows. */
export type Moment = {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  /** Append time in ms; of an imported record its own `occurredAt`. */
  readonly now: number;
};

/**
 * A change of a projection as data. Values are absolute, so that writing them again changes nothing; but for increments, which are
 * exact because a commit happens once. They are whole numbers, so that any order of commits sums up to the same, and a board has
 * either scores or increments. `drop` takes a whole board away. A memo is a small state of the partition, see `Processor.memos`: null
 * takes it away, and from `until` (ms of append time; null: never) on it may be forgotten, so that `evolve` must not count on it.
 */
export type Write =
  | { readonly kind: 'field'; readonly hash: string; readonly field: string; readonly value: string | null }
  | { readonly kind: 'score'; readonly board: string; readonly member: string; readonly score: number | null }
  | { readonly kind: 'increment'; readonly board: string; readonly member: string; readonly by: number }
  | { readonly kind: 'drop'; readonly board: string }
  | { readonly kind: 'memo'; readonly key: string; readonly value: unknown; readonly until: number | null }
  | { readonly kind: 'row'; readonly table: RowTable; readonly row: Readonly<Record<string, RowValue>> };

export type RowValue = string | number | Date | Buffer | null;

/** A Cassandra table as its projection declares it. */
export type RowTable = {
  readonly name: string;
  /** The first is the key of the input's records, or `partition` is the input's: a row has one input partition. */
  readonly partitionKey: readonly string[];
  /** Clustering columns, newest first. */
  readonly clustering: readonly string[];
  /** Every column, the keys among them, with its CQL type. */
  readonly columns: Readonly<Record<string, string>>;
};

/** A derived event before the runner gives it its envelope (id and origin from the input's position). */
export type Emission = {
  readonly topic: TopicName;
  readonly key: string;
  readonly event: Readonly<Record<string, unknown>>;
};

/** What a domain may look at besides the state of its key and the event. */
export type Beside = {
  /** The record as it stands in the log. */
  readonly record: {
    readonly offset: number;
    readonly time: number;
    readonly key: string;
    readonly id: string;
    readonly value: Buffer | null;
  };
  /** A memo as it was last written, or null; its key is one that `memos` names for this event. */
  memo(key: string): unknown;
};

export type Processor<State = unknown, Event = unknown> = {
  readonly name: string;
  readonly input: TopicName;
  readonly control: TopicName;
  /** The number of the rules that it folds under: another result for the same input is another number, and a rebuild. */
  readonly rules: number;
  /**
   * The number of the rules for what it emits, 1 unless told: as long as it stays, every input makes the same derived events in the
   * same order, whatever else `rules` changed, and a generation of other rules may go on with the topics.
   */
  readonly outputs?: number;
  /** Every topic that `emits` may name. */
  readonly emitsTo: readonly TopicName[];
  /** True where clients' events arrive first: repeated event ids of 24 h are dropped. */
  readonly firstHop: boolean;
  /** Whether listeners are sent the changed states, or their keys alone (states that nobody copies). */
  readonly pushesStates: boolean;
  initialState(): State;
  /** The next state of the record's key. Deterministic; throws only on what can never be folded. */
  evolve(state: State, event: Event, at: Moment, beside: Beside): State;
  /**
   * The keys of the memos that an event concerns: small states of the same partition beside the state of the record's key, such as the
   * outcome of a request under its idempotency key, or what all keys of a partition share. They are read before the event is folded,
   * and written in the same commit.
   */
  memos?(event: Event): readonly string[];
  /** Memos whose keys begin so are told with the push of their commit. */
  readonly pushesMemosOf?: string;
  /** What of a state is kept, if not all: what serves only the writes of its own event need not be. */
  keeps?(state: State): unknown;
  /** @param before the state that `evolve` was given, for those who write what has changed */
  writes(state: State, event: Event, at: Moment, before: State): readonly Write[];
  emits(state: State, event: Event, at: Moment): readonly Emission[];
  /** The field that says what happened; `unknown` there means: written by a newer build, wait. */
  tagOf(event: Event): string;
  /**
   * Of a processor that keeps timers: those on its board `timers` (member `<record key> <timer id>`, score when it is due in ms) are
   * appended to its input once they are due, and again until the state no longer lists them.
   */
  readonly timers?: {
    /** What a fired timer is as an event of the input, but for its envelope. */
    event(key: string, timerId: string, due: number): Readonly<Record<string, unknown>>;
  };
  /** So many ms after some were fetched, those that come meanwhile are fetched together, for fewer and larger commits; at once unless told. */
  readonly lingerMs?: number;
  /** Sorted sets that keep only so many members per partition (scores must never fall, and never be increments). */
  readonly boardLimit?: number;
};
