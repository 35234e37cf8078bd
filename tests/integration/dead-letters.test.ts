// Dead letters on the real servers: seen, sent again once, quarantined when they fail again, and the same after a rebuild.
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptsOf, type StandingChain } from '../../operations/dlq/chains.ts';
import { deadLettersOf } from '../../operations/dlq/dead-letters.ts';
import type { Outside } from '../../operations/dlq/outside.ts';
import { Redriver } from '../../operations/dlq/redrive.ts';
import { selected } from '../../operations/dlq/selection.ts';
import { evolve, type History, initialState } from '../../processors/history/domain.ts';
import { history } from '../../processors/history/processor.ts';
import { firstGenerations, metaKey } from '../../processors/runtime/keys.ts';
import { formatOrigin } from '../../processors/runtime/origin.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import type { Runner } from '../../processors/runtime/runner.ts';
import { trending } from '../../processors/trending/processor.ts';
import type { UserActivity } from '../../schemas/generated.ts';
import { World } from '../world.ts';

/** Imported, so that they are folded at their own times, whenever they are sent again. */
const activity = Array.from({ length: 300 }, (_, i) => ({
  eventId: `event-${i}`,
  occurredAt: Date.UTC(2026, 10, 1) + i * 1_000,
  actorId: `user-${i % 13}`,
  correlationId: 'test',
  source: 'import',
  ruleSet: 0,
  origin: i % 3 === 0 ? formatOrigin('rows/log/0', i, 0) : null,
  userId: `user-${i % 13}`,
  action: 'view' as const,
  videoId: `video-${i % 10}`,
  watchDurationMs: (i % 40) * 1_000,
}));

const mended = history as unknown as Processor;
/** As it was before it was mended. */
const old = {
  ...history,
  evolve: (state: History, event: UserActivity, at: Parameters<typeof evolve>[2]) => {
    if ('videoId' in event && event.videoId === 'video-3') throw new RangeError(`video ${at.offset} has no length`);
    return evolve(state, event, at);
  },
} as unknown as Processor;
/** Reads the same topic, would count a copy twice, for it drops no repeated ids, and has a dead letter where the other has one. */
const witness = {
  ...history,
  name: 'trending',
  control: 'trending_control',
  rules: trending.rules,
  firstHop: false,
  evolve: (state: History, event: UserActivity, at: Parameters<typeof evolve>[2]) => {
    if (event.eventId === 'event-3') throw new RangeError('not for this one');
    return evolve(state, event, at);
  },
  writes: () => [],
  emits: () => [],
} as unknown as Processor;
const poisoned = activity.filter(({ videoId }) => videoId === 'video-3').length;

let world: World;
let outside: Outside;
let runner: Runner;
beforeAll(async () => {
  world = await World.make();
  const { kafka, registry, redis, config } = world;
  outside = { kafka, registry, redis, namespace: config.namespace, generations: firstGenerations };
});
afterAll(() => world.drop());

const chainsOf = (processor = mended) => deadLettersOf(outside, [processor]);
const withStatus = async (status: string) => (await chainsOf()).filter((chain) => chain.status === status);

async function redriving<T>(work: (redriver: Redriver) => Promise<T>): Promise<T> {
  const options = { outside, source: mended, rate: 10_000, by: 'ana', waitMs: 20_000 };
  const redriver = await Redriver.start(options);
  try {
    return await work(redriver);
  } finally {
    await redriver.stop();
  }
}

/** What the states must be, whatever was dead-lettered on the way. */
function expected(events: readonly (typeof activity)[number][]): Map<string, History> {
  const states = new Map<string, History>();
  for (const event of events) {
    const at = { topic: 'user_activity', partition: 0, offset: 0, now: event.occurredAt } as const;
    states.set(event.userId, evolve(states.get(event.userId) ?? initialState(), event, at));
  }
  return states;
}

/** Every key of the processor; of the position what a rebuild makes anew, but for who holds it and where its outputs lie. */
async function everything(): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>();
  for await (const keys of world.redis.scanStream({ match: `${world.config.namespace}g1:{history:*`, count: 1_000 })) {
    for (const key of keys as string[]) {
      if ((await world.redis.type(key)) !== 'hash') all.set(key, await world.redis.zrange(key, 0, -1, 'WITHSCORES'));
      else
        all.set(
          key,
          Object.entries(await world.redis.hgetall(key))
            .filter(([name]) => !key.endsWith(':meta') || !/^(token|build|p:.*)$/.test(name))
            .sort(),
        );
    }
  }
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function skipsOf({ partition }: StandingChain): Promise<number[]> {
  const meta = await world.redis.hgetall(metaKey(world.tag(mended, partition)));
  return Object.keys(meta).flatMap((name) => (name.startsWith('s:') ? [Number(name.slice(2))] : []));
}

