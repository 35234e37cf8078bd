// The personality model on the real servers: published on the topic models, it is taken into use live, and a record that is none costs nothing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainPersonality } from '../../learning/personality.ts';
import { publishParts } from '../../operations/train/publish-model.ts';
import { Models } from '../../projections/models.ts';
import { world as invented } from '../unit/dating-worlds.ts';
import { World } from '../world.ts';

const { people, meetings, traits } = invented(3, 6, 1, (_, other) => (other.self_fun ?? 5) - 6);
let world: World;
let models: Models;

const publish = (version: string, header: object) =>
  publishParts(world.kafka, world.config, { name: 'personality', version, header, parts: [] });

beforeAll(async () => {
  world = await World.make();
  const { kafka, registry, log, config } = world;
  models = new Models({ kafka, registry, namespace: config.namespace, log, onFatal: (why) => log.fatal(why) });
  await models.start();
}, 60_000);

afterAll(async () => {
  await models?.stop();
  await world?.drop();
});

it('is taken into use when it is published, and stays when a later record is none', async () => {
  expect(models.personality()).toBeNull();
  await publish('one', trainPersonality({ people, meetings, version: 'one' }));
  await models.caughtUp();
  const personality = models.personality()?.personality;
  expect(personality?.version).toBe('one');
  const [a = {}, b = {}] = [...traits.values()];
  expect(personality?.score(a, b)).toBeGreaterThanOrEqual(0);
  await publish('two', { format: 99 });
  await models.caughtUp();
  expect(models.personality()?.personality.version).toBe('one');
});
