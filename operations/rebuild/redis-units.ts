// Reads what two generations of a processor keep in Redis, all of it or given units: positions, states, id windows, fields and boards.
import type { Redis } from 'ioredis';
import { windowMs, windowOf } from '../../processors/runtime/id-window.ts';
import { generationPrefix } from '../../processors/runtime/keys.ts';
import type { OnUnit, RedisUnit } from './units.ts';

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

export class RedisUnits {
  readonly #redis: Redis;
  readonly #live: KeysOf;
  readonly #shadow: KeysOf;

  constructor(redis: Redis, live: KeysOf, shadow: KeysOf) {
    this.#redis = redis;
    this.#live = live;
    this.#shadow = shadow;
  }

  /** Every unit of either side, now and then one twice; one that changes meanwhile may be told in either version. */
  async all(onUnit: OnUnit): Promise<void> {
    for await (const names of namesOf(this.#redis, this.#live))
      await Promise.all(names.map((name) => this.#whole(name, onUnit)));
    for await (const names of namesOf(this.#redis, this.#shadow)) {
      const inLive = await Promise.all(names.map((name) => this.#redis.exists(this.#keys(name)[0])));
      await Promise.all(names.filter((_, i) => inLive[i] === 0).map((name) => this.#whole(name, onUnit)));
    }
  }

  async some(units: readonly RedisUnit[], onUnit: OnUnit): Promise<void> {
    for (let i = 0; i < units.length; i += keysAtOnce) {
      const some = units.slice(i, i + keysAtOnce);
      await Promise.all(
        some.map((unit) =>
          unit.field === null ? this.#whole(unit.name, onUnit) : this.#field(unit, unit.field, onUnit),
        ),
      );
    }
  }

  async #field(unit: RedisUnit, field: string, onUnit: OnUnit): Promise<void> {
    const of = (key: string) => (unit.isScore ? this.#redis.zscore(key, field) : this.#redis.hget(key, field));
    const [live, shadow] = await Promise.all(this.#keys(unit.name).map(of));
    if (kindOf(unit.name) === 'memos' && live !== shadow && (await this.#mayBeForgotten(unit.name, field))) return;
    onUnit(unit, scoreOr(unit, live ?? null), scoreOr(unit, shadow ?? null));
  }

  async #whole(name: string, onUnit: OnUnit): Promise<void> {
    const kind = kindOf(name);
    if (kind === 'ids-by-time' || kind === 'memos-by-time') return;
    if (kind.startsWith('ids:')) await this.#window(name, onUnit);
    else await this.#fields(name, (await this.#isBoard(name)) ? 'zscan' : 'hscan', onUnit);
  }

  async #isBoard(name: string): Promise<boolean> {
    const [live, shadow] = this.#keys(name);
    const types = await Promise.all([this.#redis.type(live), this.#redis.type(shadow)]);
    return types.includes('zset');
  }

  /** Fields of a hash or members of a board: live's with the shadow's, then those that the shadow alone has. */
  async #fields(name: string, command: 'hscan' | 'zscan', onUnit: OnUnit): Promise<void> {
    const leftOut = kindOf(name) === 'meta' ? isOwn : () => false;
    const [live, shadow] = this.#keys(name);
    const others = (key: string, fields: string[]) =>
      command === 'hscan' ? this.#redis.hmget(key, ...fields) : this.#redis.zmscore(key, ...fields);
    for (const [mine, other, isLive] of [
      [live, shadow, true],
      [shadow, live, false],
    ] as const) {
      for await (const pairs of this.#chunks(command, mine)) {
        const found = await others(
          other,
          pairs.map(([field]) => field),
        );
        const forgotten = kindOf(name) === 'memos' ? await this.#forgotten(name, pairs, found) : new Set<string>();
        pairs.forEach(([field, value], i) => {
          if (leftOut(field) || forgotten.has(field)) return;
          const theirs = found[i] ?? null;
          const unit: RedisUnit = { kind: 'redis', name, field, isScore: command === 'zscan' };
          if (isLive) onUnit(unit, scoreOr(unit, value), scoreOr(unit, theirs));
          else if (theirs === null) onUnit(unit, null, scoreOr(unit, value));
        });
      }
    }
  }

  /** Those of one side's memos that the other has not, or not so, and may have forgotten. */
  async #forgotten(
    name: string,
    pairs: readonly (readonly [string, string])[],
    found: readonly (string | null)[],
  ): Promise<ReadonlySet<string>> {
    const differing = pairs.flatMap(([field, value], i) => (found[i] === value ? [] : [field]));
    const verdicts = await Promise.all(differing.map((field) => this.#mayBeForgotten(name, field)));
    return new Set(differing.filter((_, i) => verdicts[i]));
  }

  /** A memo is forgotten with the first commit after its time that touches memos, which depends on the batches. */
  async #mayBeForgotten(name: string, field: string): Promise<boolean> {
    const byTime = name.replace(/memos$/, 'memos-by-time');
    const [time, ...untils] = await Promise.all([
      this.#redis.hget(generationPrefix(this.#live) + metaOf(name), 'time'),
      ...this.#keys(byTime).map((key) => this.#redis.zscore(key, field)),
    ]);
    return untils.some((until) => until !== null && Number(until) <= Number(time ?? 0));
  }

  /** Ids older than a day say nothing any more, and when a window of such ids goes depends on the batches. */
  async #window(name: string, onUnit: OnUnit): Promise<void> {
    const [live, shadow] = this.#keys(name);
    const [time, ofLive, ofShadow] = await Promise.all([
      this.#redis.hget(generationPrefix(this.#live) + metaOf(name), 'time'),
      this.#redis.hgetall(live),
      this.#redis.hgetall(shadow),
    ]);
    const from = Number(time ?? 0) - windowMs;
    onUnit({ kind: 'redis', name, field: null }, youngIds(ofLive, from), youngIds(ofShadow, from));
  }

  async *#chunks(command: 'hscan' | 'zscan', key: string): AsyncGenerator<(readonly [string, string])[]> {
    let cursor = '0';
    do {
      const [next, flat] = await this.#redis[command](key, cursor, 'COUNT', scanCount);
      cursor = next;
      const pairs: (readonly [string, string])[] = [];
      for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string]);
      if (pairs.length > 0) yield pairs;
    } while (cursor !== '0');
  }

  #keys(name: string): [live: string, shadow: string] {
    return [generationPrefix(this.#live) + name, generationPrefix(this.#shadow) + name];
  }
}

/** Commands and versions of Redis write the same number in different ways. */
const scoreOr = ({ isScore }: RedisUnit, value: string | null) =>
  isScore && value !== null ? String(Number(value)) : value;

function youngIds({ next = '0', ...slots }: Record<string, string>, from: number): string | null {
  const window = windowOf(
    Number(next),
    Object.entries(slots).map(([slot, value]) => [Number(slot), value] as const),
  );
  const ids = [...window.times].filter(([, time]) => time > from);
  return ids.length === 0 ? null : JSON.stringify(ids.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Deletes all that a generation of a processor keeps. */
export async function forgetKeys(redis: Redis, of: KeysOf): Promise<void> {
  const prefix = generationPrefix(of);
  for await (const names of namesOf(redis, of))
    if (names.length > 0) await redis.unlink(...names.map((name) => prefix + name));
}
