// The copy of a processor's states in an instance: it follows pushes, notices what it missed, and lives through outages.
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../infra/config.ts';
import { partitionOf } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import {
  firstGeneration,
  firstGenerations,
  type LiveGenerations,
  metaKey,
  pushChannel,
  stateKey,
} from '../../processors/runtime/keys.ts';
import { PushChannels } from '../../projections/push-channels.ts';
import { Replica } from '../../projections/replica.ts';
import { RedisDoor } from '../redis-door.ts';

type State = { n: number };

const config = readConfig();
const log = createLog('test', 'silent');
const processor = 'feed';
const topic = 'video_uploads';
const within = { timeout: 5_000, interval: 5 };

let redis: Redis;
let namespace = '';
const opened: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  redis = createRedis(config, log, { name: 'test' });
  await connectRedis(redis);
});
afterAll(() => redis.disconnect());
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  for await (const keys of redis.scanStream({ match: `${namespace}*` })) if (keys.length > 0) await redis.unlink(keys);
});

/** What the runner does in a commit: states and offset at once, then the push, unless it is lost. */
async function commit(
  states: Record<string, State>,
  { from, to, pushed = true }: { from: number; to: number; pushed?: boolean },
) {
  for (let partition = 0; partition < 8; partition++) {
    const pairs = Object.entries(states).filter(([key]) => partitionOf(key, 8) === partition);
    if (pairs.length === 0) continue;
    const tag = { namespace, generation: firstGeneration, processor, topic, partition } as const;
    const commands = redis.multi().hset(metaKey(tag), 'offset', to);
    for (const [key, state] of pairs) commands.hset(stateKey(tag), key, JSON.stringify(state));
    await commands.exec();
    const push = { partition, from, to, states: Object.fromEntries(pairs) };
    if (pushed) await redis.publish(pushChannel(namespace, firstGeneration, processor), JSON.stringify(push));
  }
}

async function replica(
  url = config.redis.url,
  generations: LiveGenerations = firstGenerations,
): Promise<Replica<State>> {
  const own = createRedis({ ...config, redis: { url } }, log, { name: 'test' });
  own.connect().catch(() => undefined);
  if (url === config.redis.url) await connectRedis(own);
  const channels = new PushChannels(own, log);
  const copy = new Replica<State>({
    redis: own,
    channels,
    namespace,
    generations,
    log,
    processor,
    topic,
  });
  opened.push(
    () => own.disconnect(),
    () => channels.stop(),
    () => copy.stop(),
  );
  await channels.start();
  await copy.start();
  return copy;
}

const partition = partitionOf('a', 8);

