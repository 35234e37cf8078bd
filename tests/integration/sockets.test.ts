// Sockets over two instances on the real servers: a client that is cut at random, and processors that are killed, lose and double nothing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chaos } from '../sockets/chaos.ts';
import { World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.drop());

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));

it(`a client that is cut 60 times while events flow ends with no gap and no duplicate (SEED=${seed})`, async () => {
  const amounts = { views: 4_500, gifts: 400, matches: 100 };
  const report = await chaos(world, { seed, cuts: 60, amounts, msMin: 12_000, processorsPort: 0 });
  expect(report).toMatchObject({ faults: [], gaps: 0 });
  expect(report.cuts).toBeGreaterThanOrEqual(60);
  expect(report.events).toBeGreaterThan(400);
}, 240_000);
