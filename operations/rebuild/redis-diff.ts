// Compares all that two generations of a processor keep in Redis: positions, states, id windows, fields and boards.
import type { Redis } from 'ioredis';
import { windowMs, windowOf } from '../../processors/runtime/id-window.ts';
import { generationPrefix } from '../../processors/runtime/keys.ts';
import type { Differences } from './differences.ts';

/** A processor's keys in one generation. */
export type KeysOf = { readonly namespace: string; readonly generation: number; readonly processor: string };

const scanCount = 1_000;
const keysAtOnce = 200;
/** What a generation has of its own: whose it is, and where it produced. */
const isOwn = (field: string) => field === 'token' || field === 'build' || field.startsWith('p:');

/** Names of keys after the generation's prefix, as in "{history:user_activity:3}:w:recent:u1", a batch at a time. */
async function* namesOf(redis: Redis, of: KeysOf): AsyncGenerator<string[]> {
  const prefix = generationPrefix(of);
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}{${of.processor}:*`, 'COUNT', scanCount);
    cursor = next;
    const names = keys.map((key) => key.slice(prefix.length));
    for (let i = 0; i < names.length; i += keysAtOnce) yield names.slice(i, i + keysAtOnce);
  } while (cursor !== '0');
}

const kindOf = (name: string) => name.slice(name.indexOf('}:') + 2);
const metaOf = (name: string) => `${name.slice(0, name.indexOf('}:'))}}:meta`;

/** While nobody folds into either. */
export async function compareRedis(redis: Redis, live: KeysOf, shadow: KeysOf, into: Differences): Promise<void> {
  const [ofLive, ofShadow] = [generationPrefix(live), generationPrefix(shadow)];
  const compare = async (name: string) => {
    const kind = kindOf(name);
    const keys = [ofLive + name, ofShadow + name] as const;
    if (kind === 'ids-by-time') return;
    if (kind.startsWith('ids:')) {
      const time = await redis.hget(ofLive + metaOf(name), 'time');
      await compareWindows(redis, keys, Number(time ?? 0) - windowMs, into);
    } else if ((await typeOf(redis, keys)) === 'zset') await compareBoards(redis, keys, into);
    else await compareHashes(redis, keys, kind === 'meta' ? isOwn : () => false, into);
  };
  // A scan may name a key twice.
  const seen = new Set<string>();
  const unseen = (name: string) => !seen.has(name) && seen.add(name);
  for await (const names of namesOf(redis, live)) await Promise.all(names.filter(unseen).map(compare));
  for await (const names of namesOf(redis, shadow)) await Promise.all(names.filter(unseen).map(compare));
}

type Keys = readonly [live: string, shadow: string];

async function typeOf(redis: Redis, [live, shadow]: Keys): Promise<string> {
  const type = await redis.type(live);
  return type === 'none' ? redis.type(shadow) : type;
}

async function compareHashes(
  redis: Redis,
  [live, shadow]: Keys,
  leftOut: (field: string) => boolean,
  into: Differences,
) {
  let found = 0;
  for await (const fields of chunks(redis, 'hscan', live)) {
    const others = await redis.hmget(shadow, ...fields.map(([field]) => field));
    fields.forEach(([field, value], i) => {
      const other = others[i] ?? null;
      if (other !== null) found += 1;
      if (!leftOut(field)) into.compare(() => `${live} ${field}`, value, other);
    });
  }
  if ((await redis.hlen(shadow)) === found) return;
  for await (const fields of chunks(redis, 'hscan', shadow)) {
    const others = await redis.hmget(live, ...fields.map(([field]) => field));
    fields.forEach(([field, value], i) => {
      if (others[i] == null && !leftOut(field)) into.compare(() => `${live} ${field}`, null, value);
    });
  }
}

async function compareBoards(redis: Redis, [live, shadow]: Keys, into: Differences): Promise<void> {
  let found = 0;
  for await (const members of chunks(redis, 'zscan', live)) {
    const others = await redis.zmscore(shadow, ...members.map(([member]) => member));
    members.forEach(([member, score], i) => {
      const other = others[i] ?? null;
      if (other !== null) found += 1;
      into.compare(() => `${live} ${member}`, score, other);
    });
  }
  if ((await redis.zcard(shadow)) === found) return;
  for await (const members of chunks(redis, 'zscan', shadow)) {
    const others = await redis.zmscore(live, ...members.map(([member]) => member));
    members.forEach(([member, score], i) => {
      if (others[i] == null) into.compare(() => `${live} ${member}`, null, score);
    });
  }
}

/** Ids older than a day say nothing any more, and when a window of such ids goes depends on the batches. */
async function compareWindows(redis: Redis, [live, shadow]: Keys, idsFrom: number, into: Differences): Promise<void> {
  const young = async (key: string) => {
    const { next = '0', ...slots } = await redis.hgetall(key);
    const window = windowOf(
      Number(next),
      Object.entries(slots).map(([slot, value]) => [Number(slot), value] as const),
    );
    const ids = [...window.times].filter(([, time]) => time > idsFrom);
    return ids.length === 0 ? null : JSON.stringify(ids.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const [ofLive, ofShadow] = await Promise.all([young(live), young(shadow)]);
  into.compare(() => live, ofLive, ofShadow);
}

type Pair = readonly [name: string, value: string];

async function* chunks(redis: Redis, command: 'hscan' | 'zscan', key: string): AsyncGenerator<Pair[]> {
  let cursor = '0';
  do {
    const [next, flat] = await redis[command](key, cursor, 'COUNT', scanCount);
    cursor = next;
    const pairs: Pair[] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string]);
    if (pairs.length > 0) yield pairs;
  } while (cursor !== '0');
}

/** Deletes all that a generation of a processor keeps. */
export async function forgetKeys(redis: Redis, of: KeysOf): Promise<void> {
  const prefix = generationPrefix(of);
  for await (const names of namesOf(redis, of))
    if (names.length > 0) await redis.unlink(...names.map((name) => prefix + name));
}
