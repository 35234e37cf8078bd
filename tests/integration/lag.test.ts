// Lag on the real servers: a processor that is stopped falls behind, and is caught up again once it runs.
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lagsBetween, lookAt } from '../../operations/lag/lag.ts';
import { processors } from '../../processors/list.ts';
import { firstGenerations } from '../../processors/runtime/keys.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { World } from '../world.ts';

const history = processors.history as unknown as Processor;
const event = (i: number) => ({
  eventId: `event-${i}`,
  occurredAt: Date.now(),
  actorId: `user-${i % 7}`,
  correlationId: 'test',
  source: 'test',
  ruleSet: 0,
  origin: null,
  userId: `user-${i % 7}`,
  action: 'like',
  videoId: 'video',
});

let world: World;
let admin: Admin;
beforeAll(async () => {
  world = await World.make();
  admin = world.kafka.admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await world.drop();
});

const platform = () => ({
  kafka: world.kafka,
  admin,
  redis: world.redis,
  namespace: world.config.namespace,
  generations: firstGenerations,
});

async function lagAround(work: () => Promise<unknown>) {
  const before = await lookAt(platform(), [history]);
  await work();
  const [lag] = await lagsBetween(platform(), before, await lookAt(platform(), [history]));
  if (!lag) throw new Error('no lag');
  return lag;
}

it('is nothing, then grows while the processor is stopped, in messages and in time, and is made good', async () => {
  const empty = await lagAround(() => pause(50));
  expect(empty.all).toMatchObject({ lag: 0, behindMs: 0, trend: 'caught up', catchUpSeconds: 0 });

  const runner = await world.run([history]);
  await world.append('user_activity', [...Array(20).keys()].map(event));
  await world.settle([history]);
  await runner.stop();

  const appendedAt = Date.now();
  const stopped = await lagAround(() =>
    world.append(
      'user_activity',
      [...Array(50).keys()].map((i) => event(i + 20)),
    ),
  );
  expect(stopped.all).toMatchObject({ committed: 20, end: 70, lag: 50, trend: 'falling behind', catchUpSeconds: null });
  expect(stopped.partitions.reduce((sum, { lag }) => sum + lag, 0)).toBe(50);

  await pause(700);
  const later = await lagAround(() => pause(100));
  expect(later.all).toMatchObject({ lag: 50, trend: 'standing still', catchUpSeconds: null });
  expect(later.all.behindMs).toBeGreaterThanOrEqual(800);
  expect(later.all.behindMs).toBeLessThanOrEqual(Date.now() - appendedAt + 50);
  for (const { lag, behindMs } of later.partitions) expect(behindMs > 0).toBe(lag > 0);

  const again = await world.run([history]);
  const healed = await lagAround(() => world.settle([history]));
  expect(healed.all).toMatchObject({ lag: 0, behindMs: 0, trend: 'caught up' });
  expect(healed.all.foldedPerSecond).toBeGreaterThan(0);
  await again.stop();
});
