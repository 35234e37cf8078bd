// The state store on Redis: one hash tag per partition, every step one atomic script.
import type { Redis } from 'ioredis';
import { CommitOperations } from './commit-operations.ts';
import { windowMs, windowOf } from './id-window.ts';
import {
  idsByTimeKey,
  idsKey,
  memosByTimeKey,
  memosKey,
  metaKey,
  type PartitionTag,
  partitionPrefix,
  pushChannel,
  stateKey,
  within,
} from './keys.ts';
import type { Changes, Fence, Found, IdWindow, Position, Positions, StateStore, Told, Wanted } from './ports.ts';
import { acquireScript, commitScript, readScript, resumeScript } from './redis-scripts.ts';

type Scripts = {
  acquirePartition(...args: (string | number)[]): Promise<string[]>;
  resumePartition(...args: (string | number)[]): Promise<string[] | null>;
  readStates(...args: (string | number)[]): Promise<[(string | null)[], (string | null)[], ...string[][]] | null>;
  commitChanges(...args: (string | number | Buffer)[]): Promise<1 | null>;
};

export class RedisStateStore implements StateStore, Positions {
  readonly #redis: Redis & Scripts;
  readonly #of: Omit<PartitionTag, 'partition'>;

  constructor(redis: Redis, of: Omit<PartitionTag, 'partition'>) {
    redis.defineCommand('acquirePartition', { lua: acquireScript, numberOfKeys: 1 });
    redis.defineCommand('resumePartition', { lua: resumeScript, numberOfKeys: 1 });
    redis.defineCommand('readStates', { lua: readScript });
    redis.defineCommand('commitChanges', { lua: commitScript, numberOfKeys: 4 });
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
    const commit = operationsOf(changes);
    const keys = [metaKey(tag), idsByTimeKey(tag), memosKey(tag), memosByTimeKey(tag)];
    const sweepBefore = changes.ids.size > 0 ? changes.last.time - windowMs : '';
    const forgetAt = changes.memos.size > 0 ? changes.last.time : '';
    const { namespace, generation, processor } = tag;
    // As bytes, for the client measures the length of a text twice before it copies it.
    const push = told
      ? [pushChannel(namespace, generation, processor), Buffer.from(pushOf(tag, fence.offset, { changes, told }))]
      : ['', ''];
    const reply = await this.#redis.commitChanges(
      ...keys,
      ...[fence.token, fence.offset, partitionPrefix(tag), commit.bytes, sweepBefore, forgetAt, ...push],
    );
    return reply === 1 ? 'ok' : 'lost';
  }

  #tag(partition: number): PartitionTag {
    return { ...this.#of, partition };
  }
}

function operationsOf(changes: Changes): CommitOperations {
  const commit = new CommitOperations();
  commit.list('HSET', within.meta, metaFields(changes));
  const mended = [...changes.skips].filter(([, id]) => id === null).map(([offset]) => `s:${offset}`);
  commit.list('HDEL', within.meta, mended);
  commit.list('HSET', within.state, flat(changes.states));
  for (const [hash, fields] of changes.fields) commit.fields(within.write(hash), fields);
  for (const board of changes.drops) commit.command('DEL', within.write(board));
  commit.memos(within.memos, within.memosByTime, changes.memos);
  for (const [board, scores] of changes.scores) commit.scores(within.write(board), scores, changes.boardLimit);
  for (const [board, sums] of changes.increments) commit.increments(within.write(board), sums);
  const lastIdAt: string[] = [];
  for (const [key, { next, slots, at }] of changes.ids) {
    commit.fields(within.ids(key), slots, ['next', String(next)]);
    lastIdAt.push(String(at), key);
  }
  commit.list('ZADD', within.idsByTime, lastIdAt);
  return commit;
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
