// The clock without servers: what is due is appended once, again only if it stays listed, and nothing before its time.
import { expect, it } from 'vitest';
import { createLog } from '../../infra/log.ts';
import { Clock, type Fired, type Place } from '../../processors/clock/clock.ts';
import { believedTime } from '../../processors/clock/connected.ts';
import { type Timer, timerOf } from '../../processors/clock/due-timers.ts';
import { history } from '../../processors/history/processor.ts';
import type { Processor } from '../../processors/runtime/processor.ts';

const timed = {
  ...history,
  name: 'timed',
  timers: { event: (key: string, timerId: string, due: number) => ({ key, timerId, due }) },
} as unknown as Processor;
const untimed = history as unknown as Processor;

/** Boards in memory and a time that is set by hand. */
function given(timers: Timer[]) {
  const world = {
    now: 0,
    timers,
    appended: [] as (Timer & { partition: number; dated: number })[],
    fails: false,
    asked: [] as Place[],
  };
  const ports = {
    now: () => world.now,
    due: async (place: Place, by: number, limit: number) => {
      world.asked.push(place);
      return place.partition === 3 ? world.timers.filter(({ due }) => due <= by).slice(0, limit) : [];
    },
    append: async (_: string, fired: readonly Fired[]) => {
      if (world.fails) throw new Error('Kafka is away');
      world.appended.push(
        ...fired.map(({ event, partition, due: dated }) => ({ ...(event as Timer), partition, dated })),
      );
    },
  };
  const clock = new Clock({
    processors: [untimed, timed],
    ports,
    log: createLog('test', 'silent'),
    againAfterMs: 5_000,
  });
  return { world, clock };
}

const renewal = { key: 'ana', timerId: 'subscription:bo', due: 1_000 };

it('reads a record key and a timer id from a member', () => {
  expect(timerOf('ana subscription:bo', 7)).toEqual({ key: 'ana', timerId: 'subscription:bo', due: 7 });
  expect(timerOf('ana hold:a b', 7)).toEqual({ key: 'ana', timerId: 'hold:a b', due: 7 });
  for (const wrong of ['', 'ana', ' x', 'ana ']) expect(timerOf(wrong, 7)).toBeNull();
});

it('appends a timer to its partition when it is due, and not before', async () => {
  const { world, clock } = given([renewal]);
  world.now = 999;
  expect(await clock.tick()).toBe(0);
  world.now = 1_000;
  expect(await clock.tick()).toBe(1);
  expect(world.appended).toEqual([{ ...renewal, partition: 3, dated: renewal.due }]);
});

it('appends it again only while it stays listed, and not before its fold has had its time', async () => {
  const { world, clock } = given([renewal]);
  const counts: number[] = [];
  for (world.now = 1_000; world.now <= 12_000; world.now += 1_000) counts.push(await clock.tick());
  expect(counts).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
  world.timers = [];
  world.now = 60_000;
  expect(await clock.tick()).toBe(0);
});

it('takes a timer that is set to another time for another one', async () => {
  const { world, clock } = given([renewal]);
  world.now = 1_000;
  await clock.tick();
  world.timers = [{ ...renewal, due: 2_000 }];
  world.now = 2_000;
  expect(await clock.tick()).toBe(1);
});

it('asks for no more than a limit at once, and only of processors with timers', async () => {
  const { world, clock } = given(Array.from({ length: 700 }, (_, i) => ({ ...renewal, timerId: `t${i}` })));
  world.now = 1_000;
  expect(await clock.tick()).toBe(500);
  expect(new Set(world.asked.map(({ processor }) => processor.name))).toEqual(new Set(['timed']));
});

it('appends later what a failed append may have lost', async () => {
  const { world, clock } = given([renewal]);
  world.now = 1_000;
  world.fails = true;
  await expect(clock.tick()).rejects.toThrow('away');
  world.fails = false;
  world.now = 6_000;
  expect(await clock.tick()).toBe(1);
});

it('appends all of a thousand that are due at once, the earliest first, and each once', async () => {
  const timers = Array.from({ length: 1_000 }, (_, i) => ({ key: `user${i}`, timerId: 'plan', due: i }));
  const { world, clock } = given([...timers]);
  world.now = 2_000;
  expect(await clock.tick()).toBe(500);
  world.timers.splice(0, 500);
  expect(await clock.tick()).toBe(500);
  world.timers.splice(0);
  expect(await clock.tick()).toBe(0);
  expect(world.appended.map(({ key }) => key)).toEqual(timers.map(({ key }) => key));
});

it('goes by the time of the server that keeps the timers where its own is far ahead, and by its own where that is behind', () => {
  expect(believedTime(1_000, 1_000_000)).toBe(1_000);
  expect(believedTime(1_000_100, 1_000_000)).toBe(1_000_100);
  expect(believedTime(9_000_000, 1_000_000)).toBe(1_300_000);
});