describe('while the processor cannot fold them', () => {
  it('dead letters are listed with their cause, and the rest is folded', async () => {
    runner = await world.run([old, witness]);
    await world.append('user_activity', activity);
    await world.settle([old, witness]);
    const chains = await chainsOf();
    expect(chains.length).toBe(poisoned);
    expect(new Set(chains.map(({ status }) => status))).toEqual(new Set(['pending']));
    expect(chains[0]?.letters[0].cause).toMatch(/^RangeError: video \d+ has no length$/);
    expect(await chainsOf(witness)).toMatchObject([{ id: 'event-3', status: 'pending' }]);
    expect(await world.states(mended)).toEqual(expected(activity.filter(({ videoId }) => videoId !== 'video-3')));
  });

  it('one that is sent again is quarantined, with all its attempts', async () => {
    const [chain] = (await chainsOf()) as [StandingChain];
    const outcome = await redriving((redriver) => redriver.run([chain]));
    expect(outcome).toMatchObject({ mended: 0, failed: [{ root: chain.root }], waiting: 0, unsent: 0 });
    const [quarantined, ...others] = (await withStatus('quarantined')) as [StandingChain];
    expect([quarantined.root, attemptsOf(quarantined), others]).toEqual([chain.root, 2, []]);
    expect(quarantined.audits).toMatchObject([{ attempt: 1, by: 'ana' }]);
    expect(await skipsOf(chain)).toEqual(expect.arrayContaining(quarantined.letters.map(({ offset }) => offset)));
    const all = { places: [], filter: {}, quarantined: false };
    expect(selected(await chainsOf(), all)).toMatchObject({ chosen: { length: poisoned - 1 }, heldBack: 1 });
  });

  it('no partition is stopped, however many are sent again in vain', async () => {
    const more = Array.from({ length: 40 }, (_, i) => ({
      ...(activity[3] as (typeof activity)[number]),
      eventId: `more-${i}`,
      origin: null,
    }));
    for (let i = 0; i < more.length; i += 10) {
      const good = {
        ...(activity[4] as (typeof activity)[number]),
        userId: 'user-3',
        eventId: `good-${i}`,
        origin: null,
      };
      await world.append('user_activity', [...more.slice(i, i + 10), good]);
    }
    await world.settle([old]);
    const chains = (await withStatus('pending')).filter(({ id }) => id.startsWith('more-'));
    expect(chains.length).toBe(40);
    const outcome = await redriving((redriver) => redriver.run(chains));
    expect(outcome.mended).toBe(0);
    expect(outcome.failed.length + outcome.unsent).toBe(40);
    expect(outcome.unsent).toBeGreaterThan(0);
    expect(outcome.stoppedPartitions.length).toBe(1);
    expect(runner.status().why).toEqual([]);
  });
});

describe('once the processor is mended', () => {
  const all = [
    ...activity,
    ...Array.from({ length: 40 }, () => ({
      ...(activity[3] as (typeof activity)[number]),
      eventId: 'more',
      origin: null,
    })),
    ...Array.from({ length: 4 }, () => ({ ...(activity[4] as (typeof activity)[number]), userId: 'user-3' })),
  ];

  it('what was announced and not sent when the command died is still pending, and is folded once when sent twice', async () => {
    await runner.stop();
    runner = await world.run([mended, witness], 2);
    const [chain] = (await withStatus('pending')) as [StandingChain];
    const before = await skipsOf(chain);
    await redriving(async (redriver) => redriver.announce([await redriver.copyOf(chain)]));
    await world.settle([mended]);
    const [pending] = (await withStatus('pending')).filter(({ id }) => id === chain.id) as [StandingChain];
    expect([pending.status, attemptsOf(pending)]).toEqual(['pending', 2]);
    await redriving(async (redriver) => {
      const copy = await redriver.copyOf(pending);
      await redriver.announce([copy]);
      await redriver.send([copy, copy]);
      await redriver.send([copy]);
    });
    await world.settle([mended]);
    const [after] = (await withStatus('mended')) as [StandingChain];
    expect([after.root, attemptsOf(after)]).toEqual([chain.root, 3]);
    expect(await skipsOf(chain)).toEqual(before.filter((offset) => offset !== chain.root));
  });

  it('all that is pending is mended, and the quarantined when asked for, their failed copies with them', async () => {
    const everyOne = selected(await chainsOf(), { places: [], filter: {}, quarantined: true });
    const settled: number[] = [];
    const redriver = await Redriver.start({
      ...{ outside, source: mended, rate: 10_000, by: 'ana', waitMs: 20_000 },
      onProgress: (done) => settled.push(done),
    });
    const outcome = await redriver.run(everyOne.chosen).finally(() => redriver.stop());
    expect(outcome).toMatchObject({ mended: poisoned + 40 - 1, failed: [], waiting: 0, unsent: 0 });
    expect(settled.at(-1)).toBe(poisoned + 40 - 1);
    expect(new Set((await chainsOf()).map(({ status }) => status))).toEqual(new Set(['mended']));
    for (const chain of everyOne.chosen) expect(await skipsOf(chain)).toEqual([]);
  });

  it('the states are those of a world without poison', async () => {
    await world.settle([mended]);
    expect(await world.states(mended)).toEqual(expected(all));
  });

  it('copies are passed over by another processor of the topic', async () => {
    await world.settle([witness]);
    expect(await world.states(witness)).toEqual(expected(all.filter(({ eventId }) => eventId !== 'event-3')));
    expect(await chainsOf(witness)).toMatchObject([{ id: 'event-3', status: 'pending', letters: { length: 1 } }]);
  });

  it('sending what is mended again changes nothing', async () => {
    const chains = await chainsOf();
    const before = await world.states(mended);
    await redriving(async (redriver) => redriver.send([await redriver.copyOf(chains[0] as StandingChain)]));
    await world.settle([mended]);
    expect(await world.states(mended)).toEqual(before);
  });

  it('a rebuild equals live', async () => {
    await runner.stop();
    runner = await world.run([mended], 2);
    await world.appendRaw('user_activity', [
      {
        key: 'user-1',
        partition: 3,
        value: Buffer.from('garbage\u001b[2J'),
        headers: { id: 'garbage', origin: 'rows/x/0/1/0' },
      },
    ]);
    await world.settle([mended]);
    await redriving(async (redriver) => redriver.run(await withStatus('pending')));
    await runner.stop();
    const live = await everything();
    expect([...live.keys()].length).toBeGreaterThan(20);
    for await (const keys of world.redis.scanStream({ match: `${world.config.namespace}*`, count: 1_000 }))
      if (keys.length > 0) await world.redis.unlink(keys);
    runner = await world.run([mended], 2);
    await world.settle([mended]);
    expect(await everything()).toEqual(live);
    expect((await withStatus('quarantined')).map(({ id }) => id)).toEqual(['garbage']);
  });
});

