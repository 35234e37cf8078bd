// The registry on guard: what earlier events cannot be read with is refused, what can be added is, old and new readers get on.
import { SchemaType } from '@kafkajs/confluent-schema-registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaOf, TopicCodec } from '../../infra/avro.ts';
import type { RecordSchema } from '../../schemas/generate/generate.ts';
import { topicNames } from '../../schemas/topics.ts';
import { World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.drop());

const event = {
  eventId: 'e',
  occurredAt: 1,
  actorId: 'ana',
  correlationId: 'c',
  source: 'api',
  ruleSet: 0,
  origin: null,
  userId: 'ana',
};

function changed(change: (schema: RecordSchema) => void): RecordSchema {
  const schema = structuredClone(schemaOf('user_activity'));
  change(schema);
  return schema;
}

async function register(schema: RecordSchema): Promise<number> {
  const subject = world.registry.subjectOf('user_activity');
  const { id } = await world.registry.client.register(
    { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
    { subject, compatibility: 'BACKWARD_TRANSITIVE' as never },
  );
  return id;
}

const withAction = (action: string) =>
  changed(({ fields }) => {
    const tag = fields.find(({ name }) => name === 'action')?.type as { symbols: string[] };
    tag.symbols.push(action);
  });

describe('the schema registry', () => {
  it('knows every topic, each with backward compatibility to all versions', async () => {
    for (const name of topicNames) {
      const answer = await fetch(`${world.config.registry.url}/config/${world.registry.subjectOf(name)}`);
      expect(await answer.json()).toMatchObject({ compatibilityLevel: 'BACKWARD_TRANSITIVE' });
    }
  });

  it.each([
    ['a required field without a default', changed(({ fields }) => void fields.push({ name: 'mood', type: 'string' }))],
    [
      'a field of another type',
      changed(({ fields }) => void Object.assign(fields.find(({ name }) => name === 'userId') ?? {}, { type: 'long' })),
    ],
  ])('refuses %s', async (_what, schema) => {
    await expect(register(schema)).rejects.toThrow(/incompatib/i);
  });

  it('takes a new optional field, and both readers read both', async () => {
    const newer = changed(({ fields }) => void fields.push({ name: 'mood', type: ['null', 'string'], default: null }));
    const id = await register(newer);
    const [old, young] = [
      await world.codec<Record<string, unknown>>('user_activity'),
      new TopicCodec<Record<string, unknown>>(newer, id, world.registry.client),
    ];
    const [before, after] = [
      old.encode({ ...event, action: 'like', videoId: 'v' }),
      young.encode({ ...event, action: 'like', videoId: 'v', mood: 'good' }),
    ];
    await Promise.all([young.prepare(before), old.prepare(after)]);
    expect(young.decode(before)).toMatchObject({ action: 'like', mood: null });
    expect(old.decode(after)).toMatchObject({ action: 'like', videoId: 'v' });
  });

  it('takes a new action, which an older reader sees as unknown', async () => {
    const newer = withAction('applaud');
    const young = new TopicCodec<Record<string, unknown>>(newer, await register(newer), world.registry.client);
    const old = await world.codec<Record<string, unknown>>('user_activity');
    const applause = young.encode({ ...event, action: 'applaud', videoId: 'v' });
    await old.prepare(applause);
    expect(old.decode(applause)).toMatchObject({ action: 'unknown' });
  });
});
