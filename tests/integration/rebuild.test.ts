// Rebuilds on the real servers: equal to live, every tampering found, a changed rule shown, swaps and rollbacks that lose and double nothing.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../infra/log.ts';
import { provision } from '../../infra/provision.ts';
import { Rebuild, Refused } from '../../operations/rebuild/rebuild.ts';
import type { Engagement } from '../../processors/engagement/domain.ts';
import { engagement as engagementTable } from '../../processors/engagement/processor.ts';
import type { History } from '../../processors/history/domain.ts';
import { history as historyTable } from '../../processors/history/processor.ts';
import { processorList } from '../../processors/list.ts';
import { Connections } from '../../processors/runtime/connections.ts';
import { stateKey, writeKey } from '../../processors/runtime/keys.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { NotStanding, Standstill, standstillTimes } from '../../processors/runtime/standstill.ts';
import { recentHash } from '../../projections/history.ts';
import { topics } from '../../schemas/topics.ts';
import { World } from '../world.ts';

const history = historyTable as unknown as Processor;
const engagement = engagementTable as unknown as Processor;
const users = 17;

const view = (i: number) => ({
  eventId: `event-${i}`,
  occurredAt: Date.UTC(2026, 10, 1) + i,
  actorId: `user-${i % users}`,
  correlationId: 'test',
  source: 'test',
  ruleSet: 0,
  origin: null,
  userId: `user-${i % users}`,
  action: 'view',
  videoId: `video-${i % 5}`,
  watchDurationMs: 1_000,
});
const views = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => view(from + i));

let world: World;
let sent = 0;
/** The newest that has claimed. */
let build = 1;
const opened: Connections[] = [];
beforeAll(async () => {
  world = await World.make();
  await world.followGenerations();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((on) => on.stop()));
});
afterAll(() => world.drop());

async function append(count: number): Promise<void> {
  await world.append('user_activity', views(sent, sent + count));
  sent += count;
}

async function rebuildOf(processor: Processor, by = build): Promise<Rebuild> {
  const { cassandra } = world;
  const config = { ...world.config, build: by };
  const log = createLog('test', process.env.LOG_LEVEL ?? 'silent');
  const onFatal = (why: string) => log.fatal(why);
  const on = new Connections({ config, log, cassandra, processors: [processor], onFatal, name: 'rebuild' });
  opened.push(on);
  await on.start();
  return new Rebuild({ config, log, on, cassandra, processor, by: 'test', onFatal });
}

type Wish = 'compare' | 'swap' | 'accept';

/** Folds beside live, compares, swaps if wished; answers what differed. */
async function rebuilt(processor: Processor, wish: Wish, rebuild?: Rebuild) {
  const own = rebuild ?? (await rebuildOf(processor));
  const made = await own.begin();
  const following = { rate: null, signal: new AbortController().signal, onProgress: () => {} };
  return own.follow(made, following, async (shadow) => {
    const comparison = own.comparison(made, shadow, following.signal);
    await comparison.ahead();
    return own.standing(made, shadow, following.signal, async (at) => {
      const differences = await comparison.settle(at.offsets);
      if (wish === 'accept' || (wish === 'swap' && differences.count === 0))
        await at.swap(processor.rules, world.config.build, differences.count);
      return { differences };
    });
  });
}

async function rolledBack(processor: Processor): Promise<void> {
  const rebuild = await rebuildOf(processor);
  const made = await rebuild.beginBack();
  const following = { rate: null, signal: new AbortController().signal, onProgress: () => {} };
  await rebuild.follow(made, following, (shadow) =>
    rebuild.standing(made, shadow, following.signal, async (at) => {
      await at.swap(processor.rules, world.config.build, 0);
      return {};
    }),
  );
}

/** While events keep coming, a hundred a second. */
async function underLoad(work: () => Promise<void>): Promise<void> {
  const done = new AbortController();
  const load = (async () => {
    while (!done.signal.aborted) {
      await append(10);
      await pause(100);
    }
  })();
  try {
    await work();
  } finally {
    done.abort();
    await load;
  }
}

/** Every event counted once, all the way down. */
async function expectAllOnce(): Promise<void> {
  await world.settle();
  const states = await world.states<History>(history);
  expect([...states.values()].reduce((sum, { events }) => sum + events, 0)).toBe(sent);
  const videos = await world.states<Engagement>(engagement);
  expect([...videos.values()].reduce((sum, { views: n }) => sum + n, 0)).toBe(sent);
}

const partitionOfUser = async (userId: string): Promise<number> => {
  for (let partition = 0; partition < topics.user_activity.partitions; partition++)
    if (await world.redis.hexists(stateKey(world.tag(history, partition)), userId)) return partition;
  throw new Error(`${userId} has no state`);
};

