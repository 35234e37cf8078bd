// Folds records into a batch: watermark, deduplication, skips, then the processor's own functions. Pure but for its batch.

import { partitionOf } from '../../infra/kafka.ts';
import { futureMsMax } from '../../schemas/ids.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import { emptyWindow, WindowDraft } from './id-window.ts';
import { derivedId, formatOrigin, isAfter, isFolded, type Origin, parseOrigin } from './origin.ts';
import type { IdWindow, InputRecord, Outgoing, Row } from './ports.ts';
import type { Beside, Emission, Moment, Processor, Write } from './processor.ts';

/** Records of an import, which only an operator makes, and all derived from them are folded at their own time. */
const importSource = 'import';

/** The truth about money: what cannot be folded there stops its partition, and is never passed over. */
export const neverSkips = (input: TopicName): boolean => input === 'payment_transactions';

/** The broker takes one MiB, headers included. */
const valueBytesMax = 1_000_000;

/** Longer names than any door lets in; stores refuse keys of 64 KiB. */
const nameLengthMax = 1_024;

/** An event newer than this build: wait for a newer one, never skip. */
export class NewerThanThisBuild extends Error {}

/** Memos that the event concerns have not been read yet. */
export class NotLoaded extends Error {
  readonly memos: readonly string[];
  constructor(memos: readonly string[]) {
    super(`memos not read: ${memos.join(', ')}`);
    this.memos = memos;
  }
}

/** A record that can never be folded by this build. */
export class Poison extends Error {
  readonly record: InputRecord;
  constructor(record: InputRecord, cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause));
    this.record = record;
  }
}

/** What the runner reads of every event. */
type Envelope = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly correlationId: string;
  readonly actorId: string;
  readonly source: string;
};

/** A derived event as it will be published. */
export type Emitted = { readonly topic: TopicName; readonly partition: number; readonly outgoing: Outgoing };

/** What the committed state says, as far as it was loaded. */
export type Committed = {
  state(key: string): unknown;
  ids(key: string): IdWindow | undefined;
  /** Null if there is none, undefined if it has not been read. */
  memo(key: string): unknown;
  readonly watermarks: ReadonlyMap<string, string>;
  readonly skips: ReadonlyMap<number, string>;
};

/** What a batch of records changes, on top of what is committed. */
export class Batch {
  readonly states = new Map<string, unknown>();
  readonly ids = new Map<string, WindowDraft>();
  readonly fields = new Map<string, Map<string, string | null>>();
  readonly scores = new Map<string, Map<string, number | null>>();
  readonly increments = new Map<string, Map<string, number>>();
  readonly drops = new Set<string>();
  readonly memos = new Map<string, { value: unknown; until: number | null }>();
  readonly rows = new Map<string, Row>();
  /** The last origin folded of each lane. */
  readonly origins = new Map<string, Origin>();
  readonly skips = new Map<number, string | null>();
  readonly emitted: Emitted[] = [];
  last: InputRecord | null = null;
  folded = 0;
  passed = 0;

  /** By lane, "offset/index". */
  get watermarks(): Map<string, string> {
    return new Map([...this.origins].map(([lane, { offset, index }]) => [lane, `${offset}/${index}`]));
  }
}

export type FoldContext = {
  readonly processor: Processor;
  readonly partition: number;
  readonly lane: string;
  readonly committed: Committed;
  readonly decode: (value: Buffer | null) => unknown;
  readonly encode: (topic: TopicName, event: unknown) => Buffer;
  /** Offsets that every owner skips. */
  readonly skipped: ReadonlySet<number>;
  /** False where nobody keeps rows, so that none are collected. */
  readonly keepsRows?: boolean;
};

/** Folds one record into the batch. @throws Poison, NewerThanThisBuild, NotLoaded, or what `decode` throws; the batch is then unchanged. */
export function foldRecord(context: FoldContext, batch: Batch, record: InputRecord): void {
  const origin = record.origin === null || record.redrive ? null : parseOrigin(record.origin);
  const verdict = verdictOn(context, batch, record, origin);
  if (verdict === 'skip') batch.skips.set(record.offset, record.id);
  else if (verdict === 'fold') foldEvent(context, batch, record);
  else batch.passed += 1;
  // A skipped record whose origin cannot be read advances nothing.
  if (verdict !== 'pass' && origin) batch.origins.set(origin.lane, origin);
  batch.last = record;
}

