// The state store on Redis: one hash tag per partition, every step one atomic script.
import type { Redis } from 'ioredis';
import { windowMs, windowOf } from './id-window.ts';
import {
  idsByTimeKey,
  idsKey,
  memosByTimeKey,
  memosKey,
  metaKey,
  type PartitionTag,
  pushChannel,
  stateKey,
  writeKey,
} from './keys.ts';
import type { Changes, Fence, Found, IdWindow, Position, Positions, StateStore, Told, Wanted } from './ports.ts';
import { acquireScript, commitScript, readScript, resumeScript } from './redis-scripts.ts';

type Scripts = {
  acquirePartition(...args: (string | number)[]): Promise<string[]>;
  resumePartition(...args: (string | number)[]): Promise<string[] | null>;
  readStates(...args: (string | number)[]): Promise<[(string | null)[], (string | null)[], ...string[][]] | null>;
  commitChanges(...args: (string | number)[]): Promise<1 | null>;
};

export class RedisStateStore implements StateStore, Positions {
  readonly #redis: Redis & Scripts;
  readonly #of: Omit<PartitionTag, 'partition'>;

  constructor(redis: Redis, of: Omit<PartitionTag, 'partition'>) {
    redis.defineCommand('acquirePartition', { lua: acquireScript, numberOfKeys: 1 });
    redis.defineCommand('resumePartition', { lua: resumeScript, numberOfKeys: 1 });
    redis.defineCommand('readStates', { lua: readScript });
    redis.defineCommand('commitChanges', { lua: commitScript });
    this.#redis = redis as Redis & Scripts;
    this.#of = of;
  }

  async acquire(partition: number, token: number, build: number): Promise<Position | 'refused'> {
    const reply = await this.#redis.acquirePartition(metaKey(this.#tag(partition)), token, build);
    if (reply[0] === 'refused') return 'refused';
    return positionOf(pairs(reply));
  }

  async resume(partition: number, token: number): Promise<Position | 'lost'> {
    const reply = await this.#redis.resumePartition(metaKey(this.#tag(partition)), token);
    return reply ? positionOf(pairs(reply)) : 'lost';
  }

