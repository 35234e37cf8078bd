// The topic of trained models on the real servers: trainings that cross, break off or go wrong never cost the model that is in use.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { topicIn } from '../../infra/kafka.ts';
import { readRange } from '../../infra/read-range.ts';
import { publishModel } from '../../operations/train/publish-model.ts';
import { type Model, recordsOf } from '../../processors/feed/ranking/learned/model.ts';
import { headerPart, Models, partKey, videoPart } from '../../projections/models.ts';
import type { ModelPart } from '../../schemas/generated.ts';
import { smallModel } from '../even-and-odd.ts';
import { World } from '../world.ts';

const trained = smallModel();
let world: World;
let models: Models;

function reader(): Models {
  const { kafka, registry, log, config } = world;
  return new Models({ kafka, registry, namespace: config.namespace, log, onFatal: (why) => log.fatal(why) });
}

const version = (name: string): Model => ({ ...trained, version: name });
const publish = (name: string) => publishModel(world.kafka, world.config, 'learned', version(name));

/** All records of a version as they are published, the header last. */
async function recordsFor(name: string) {
  const codec = await world.codec<ModelPart>('models');
  const { header, items } = recordsOf(version(name));
  const record = (part: string, parts: number, content: object) => {
    const fields = { model: 'learned', part, version: name, parts, content: Buffer.from(JSON.stringify(content)) };
    return { key: partKey(fields), value: codec.encode(fields), partition: 0 };
  };
  return [...items.map((item) => record(videoPart(item.video_id), 0, item)), record(headerPart, items.length, header)];
}

async function inUse(): Promise<string | undefined> {
  await models.caughtUp();
  return models.current('learned')?.model.version;
}

/** What compaction would leave of the topic: the last record of each key, without what was deleted. */
async function compacted(): Promise<Map<string, Buffer>> {
  const last = new Map<string, Buffer>();
  const topic = topicIn(world.config.namespace, 'models');
  await readRange({ kafka: world.kafka, topic, from: () => 0 }, ({ key, value }) => {
    if (value === null) last.delete(String(key));
    else last.set(String(key), value);
  });
  return last;
}

beforeAll(async () => {
  world = await World.make();
  models = reader();
  await models.start();
}, 60_000);

beforeEach(() => publish('first'));

afterAll(async () => {
  await models?.stop();
  await world?.drop();
});

describe('models', () => {
  it('of two trainings that publish at once are both whole: the one that ends last is in use', async () => {
    const [one, other] = [await recordsFor('one'), await recordsFor('other')];
    const crossed = one.slice(0, -1).flatMap((record, at) => [record, other[at] as typeof record]);
    await world.appendRaw('models', [...crossed, one.at(-1) as (typeof one)[number]]);
    expect(await inUse()).toBe('one');
    await world.appendRaw('models', other.slice(-1));
    expect(await inUse()).toBe('other');
    expect(models.current('learned')?.model.items.size).toBe(trained.items.size);
  });

  it('that broke off half way leave the one in use whole, after compaction too', async () => {
    const whole = await compacted();
    await world.appendRaw('models', (await recordsFor('broken')).slice(0, 20));
    expect(await inUse()).toBe('first');
    const left = await compacted();
    for (const [key, value] of whole) expect(left.get(key)).toEqual(value);
  });

  it('take away the parts of those before, once they are whole', async () => {
    await publish('second');
    await publish('third');
    const versions = [...(await compacted()).keys()].map((key) => key.split('/')[1]);
    expect(versions).not.toContain('first');
    expect(versions).not.toContain('second');
    expect(versions.filter((each) => each === 'third')).toHaveLength(trained.items.size);
  });

  it.each(['{"kind":', '\u0000\u0001', '{}', 'null'])('whose header holds %j are not used', async (content) => {
    const codec = await world.codec<ModelPart>('models');
    const header = { model: 'learned', part: headerPart, version: 'garbage', parts: 0, content: Buffer.from(content) };
    await world.appendRaw('models', [{ key: partKey(header), value: codec.encode(header), partition: 0 }]);
    expect(await inUse()).toBe('first');
  });

  it('are known to an instance that starts later, which decodes the newest alone', async () => {
    await publish('newest');
    await world.appendRaw('models', [{ key: 'learned/x', value: Buffer.from('no Avro'), partition: 0 }]);
    const late = reader();
    await late.start();
    expect(late.current('learned')).toEqual({
      model: expect.objectContaining({ version: 'newest' }),
      position: models.current('learned')?.position,
    });
    expect(late.current('learned')?.model.items).toEqual(models.current('learned')?.model.items);
    await late.stop();
  });
});