describe('the command', () => {
  function dlq(...args: string[]): Promise<{ out: string; code: number | null }> {
    const { config } = world;
    const env = { ...process.env, NAMESPACE: config.namespace, KAFKA_BROKERS: config.kafka.brokers.join() };
    const child = spawn(process.execPath, ['--import', 'tsx', 'operations/dlq/main.ts', ...args], { env });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += String(chunk)));
    return new Promise((resolve) => child.on('close', (code) => resolve({ out, code })));
  }

  it('lists by cause and one by one', async () => {
    const { out, code } = await dlq('--processor', 'history', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([
      { processor: 'history', cause: expect.stringContaining('not a registry-framed'), quarantined: 1, pending: 0 },
      { processor: 'history', cause: 'RangeError: video # has no length', mended: poisoned + 40, quarantined: 0 },
    ]);
    expect((await dlq('list', '--each', '--cause', 'registry-framed')).out).toMatch(
      /history:3:\d+ +quarantined +2 +garbage/,
    );
  });

  it('looks inside, harmlessly to a terminal', async () => {
    const [chain] = (await withStatus('quarantined')) as [StandingChain];
    const undecodable = await dlq('show', `history:3:${chain.root}`);
    expect(undecodable.out).toContain('67 61 72 62 61 67 65 1b');
    expect(undecodable.out).toContain('origin = rows/x/0/1/0');
    expect(undecodable.out).toContain('redrive 1');
    expect(undecodable.out).not.toContain('\u001b');
    const [folded] = (await withStatus('mended')) as [StandingChain];
    const decoded = await dlq('show', `history:${folded.partition}:${folded.root}`);
    expect(decoded.out).toContain('"videoId": "video-3"');
    expect(decoded.out).toContain('by build 1 under token');
  });

  it('sends again, and answers 1 for what fails again, 2 for what it does not understand', async () => {
    const [chain] = (await withStatus('quarantined')) as [StandingChain];
    const before = await world.ends('user_activity');
    expect(await dlq('redrive', '--processor', 'history')).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 quarantined are left out'),
    });
    expect(await dlq('redrive', '--processor', 'history', '--quarantined', '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Would send 1'),
    });
    expect(await dlq('redrive')).toMatchObject({ code: 2 });
    expect(await dlq('redrive', 'history:3:999999')).toMatchObject({
      code: 2,
      out: expect.stringContaining('not dead letters'),
    });
    expect(await world.ends('user_activity')).toEqual(before);
    const again = await dlq('redrive', `history:3:${chain.root}`, '--rate', '50/s', '--by', 'ben');
    expect(again).toMatchObject({ code: 1, out: expect.stringContaining('1 failed again (now quarantined)') });
    const [after] = (await withStatus('quarantined')) as [StandingChain];
    expect([attemptsOf(after), after.audits.at(-1)]).toMatchObject([3, { by: 'ben', attempt: 2 }]);
  });
});