  async offset(partition: number): Promise<number> {
    return Number((await this.#redis.hget(metaKey(this.#tag(partition)), 'offset')) ?? 0);
  }

  async read(partition: number, fence: Fence, { keys, withIds, memos = [] }: Wanted): Promise<Found | 'lost'> {
    const tag = this.#tag(partition);
    const windowKeys = withIds ? keys.map((key) => idsKey(tag, key)) : [];
    const names = [metaKey(tag), stateKey(tag), memosKey(tag), ...windowKeys];
    const wanted = [keys.length, ...keys, ...memos];
    const reply = await this.#redis.readStates(names.length, ...names, fence.token, fence.offset, ...wanted);
    if (!reply) return 'lost';
    const [states, found, ...windows] = reply;
    return {
      states: keys.map((_, i) => ({ state: states[i] ?? null, ids: withIds ? windowFrom(windows[i] ?? []) : null })),
      memos: memos.map((_, i) => found[i] ?? null),
    };
  }

  async commit(partition: number, fence: Fence, changes: Changes, told: Told | null): Promise<'ok' | 'lost'> {
    const tag = this.#tag(partition);
    const commit = new CommitArguments([
      metaKey(tag),
      stateKey(tag),
      idsByTimeKey(tag),
      memosKey(tag),
      memosByTimeKey(tag),
    ]);
    commit.list('HSET', metaKey(tag), metaFields(changes));
    const mended = [...changes.skips].filter(([, id]) => id === null).map(([offset]) => `s:${offset}`);
    commit.list('HDEL', metaKey(tag), mended);
    commit.list('HSET', stateKey(tag), flat(changes.states));
    for (const [hash, fields] of changes.fields) commit.fields(writeKey(tag, hash), fields);
    for (const board of changes.drops) commit.list('DEL', writeKey(tag, board), [], true);
    commit.memos(memosKey(tag), memosByTimeKey(tag), changes.memos);
    for (const [board, scores] of changes.scores) commit.scores(writeKey(tag, board), scores, changes.boardLimit);
    for (const [board, sums] of changes.increments) commit.increments(writeKey(tag, board), sums);
    const lastIdAt: string[] = [];
    for (const [key, { next, slots, at }] of changes.ids) {
      commit.fields(idsKey(tag, key), slots, ['next', String(next)]);
      lastIdAt.push(String(at), key);
    }
    commit.list('ZADD', idsByTimeKey(tag), lastIdAt);
    const sweepBefore = changes.ids.size > 0 ? changes.last.time - windowMs : '';
    const forgetAt = changes.memos.size > 0 ? changes.last.time : '';
    const { namespace, generation, processor } = tag;
    const push = told
      ? [pushChannel(namespace, generation, processor), pushOf(tag, fence.offset, { changes, told })]
      : ['', ''];
    const head = [fence.token, fence.offset, sweepBefore, idsKey(tag, ''), forgetAt, ...push];
    const reply = await this.#redis.commitChanges(commit.keys.length, ...commit.keys, ...head, ...commit.operations);
    return reply === 1 ? 'ok' : 'lost';
  }

  #tag(partition: number): PartitionTag {
    return { ...this.#of, partition };
  }
}

/** Lua unpacks some thousand arguments at most. */
const argumentsPerCall = 2_000;

/** Collects the keys and operations of one commit script. */
class CommitArguments {
  readonly keys: string[];
  readonly operations: (string | number)[] = [];
  readonly #indexes = new Map<string, number>();

  constructor(keys: string[]) {
    this.keys = [...keys];
    keys.forEach((key, i) => {
      this.#indexes.set(key, i + 1);
    });
  }

  /** @param evenEmpty for a command without arguments */
  list(command: string, key: string, args: readonly string[], evenEmpty = false): void {
    if (evenEmpty && args.length === 0) this.operations.push(command, this.#index(key), 0);
    for (let start = 0; start < args.length; start += argumentsPerCall) {
      const end = Math.min(args.length, start + argumentsPerCall);
      this.operations.push(command, this.#index(key), end - start);
      for (let i = start; i < end; i++) this.operations.push(args[i] as string);
    }
  }

  /** Sets and deletes fields of a hash; `set` may hold more to set. */
  fields(key: string, fields: ReadonlyMap<string | number, string | null>, set: string[] = []): void {
    const gone: string[] = [];
    for (const [field, value] of fields) {
      if (value === null) gone.push(String(field));
      else set.push(String(field), value);
    }
    this.list('HSET', key, set);
    this.list('HDEL', key, gone);
  }

  scores(key: string, scores: ReadonlyMap<string, number | null>, limit: number | null): void {
    const set: string[] = [];
    const gone: string[] = [];
    for (const [member, score] of scores) {
      if (score === null) gone.push(member);
      else set.push(String(score), member);
    }
    this.list('ZADD', key, set);
    this.list('ZREM', key, gone);
    if (limit !== null) this.list('ZREMRANGEBYRANK', key, ['0', String(-limit - 1)]);
  }

  memos(key: string, byTime: string, changes: Changes['memos']): void {
    const values = new Map<string, string | null>();
    const untils = new Map<string, number | null>();
    for (const [name, { value, until }] of changes) {
      values.set(name, value);
      untils.set(name, value === null ? null : until);
    }
    this.fields(key, values);
    this.scores(byTime, untils, null);
  }

  /** ZINCRBY takes one member at a time. */
  increments(key: string, sums: ReadonlyMap<string, number>): void {
    for (const [member, sum] of sums) this.list('ZINCRBY', key, [String(sum), member]);
  }

  #index(key: string): number {
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = this.keys.push(key);
      this.#indexes.set(key, index);
    }
    return index;
  }
}

function flat(map: ReadonlyMap<string, string>): string[] {
  const list: string[] = [];
  for (const [key, value] of map) list.push(key, value);
  return list;
}

/** The JSON of a `Push`. */
function pushOf(
  { partition }: Pick<PartitionTag, 'partition'>,
  from: number,
  { changes, told }: { changes: Changes; told: Told },
): string {
  let states = '';
  for (const [key, state] of changes.states) {
    states += `${states && ','}${JSON.stringify(key)}:${told.states ? state : null}`;
  }
  const memos = memosIn(changes, told.memosOf);
  return `{"partition":${partition},"from":${from},"to":${changes.next},"states":{${states}}${memos}}`;
}

/** The part of a push that tells of memos. */
function memosIn({ memos }: Changes, prefix: string | undefined): string {
  if (prefix === undefined) return '';
  let told = '';
  for (const [key, { value }] of memos) {
    if (key.startsWith(prefix)) told += `${told && ','}${JSON.stringify(key)}:${value}`;
  }
  return told && `,"memos":{${told}}`;
}

function metaFields(changes: Changes): string[] {
  const fields = ['offset', String(changes.next), 'id', changes.last.id, 'time', String(changes.last.time)];
  for (const [lane, mark] of changes.watermarks) fields.push(`w:${lane}`, mark);
  for (const [target, offset] of changes.produced) fields.push(`p:${target}`, String(offset));
  for (const [offset, id] of changes.skips) if (id !== null) fields.push(`s:${offset}`, id);
  return fields;
}

function pairs(flat: readonly string[]): Map<string, string> {
  const map = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) map.set(flat[i] as string, flat[i + 1] as string);
  return map;
}

export function positionOf(meta: ReadonlyMap<string, string>): Position {
  const prefixed = (prefix: string) =>
    [...meta]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value] as const);
  const id = meta.get('id');
  return {
    offset: Number(meta.get('offset') ?? 0),
    last: id === undefined ? null : { id, time: Number(meta.get('time')) },
    watermarks: new Map(prefixed('w:')),
    produced: new Map(prefixed('p:').map(([target, offset]) => [target, Number(offset)])),
    skips: new Map(prefixed('s:').map(([offset, skipped]) => [Number(offset), skipped])),
  };
}

function windowFrom(flat: readonly string[]): IdWindow {
  const fields = pairs(flat);
  const next = Number(fields.get('next') ?? 0);
  fields.delete('next');
  return windowOf(
    next,
    [...fields].map(([slot, value]) => [Number(slot), value] as const),
  );
}
