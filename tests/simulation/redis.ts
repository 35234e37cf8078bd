// Redis in memory: the steps of the runner's scripts on immutable versions of a partition, which can be rolled back or flushed.
import { windowMs, windowOf } from '../../processors/runtime/id-window.ts';
import type { Changes, Fence, Found, IdWindow, MemoChange, Position, Wanted } from '../../processors/runtime/ports.ts';
import type { Guards } from './guards.ts';

type Ring = { readonly next: number; readonly slots: ReadonlyMap<number, string>; readonly at: number };

export type Kept = Position & {
  readonly token: number;
  readonly states: ReadonlyMap<string, string>;
  readonly rings: ReadonlyMap<string, Ring>;
  readonly fields: ReadonlyMap<string, string>;
  readonly scores: ReadonlyMap<string, number>;
  readonly memos: ReadonlyMap<string, MemoChange>;
};

/** A key that does not exist: no token is its own. */
const missing: Kept = {
  token: Number.NEGATIVE_INFINITY,
  offset: 0,
  last: null,
  watermarks: new Map(),
  produced: new Map(),
  skips: new Map(),
  states: new Map(),
  rings: new Map(),
  fields: new Map(),
  scores: new Map(),
  memos: new Map(),
};

const versionsMax = 12;

export class RedisTags {
  readonly #guards: Guards;
  readonly #versions = new Map<string, { at: number; kept: Kept }[]>();
  /** The step of the simulation, by which all tags can be rolled back to one moment. */
  step = 0;

  constructor(guards: Guards) {
    this.#guards = guards;
  }

  get(tag: string): Kept {
    return this.#versions.get(tag)?.at(-1)?.kept ?? missing;
  }

  /** Takes the tag for a larger token than the one that holds it. */
  acquire(tag: string, token: number): Position | 'refused' {
    const held = this.get(tag);
    if (held.token >= token) return 'refused';
    this.#put(tag, { ...held, token });
    return held;
  }

  resume(tag: string, token: number): Position | 'lost' {
    const held = this.get(tag);
    return held.token === token ? held : 'lost';
  }

  read(tag: string, fence: Fence, { keys, withIds, memos = [] }: Wanted): Found | 'lost' {
    const held = this.get(tag);
    if (this.#guards.fencedReads && !this.#holds(held, fence)) return 'lost';
    return {
      states: keys.map((key) => ({
        state: held.states.get(key) ?? null,
        ids: withIds ? windowFrom(held.rings.get(key)) : null,
      })),
      memos: memos.map((key) => held.memos.get(key)?.value ?? null),
    };
  }

  commit(tag: string, fence: Fence, changes: Changes): 'ok' | 'lost' {
    const held = this.get(tag);
    if (!this.#holds(held, fence)) return 'lost';
    this.#put(tag, { ...committed(held, changes), offset: changes.next, last: changes.last });
    return 'ok';
  }

  /** The first half of a commit that is not atomic. */
  commitStates(tag: string, fence: Fence, changes: Changes): 'ok' | 'lost' {
    const held = this.get(tag);
    if (!this.#holds(held, fence)) return 'lost';
    this.#put(tag, committed(held, changes));
    return 'ok';
  }

  /** Its second half. */
  commitOffset(tag: string, fence: Fence, changes: Changes): 'ok' | 'lost' {
    const held = this.get(tag);
    if (!this.#holds(held, fence)) return 'lost';
    this.#put(tag, { ...held, offset: changes.next, last: changes.last });
    return 'ok';
  }

  /** Loses a tag's last commits, as a failover to a replica does. */
  rollBack(tag: string, versions: number): void {
    this.#versions.get(tag)?.splice(-versions);
  }

  /** Loses what every tag has been given since a step. */
  rollBackTo(step: number): void {
    for (const versions of this.#versions.values()) while ((versions.at(-1)?.at ?? step) > step) versions.pop();
  }

  flush(): void {
    this.#versions.clear();
  }

  #holds(held: Kept, { token, offset }: Fence): boolean {
    return held.token === token && (held.offset === offset || !this.#guards.offsetCompare);
  }

  #put(tag: string, kept: Kept): void {
    const versions = this.#versions.get(tag) ?? [];
    this.#versions.set(tag, versions);
    versions.push({ at: this.step, kept });
    if (versions.length > versionsMax) versions.shift();
  }
}

function committed(held: Kept, changes: Changes): Kept {
  const fields = new Map(held.fields);
  for (const [hash, values] of changes.fields)
    for (const [field, value] of values) setOrDelete(fields, `${hash} ${field}`, value);
  const scores = new Map(held.scores);
  for (const board of changes.drops)
    for (const name of held.scores.keys()) if (name.startsWith(`${board} `)) scores.delete(name);
  for (const [board, values] of changes.scores)
    for (const [member, score] of values) setOrDelete(scores, `${board} ${member}`, score);
  for (const [board, sums] of changes.increments)
    for (const [member, sum] of sums) scores.set(`${board} ${member}`, (scores.get(`${board} ${member}`) ?? 0) + sum);
  const skips = new Map(held.skips);
  for (const [offset, id] of changes.skips) setOrDelete(skips, offset, id);
  return {
    ...held,
    states: new Map([...held.states, ...changes.states]),
    rings: ringsAfter(held.rings, changes),
    watermarks: new Map([...held.watermarks, ...changes.watermarks]),
    produced: new Map([...held.produced, ...changes.produced]),
    fields,
    scores,
    skips,
    memos: memosAfter(held.memos, changes),
  };
}

function memosAfter(before: Kept['memos'], { memos, last }: Changes): Kept['memos'] {
  if (memos.size === 0) return before;
  const kept = new Map([...before, ...memos]);
  for (const [key, { value, until }] of kept) if (value === null || (until ?? Infinity) <= last.time) kept.delete(key);
  return kept;
}

function ringsAfter(before: Kept['rings'], { ids, last }: Changes): Kept['rings'] {
  if (ids.size === 0) return before;
  const rings = new Map(before);
  for (const [key, { next, slots, at }] of ids) {
    const ring = new Map(rings.get(key)?.slots);
    for (const [slot, value] of slots) setOrDelete(ring, slot, value);
    rings.set(key, { next, slots: ring, at });
  }
  for (const [key, { at }] of rings) if (at < last.time - windowMs) rings.delete(key);
  return rings;
}

const windowFrom = (ring: Ring | undefined): IdWindow => windowOf(ring?.next ?? 0, ring?.slots ?? []);

function setOrDelete<K, V>(map: Map<K, V>, key: K, value: V | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}
