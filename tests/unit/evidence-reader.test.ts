// What is kept of a user between two feeds: only what is new is read, and whatever has become of Redis, it equals a fresh reading.
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { type History, initialState, evolve as remember } from '../../processors/history/domain.ts';
import { stateKey, writeKey } from '../../processors/runtime/keys.ts';
import { EvidenceReader } from '../../projections/evidence-reader.ts';
import { recentField, recentHash } from '../../projections/history.ts';
import { historyTag } from '../../projections/viewer-evidence.ts';
import type { UserActivity } from '../../schemas/generated.ts';

const userId = 'u';

/** Hashes in memory that count what is asked of them, and the history's commits into them. */
class Store {
  readonly hashes = new Map<string, Map<string, string>>();
  generation = 1;
  asked: string[] = [];
  #state: History = initialState();
  #offset = 0;
  #log = 'a';

  readonly place = { namespace: '', generations: { live: () => this.generation, onChange: () => {} } };

  readonly redis = {
    hget: async (key: string, field: string) => {
      this.asked.push('state');
      return this.hashes.get(key)?.get(field) ?? null;
    },
    hmget: async (key: string, ...fields: string[]) => {
      this.asked.push(`slots ${fields.length}`);
      await this.between();
      return fields.map((field) => this.hashes.get(key)?.get(field) ?? null);
    },
    hgetall: async (key: string) => {
      this.asked.push('all');
      await this.between();
      return Object.fromEntries(this.hashes.get(key) ?? []);
    },
  } as unknown as Redis;

  /** What happens between the reading of the state and that of the ring. */
  between: () => void | Promise<void> = () => {};