describe('a replica', () => {
  it('loads what is there, then follows the pushes and tells of each change', async () => {
    namespace = `t${randomBytes(4).toString('hex')}_`;
    await commit({ a: { n: 1 }, b: { n: 1 } }, { from: 0, to: 3 });
    const copy = await replica();
    const told: unknown[] = [];
    copy.onChange((key, state, at) => told.push([key, state, at]));
    expect([copy.get('a'), copy.size, copy.offsetOf(partition)]).toEqual([{ n: 1 }, 2, 3]);
    expect([copy.caughtUp(partition, 2), copy.caughtUp(partition, 3)]).toEqual([true, false]);
    await commit({ a: { n: 2 } }, { from: 3, to: 5 });
    await vi.waitFor(() => expect(copy.get('a')).toEqual({ n: 2 }), within);
    expect(told).toEqual([['a', { n: 2 }, partition]]);
    expect(new Map(copy.entries())).toEqual(
      new Map([
        ['a', { n: 2 }],
        ['b', { n: 1 }],
      ]),
    );
  });

  it('loads again when a push is missing between two', async () => {
    namespace = `t${randomBytes(4).toString('hex')}_`;
    await commit({ a: { n: 1 } }, { from: 0, to: 1 });
    const copy = await replica();
    await commit({ a: { n: 2 } }, { from: 1, to: 2, pushed: false });
    await commit({ a: { n: 3 } }, { from: 2, to: 3 });
    await vi.waitFor(() => expect([copy.get('a'), copy.offsetOf(partition)]).toEqual([{ n: 3 }, 3]), within);
  });

  it('notices a lost push, a Redis that went back, and one that lost all', async () => {
    namespace = `t${randomBytes(4).toString('hex')}_`;
    await commit({ a: { n: 1 } }, { from: 0, to: 1 });
    const copy = await replica();
    const gone: string[] = [];
    copy.onChange((key, state) => void (state === null && gone.push(key)));
    await commit({ a: { n: 2 } }, { from: 1, to: 2, pushed: false });
    await vi.waitFor(() => expect(copy.get('a')).toEqual({ n: 2 }), within);
    await commit({ a: { n: 1 } }, { from: 0, to: 1, pushed: false });
    await vi.waitFor(() => expect([copy.get('a'), copy.offsetOf(partition)]).toEqual([{ n: 1 }, 1]), within);
    const tag = { namespace, generation: firstGeneration, processor, topic, partition } as const;
    await redis.unlink(metaKey(tag), stateKey(tag));
    await vi.waitFor(() => expect([copy.size, gone]).toEqual([0, ['a']]), within);
  });

  it('turns to the generation that is live, however often that fails, and never mixes two', async () => {
    namespace = `t${randomBytes(4).toString('hex')}_`;
    await commit({ a: { n: 1 }, b: { n: 1 } }, { from: 0, to: 5 });
    let live = firstGeneration;
    let changed = (_slug: string) => {};
    const generations = {
      live: () => live,
      onChange: (listener: typeof changed) => {
        changed = listener;
      },
    };
    const copy = await replica(config.redis.url, generations);
    const tag = { namespace, generation: 2, processor, topic, partition } as const;
    // Not what a state is: the copy cannot be loaded before that is mended.
    await redis.hset(stateKey(tag), 'a', 'no state');
    await redis.hset(metaKey(tag), 'offset', 5);
    live = 2;
    changed(processor);
    const push = { partition, from: 5, to: 6, states: { a: { n: 9 } } };
    await vi.waitFor(
      async () => expect(await redis.publish(pushChannel(namespace, 2, processor), JSON.stringify(push))).toBe(1),
      within,
    );
    expect([copy.get('a'), copy.get('b')]).toEqual([{ n: 1 }, { n: 1 }]);
    await redis.hset(stateKey(tag), 'a', '{"n":9}');
    await redis.hset(metaKey(tag), 'offset', 6);
    await vi.waitFor(
      () => expect([copy.get('a'), copy.get('b'), copy.offsetOf(partition)]).toEqual([{ n: 9 }, undefined, 6]),
      within,
    );
  });

  it('serves what it has while Redis is away, and catches up after', async () => {
    namespace = `t${randomBytes(4).toString('hex')}_`;
    await commit({ a: { n: 1 } }, { from: 0, to: 1 });
    const door = await RedisDoor.to(config.redis.url);
    opened.push(() => door.shut());
    const copy = await replica(door.url);
    await vi.waitFor(() => expect(copy.get('a')).toEqual({ n: 1 }), within);
    await door.shut();
    await commit({ a: { n: 2 } }, { from: 1, to: 2 });
    expect(copy.get('a')).toEqual({ n: 1 });
    await door.open();
    await vi.waitFor(() => expect(copy.get('a')).toEqual({ n: 2 }), within);
    await commit({ a: { n: 3 } }, { from: 2, to: 3 });
    await vi.waitFor(() => expect(copy.get('a')).toEqual({ n: 3 }), { timeout: 900, interval: 5 });
  });

  it('misses nothing that is committed while it loads', async () => {
    namespace = `t${randomBytes(4).toString('hex')}_`;
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, { n: 0 }]));
    await commit({ ...many, a: { n: 0 } }, { from: 0, to: 1 });
    let offset = 1;
    let loading = true;
    const writing = (async () => {
      while (loading) await commit({ a: { n: offset } }, { from: offset, to: ++offset });
    })();
    const copy = await replica();
    loading = false;
    await writing;
    await vi.waitFor(() => expect(copy.get('a')).toEqual({ n: offset - 1 }), { timeout: 500, interval: 5 });
    expect(copy.size).toBe(5_001);
  });
});