describe('a rebuild', () => {
  it('equals live, with nothing emitted a second time', async () => {
    const runner = await world.run();
    await append(300);
    await world.settle();
    const ends = await world.ends('video_engagement');
    for (const processor of processorList) {
      const { differences } = await rebuilt(processor, 'compare');
      expect(differences.first).toEqual([]);
      expect(differences.count).toBe(0);
    }
    const { differences } = await rebuilt(history, 'compare');
    expect(differences.compared).toBeGreaterThan(300);
    expect(await world.ends('video_engagement')).toEqual(ends);
    await runner.stop();
  });

  it('finds every state, field, score and row that is not what the log says, and no other', async () => {
    const partition = await partitionOfUser('user-3');
    const tag = world.tag(history, partition);
    const state = await world.redis.hget(stateKey(tag), 'user-3');
    const recent = writeKey(tag, recentHash('user-3'));
    const slot = await world.redis.hget(recent, '0');
    await world.redis.hset(stateKey(tag), 'user-3', String(state).replace('"events":', '"events":1'));
    await world.redis.hset(stateKey(tag), 'nobody', '{}');
    await world.redis.hdel(recent, '0');
    const keyspace = world.config.cassandra.keyspace;
    const row = await world.rows(
      "SELECT * FROM $.user_swipe_history WHERE user_id = 'user-4' AND month = '2026-11' LIMIT 1",
    );
    const place = [row[0]?.timestamp, row[0]?.event_id];
    const where = "WHERE user_id = 'user-4' AND month = '2026-11' AND timestamp = ? AND event_id = ?";
    const options = { prepare: true };
    await world.cassandra.execute(`UPDATE ${keyspace}.user_swipe_history SET action = 'like' ${where}`, place, options);
    const { differences } = await rebuilt(history, 'compare');
    expect(differences.first.map(({ where: at }) => at).sort()).toEqual(
      [
        `{history:user_activity:${partition}}:state nobody`,
        `{history:user_activity:${partition}}:state user-3`,
        `{history:user_activity:${partition}}:w:${recentHash('user-3')} 0`,
        `user_swipe_history user_id=user-4 month=2026-11 timestamp=${(place[0] as Date).toISOString()} event_id=${place[1]}`,
      ].sort(),
    );
    expect(differences.count).toBe(4);
    await world.redis.hset(stateKey(tag), 'user-3', String(state));
    await world.redis.hdel(stateKey(tag), 'nobody');
    await world.redis.hset(recent, '0', String(slot));
    await world.cassandra.execute(`UPDATE ${keyspace}.user_swipe_history SET action = 'view' ${where}`, place, options);
    expect((await rebuilt(history, 'compare')).differences.count).toBe(0);
  });

  it('is swapped in and back under load, and nothing is lost or doubled', async () => {
    const runner = await world.run();
    const second = await world.run();
    await underLoad(async () => {
      for (const processor of [history, engagement]) {
        expect((await rebuilt(processor, 'swap')).differences.count).toBe(0);
        expect((await world.followGenerations()).live(processor.name)).toBe(2);
      }
      await rolledBack(history);
      expect((await world.followGenerations()).live('history')).toBe(1);
    });
    await expectAllOnce();
    await append(100);
    await expectAllOnce();
    expect((await rebuilt(history, 'swap')).differences.count).toBe(0);
    await append(100);
    await expectAllOnce();
    await runner.stop();
    await second.stop();
  });

  it('shows exactly the rows that another rule touches, and is live for those who have that rule', async () => {
    const mine = { ...engagementTable, rules: engagementTable.rules + 1 } as typeof engagementTable;
    const doubled = {
      ...mine,
      evolve: (...given: Parameters<typeof mine.evolve>) => {
        const [, event] = given;
        const next = mine.evolve(...given);
        return event.videoId === 'video-2' ? { ...next, likes: next.views } : next;
      },
    } as unknown as Processor;
    const before = await world.run([engagement]);
    const after = await world.run([doubled], 2);
    await expect.poll(() => after.status().processors.engagement?.map(({ state }) => state)).toContain('standby');
    expect(after.status().ready).toBe(true);
    const { differences } = await rebuilt(doubled, 'accept', await rebuildOf(doubled, 2));
    expect(differences.first.map(({ where }) => where)).toEqual([expect.stringContaining(':state video-2')]);
    expect(differences.count).toBe(1);
    await expect.poll(() => before.status().processors.engagement?.map(({ state }) => state)).toContain('standby');
    const feeder = await world.run([history]);
    await append(50);
    await world.settle([history, doubled]);
    expect((await world.states<Engagement>(engagement)).get('video-2')).toMatchObject({ likes: expect.any(Number) });
    const { likes, views: seen } = (await world.states<Engagement>(engagement)).get('video-2') as Engagement;
    expect(likes).toBe(seen);
    await before.stop();
    await expect((await rebuildOf(engagement)).beginBack()).rejects.toThrow('under BUILD=2 or higher');
    build = 3;
    const again = await world.run([engagement], build);
    await rolledBack(engagement);
    await world.settle([history, engagement]);
    expect((await world.states<Engagement>(engagement)).get('video-2')?.likes).toBe(0);
    await Promise.all([again.stop(), after.stop(), feeder.stop()]);
  });

  it('refuses to swap in other outputs of a processor that publishes', async () => {
    const other = { ...historyTable, outputs: 2 } as unknown as Processor;
    const rebuild = await rebuildOf(other, build);
    expect(() => rebuild.refuseOtherOutputs()).toThrow(Refused);
  });

  it('swaps in other rules of a processor that publishes the same, and nothing is published twice', async () => {
    const rules = historyTable.rules + 1;
    const other = {
      ...historyTable,
      rules,
      evolve: (...given: Parameters<typeof historyTable.evolve>) => ({
        ...historyTable.evolve(...given),
        watchMs: 7,
      }),
    } as unknown as Processor;
    const rest = await world.run(
      processorList.filter(({ name }) => name !== history.name),
      build,
    );
    const before = await world.run([history], build);
    const after = await world.run([other], build + 1);
    const rebuild = await rebuildOf(other, build + 1);
    expect(() => rebuild.refuseOtherOutputs()).not.toThrow();
    await underLoad(async () => {
      expect((await rebuilt(other, 'accept', rebuild)).differences.count).toBe(users);
    });
    await append(100);
    await expectAllOnce();
    expect([...(await world.states<History>(history)).values()].every(({ watchMs }) => watchMs === 7)).toBe(true);
    await before.stop();
    build += 2;
    const again = await world.run([history], build);
    await rolledBack(history);
    await append(10);
    await expectAllOnce();
    await Promise.all([again.stop(), after.stop(), rest.stop()]);
  });

  it('that was killed while live stood still lets live go on, and swaps nothing any more', async () => {
    const runner = await world.run(processorList, build);
    const rebuild = await rebuildOf(history);
    const made = await rebuild.begin();
    const on = opened.at(-1) as Connections;
    const live = on.storesOf(history, on.generations.live('history')).states;
    const shadow = on.storesOf(history, made.generation).states;
    const ports = {
      generations: on.generations,
      control: on.controlOf(history),
      live,
      shadow,
      ...standstillTimes,
      leaseMs: 1_500,
    };
    const of = { slug: 'history', generation: made.generation, partitions: 8, by: 'test' };
    const standstill = await Standstill.begin(ports, of);
    const stoodAt = await Promise.all([...Array(8).keys()].map((partition) => live.offset(partition)));
    await append(40);
    await expect.poll(() => runner.status().why.join(' ')).toContain('stands still');
    expect(await Promise.all([...Array(8).keys()].map((partition) => live.offset(partition)))).toEqual(stoodAt);
    await expectAllOnce();
    expect(standstill.stands()).toBe(false);
    await expect(standstill.swap(1, 1, 0)).rejects.toThrow(NotStanding);
    expect(on.generations.live('history')).not.toBe(made.generation);
    await rebuild.cancel();
    await runner.stop();
  });

  it('of everything is made by itself after Redis and Cassandra are wiped wholly', async () => {
    const before = new Map<string, unknown>();
    for (const { name, input } of processorList) before.set(name, sorted(await world.states({ name, input })));
    const rows = sortedRows(await allRows());
    await world.forgetRedis();
    await world.dropKeyspaces();
    await provision(world.config, world.log);
    const runner = await world.run(processorList, build);
    await world.settle();
    for (const { name, input } of processorList)
      expect(sorted(await world.states({ name, input }))).toEqual(before.get(name));
    expect(sortedRows(await allRows())).toEqual(rows);
    await runner.stop();
  });
});

const sorted = (states: ReadonlyMap<string, unknown>) =>
  [...states].map(([key, state]) => `${key} ${JSON.stringify(state)}`).sort();
const sortedRows = (rows: readonly Record<string, unknown>[]) => rows.map((row) => JSON.stringify(row)).sort();

async function allRows(): Promise<Record<string, unknown>[]> {
  const generation = (await world.followGenerations()).live('history');
  const keyspace = generation === 1 ? '$' : `$_g${generation}`;
  return world.rows(`SELECT * FROM ${keyspace}.user_swipe_history`);
}