/** Decided by headers alone: is it another's, already folded, to be skipped, or to be folded? */
function verdictOn(
  context: FoldContext,
  batch: Batch,
  record: InputRecord,
  origin: Origin | null,
): 'pass' | 'skip' | 'fold' {
  if (record.redrive) {
    const slash = record.redrive.lastIndexOf('/');
    if (record.redrive.slice(0, slash) !== context.processor.name) return 'pass';
    if (!isPending(context, batch, Number(record.redrive.slice(slash + 1)))) return 'pass';
  } else if (record.origin) {
    if (!origin && context.skipped.has(record.offset)) return 'skip';
    if (!origin) throw new Poison(record, `unreadable origin ${record.origin.slice(0, 200)}`);
    const latest = batch.origins.get(origin.lane);
    if (latest ? !isAfter(origin, latest) : isFolded(origin, context.committed.watermarks.get(origin.lane)))
      return 'pass';
  } else if (context.processor.firstHop && draftOf(context, batch, record.key).holds(record.id, record.time)) {
    return 'pass';
  }
  return context.skipped.has(record.offset) ? 'skip' : 'fold';
}

function isPending({ committed }: FoldContext, batch: Batch, offset: number): boolean {
  const change = batch.skips.get(offset);
  return change === undefined ? committed.skips.has(offset) : change !== null;
}

function draftOf(context: FoldContext, batch: Batch, key: string): WindowDraft {
  let draft = batch.ids.get(key);
  if (!draft) {
    draft = new WindowDraft(context.committed.ids(key) ?? emptyWindow());
    batch.ids.set(key, draft);
  }
  return draft;
}

function foldEvent(context: FoldContext, batch: Batch, record: InputRecord): void {
  const { processor, partition, keepsRows = true } = context;
  const event = context.decode(record.value) as Envelope;
  if (processor.tagOf(event) === 'unknown')
    throw new NewerThanThisBuild(`${processor.name} is older than the event ${record.id}`);
  if (Math.max(record.key.length, event.eventId.length) > nameLengthMax)
    throw new Poison(record, 'key or event id too long for a row');
  const at: Moment = { topic: processor.input, partition, offset: record.offset, now: nowOf(processor, event, record) };
  const beside = besideOf(context, batch, event, record);
  let state: unknown;
  let writes: readonly Write[];
  let emitted: readonly Emitted[];
  try {
    const before = batch.states.get(record.key) ?? context.committed.state(record.key) ?? processor.initialState();
    state = processor.evolve(before, event, at, beside);
    writes = processor.writes(state, event, at, before);
    emitted = processor
      .emits(state, event, at)
      .map((emission, index) => emittedOf(context, event, { at, emission, index }));
    refuseUnstorable(writes);
  } catch (error) {
    throw new Poison(record, error);
  }
  batch.states.set(record.key, state);
  for (const write of writes) if (write.kind !== 'row' || keepsRows) collect(batch, write, record.offset);
  for (const emission of emitted) batch.emitted.push(emission);
  if (processor.firstHop && !record.origin) draftOf(context, batch, record.key).add(record.id, record.time);
  mendSkips(context, batch, record.id);
  batch.folded += 1;
}

/** @throws NotLoaded */
function besideOf(
  { processor, committed }: FoldContext,
  { memos }: Batch,
  event: unknown,
  record: InputRecord,
): Beside {
  if (!processor.memos) return { record, memo: noMemo };
  const concerned = new Map<string, unknown>();
  const missing: string[] = [];
  for (const key of processor.memos(event)) {
    const changed = memos.get(key);
    const value = changed ? changed.value : committed.memo(key);
    if (value === undefined) missing.push(key);
    else concerned.set(key, value);
  }
  if (missing.length > 0) throw new NotLoaded(missing);
  return { record, memo: (key) => (concerned.has(key) ? concerned.get(key) : noMemo(key)) };
}

function noMemo(key: string): never {
  throw new Error(`the processor does not name the memo ${key} for this event`);
}