  act(action: string, videoId: string | null = null, times = 1): void {
    for (let n = 0; n < times; n++) {
      const offset = this.#offset++;
      const at = { topic: 'user_activity', partition: 0, offset, now: offset } as const;
      const event = { eventId: `${this.#log}${offset}`, userId, action, videoId, creatorId: 'c', watchDurationMs: 1 };
      const given = { ...event, occurredAt: 0, reason: null, targetUserId: 'x' } as unknown as UserActivity;
      this.#state = remember(this.#state, given, at);
      this.set(stateKey(this.tag), userId, JSON.stringify(this.#state));
      for (const write of recentField(this.#state, given, at))
        if (write.kind === 'field') this.set(writeKey(this.tag, recentHash(userId)), write.field, write.value ?? '');
    }
  }

  get tag() {
    return historyTag(this.place, userId);
  }

  set(key: string, field: string, value: string): void {
    const hash = this.hashes.get(key) ?? new Map<string, string>();
    this.hashes.set(key, hash.set(field, value));
  }

  copy(): () => void {
    const [hashes, state, offset] = [structuredClone(this.hashes), this.#state, this.#offset];
    return () => {
      this.hashes.clear();
      for (const [key, hash] of hashes) this.hashes.set(key, new Map(hash));
      [this.#state, this.#offset] = [state, offset];
    };
  }

  /** Everything is gone, the log too; another one begins. */
  wipe(): void {
    this.hashes.clear();
    [this.#state, this.#offset, this.#log] = [initialState(), 0, 'b'];
  }
}

/** The reading equals that of somebody who knows nothing. */
async function expectFresh(store: Store, reader: EvidenceReader): Promise<void> {
  const [known, fresh] = [await reader.read(userId), await new EvidenceReader(store.redis, store.place).read(userId)];
  expect(known.history).toEqual(fresh.history);
  expect(known.interactions).toEqual(fresh.interactions);
  expect([...(known.memory?.byVideo ?? [])]).toEqual([...(fresh.memory?.byVideo ?? [])]);
  expect(known.memory?.unwanted).toEqual(fresh.memory?.unwanted);
  expect(known.memory?.pointed).toEqual(fresh.memory?.pointed);
}

async function read(count = 30) {
  const store = new Store();
  for (let n = 0; n < count; n++) store.act(n % 7 === 3 ? 'not_interested' : 'view', `v${n % 20}`);
  const reader = new EvidenceReader(store.redis, store.place);
  await reader.read(userId);
  store.asked = [];
  return { store, reader };
}

describe('a user who is known', () => {
  it('costs the state alone while nothing changes, and the new slots alone after', async () => {
    const { store, reader } = await read();
    await reader.read(userId);
    expect(store.asked).toEqual(['state']);
    store.act('like', 'new');
    store.act('follow');
    const { interactions } = await reader.read(userId);
    expect(store.asked).toEqual(['state', 'state', 'slots 2']);
    expect(interactions).toHaveLength(31);
    await expectFresh(store, reader);
  });

  it('of whom a commit was told costs one question with the state', async () => {
    const { store, reader } = await read();
    store.act('like', 'new');
    reader.outdate(userId);
    expect((await reader.read(userId)).interactions).toHaveLength(31);
    expect(store.asked).toEqual(['state', 'slots 3']);
    await expectFresh(store, reader);
    expect((await reader.read(userId)).interactions).toHaveLength(31);
  });

  it.each([0, 1, 2, 3, 40])('of whom a commit was told is read whole with %i new ones', async (count) => {
    const { store, reader } = await read();
    store.act('like', 'new', count);
    reader.outdate(userId);
    await expectFresh(store, reader);
    store.act('view', 'other');
    reader.outdate(userId);
    // Of two at once one alone has been told.
    await Promise.all([expectFresh(store, reader), expectFresh(store, reader)]);
  });

  it('of whom a commit was told is read anew in another log, and where the ring has come round', async () => {
    const { store, reader } = await read();
    store.wipe();
    store.act('view', 'other', 40);
    reader.outdate(userId);
    await expectFresh(store, reader);
    store.act('view', 'other', 4_096);
    await expectFresh(store, reader);
    store.act('like', 'new');
    reader.outdate(userId);
    await expectFresh(store, reader);
  });

  it('a follow alone changes what is known of the follows', async () => {
    const { store, reader } = await read();
    store.act('follow');
    expect((await reader.read(userId)).history?.follows).toHaveLength(1);
    await expectFresh(store, reader);
  });

  it('costs no more for an exposure to an experiment, which is no event of theirs', async () => {
    const { store, reader } = await read();
    store.act('exposed');
    await reader.read(userId);
    expect(store.asked).toEqual(['state', 'slots 1']);
    await expectFresh(store, reader);
  });

  it('forgets what the ring has lost, and nothing else', async () => {
    const { store, reader } = await read(4_090);
    for (let round = 0; round < 10; round++) {
      store.act('like', `late${round}`, 3);
      await expectFresh(store, reader);
    }
    expect((await reader.read(userId)).interactions).toHaveLength(4_096);
    store.asked = [];
    store.act('view', 'last');
    await reader.read(userId);
    expect(store.asked).toEqual(['state', 'slots 2']);
  });

  it('is read whole after a long absence', async () => {
    const { store, reader } = await read();
    store.act('view', 'v', 2_000);
    await reader.read(userId);
    expect(store.asked).toEqual(['state', 'all']);
    await expectFresh(store, reader);
  });

  it('is nobody once all is gone, and another when another log begins', async () => {
    const { store, reader } = await read();
    store.wipe();
    expect((await reader.read(userId)).interactions).toEqual([]);
    await expectFresh(store, reader);
    const again = await read();
    again.store.wipe();
    again.store.act('like', 'else', 40);
    await expectFresh(again.store, again.reader);
    expect((await again.reader.read(userId)).interactions).toHaveLength(40);
  });

  it('goes back with Redis, and forward again', async () => {
    const { store, reader } = await read();
    const goBack = store.copy();
    store.act('like', 'lost', 5);
    await reader.read(userId);
    goBack();
    await expectFresh(store, reader);
    store.act('like', 'lost', 5);
    await expectFresh(store, reader);
    goBack();
    store.act('view', 'other', 9);
    await expectFresh(store, reader);
  });

  it('is read anew in another generation', async () => {
    const { store, reader } = await read();
    store.generation = 2;
    expect((await reader.read(userId)).interactions).toEqual([]);
    store.act('like', 'x');
    await expectFresh(store, reader);
    const other = await read();
    const state = other.store.hashes.get(stateKey(other.store.tag))?.get(userId) ?? '';
    other.store.generation = 2;
    other.store.set(stateKey(other.store.tag), userId, state);
    expect((await other.reader.read(userId)).interactions).toEqual([]);
  });

  it('is not taken for complete where a commit falls into the first reading of a full ring', async () => {
    const { store } = await read(4_100);
    const reader = new EvidenceReader(store.redis, store.place);
    store.between = () => store.act('like', 'between');
    await reader.read(userId);
    store.between = () => {};
    await expectFresh(store, reader);
  });

  it('has no holes and no repeats where a commit falls between the two readings', async () => {
    const { store, reader } = await read();
    let turns = 0;
    store.between = () => {
      if (turns++ < 4) store.act('like', `between${turns}`);
    };
    store.act('like', 'first');
    await Promise.all([reader.read(userId), reader.read(userId), reader.read(userId)]);
    store.between = () => {};
    await expectFresh(store, reader);
  });

  it('is read whole every time under the rules before, whose ring nobody counted', async () => {
    const { store, reader } = await read();
    const state = JSON.parse(store.hashes.get(stateKey(store.tag))?.get(userId) ?? '{}');
    const { interactions: _, blocks: _b, reports: _r, ...before } = state;
    store.set(stateKey(store.tag), userId, JSON.stringify(before));
    for (let turn = 0; turn < 2; turn++) {
      store.asked = [];
      const evidence = await reader.read(userId);
      expect(store.asked).toEqual(['state', 'all']);
      expect([evidence.interactions.length, evidence.history?.blocks]).toEqual([30, []]);
    }
  });
});