/** Gives an emission the id and envelope that its input's position makes. @throws what cannot be encoded, or is too large */
function emittedOf(
  { lane, encode }: FoldContext,
  { occurredAt, actorId, correlationId, source }: Envelope,
  { at, emission, index }: { at: Moment; emission: Emission; index: number },
): Emitted {
  const { topic, key, event } = emission;
  const id = derivedId(lane, at.offset, index, at.now);
  const origin = formatOrigin(lane, at.offset, index);
  const envelope = { eventId: id, occurredAt, actorId, correlationId, source, ruleSet: 0, origin };
  const value = encode(topic, Object.assign(envelope, event));
  if (value.length > valueBytesMax) throw new RangeError(`${value.length} bytes are too many for ${topic}`);
  return { topic, partition: partitionOf(key, topics[topic].partitions), outgoing: { key, value, id, origin } };
}

/** What a store would refuse for ever would stop its partition, or break a commit in its middle. */
function refuseUnstorable(writes: readonly Write[]): void {
  for (const write of writes) {
    if (write.kind === 'row') refuseLongKeys(write);
    if (write.kind === 'score' && write.score !== null && !Number.isFinite(write.score)) {
      throw new RangeError(`the score of ${write.member} on ${write.board} is ${write.score}`);
    }
    if (write.kind === 'increment' && !Number.isSafeInteger(write.by)) {
      throw new RangeError(`the increment of ${write.member} on ${write.board} is ${write.by}`);
    }
  }
}

function refuseLongKeys({ table, row }: Extract<Write, { kind: 'row' }>): void {
  for (const columns of [table.partitionKey, table.clustering])
    for (const column of columns) {
      const value = row[column];
      if (typeof value === 'string' && value.length > nameLengthMax)
        throw new RangeError(`${column} of ${table.name} is ${value.length} characters long`);
    }
}

/** The time that a domain knows, in ms: the append time; of an imported event its own, but never later. */
export function logTimeOf({ source, occurredAt }: Pick<Envelope, 'source' | 'occurredAt'>, appendedAt: number): number {
  return source === importSource ? Math.min(occurredAt, appendedAt) : appendedAt;
}

/**
 * @throws Poison if it is dated later than clocks may differ; but not where nothing may be skipped, so that a clock that is ahead
 * would stop all money, nor what is derived, whose date is that of what it was made of
 */
function nowOf({ input }: Pick<Processor, 'input'>, event: Envelope, record: InputRecord): number {
  const aheadMs = event.occurredAt - record.time;
  if (aheadMs > futureMsMax && !record.origin && !neverSkips(input))
    throw new Poison(record, `dated ${aheadMs} ms after it was appended`);
  return logTimeOf(event, record.time);
}

/** Folding an id settles every pending skip of it. */
function mendSkips({ committed }: FoldContext, batch: Batch, id: string): void {
  if (committed.skips.size === 0 && batch.skips.size === 0) return;
  for (const [offset, skippedId] of [...committed.skips, ...batch.skips])
    if (skippedId === id) batch.skips.set(offset, null);
}

function collect(batch: Batch, write: Write, offset: number): void {
  switch (write.kind) {
    case 'field':
      put(batch.fields, write.hash, write.field, write.value);
      return;
    case 'score':
      put(batch.scores, write.board, write.member, write.score);
      return;
    case 'increment':
      put(batch.increments, write.board, write.member, write.by + incrementIn(batch, write));
      return;
    case 'drop':
      for (const kept of [batch.scores, batch.increments]) kept.delete(write.board);
      batch.drops.add(write.board);
      return;
    case 'memo':
      batch.memos.set(write.key, { value: write.value, until: write.until });
      return;
    case 'row':
      batch.rows.set(rowKey(write), { table: write.table, row: write.row, offset });
      return;
    default:
      write satisfies never;
  }
}

/** A sum of nothing is kept, too: whether a member is on a board must not depend on where batches end. */
const incrementIn = ({ increments }: Batch, { board, member }: { board: string; member: string }): number =>
  increments.get(board)?.get(member) ?? 0;

function put<V>(maps: Map<string, Map<string, V>>, name: string, key: string, value: V): void {
  let map = maps.get(name);
  if (!map) {
    map = new Map();
    maps.set(name, map);
  }
  map.set(key, value);
}

function rowKey({ table, row }: Extract<Write, { kind: 'row' }>): string {
  let key = table.name;
  for (const column of table.partitionKey) key += `\u0000${row[column]}`;
  for (const column of table.clustering) {
    const value = row[column];
    key += `\u0000${value instanceof Date ? value.getTime() : value}`;
  }
  return key;
}
