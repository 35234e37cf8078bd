// What is encoded: absent fields have their defaults' bytes, every event its own place, whatever its size.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schemaOf, TopicCodec } from '../../infra/avro.ts';
import { type TopicName, topicNames } from '../../schemas/topics.ts';

const id = 7;
const codecOf = (topic: TopicName) => new TopicCodec<object>(schemaOf(topic), id, undefined as never);
const codec = codecOf('user_activity');

const envelope = {
  eventId: 'e1',
  occurredAt: 1,
  actorId: 'ana',
  correlationId: 'e1',
  source: 'api',
  userId: 'ana',
  action: 'view',
};
const defaults = Object.fromEntries(
  schemaOf('user_activity').fields.flatMap((field) => ('default' in field ? [[field.name, field.default]] : [])),
);

const text = fc.string({ unit: 'binary', maxLength: 100 });
const given = fc.record(
  {
    ruleSet: fc.nat(1_000),
    origin: text,
    videoId: text,
    creatorId: text,
    watchDurationMs: fc.nat(),
    reason: text,
    variant: text,
    personal: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  },
  { requiredKeys: [] },
);

describe('an encoded event', () => {
  it('has the same bytes whether a default is given or left out, and is read as it was written', () => {
    fc.assert(
      fc.property(given, (fields) => {
        const whole = { ...envelope, ...defaults, ...fields };
        const bytes = codec.encode({ ...envelope, ...fields });
        expect(bytes.equals(codec.encode(whole))).toBe(true);
        expect({ ...codec.decode(bytes) }).toEqual(whole);
      }),
    );
  });

  it.each(topicNames)('of %s has its defaults where fields are left out', (topic) => {
    const { fields, ...schema } = schemaOf(topic);
    const optional = fields.filter((field) => 'default' in field);
    const onlyThese = new TopicCodec<object>({ ...schema, fields: optional }, id, undefined as never);
    const read = onlyThese.decode(onlyThese.encode({}));
    for (const field of optional) expect(read).toHaveProperty(field.name, field.default);
  });

  it('keeps its bytes when others follow, and may be larger than a slab', () => {
    const sizes = [1, 60_000, 6_000, 200_000, 1, 65_000, 3, 70_000, 2];
    const events = sizes.map((size, i) => ({ ...envelope, videoId: String(i).repeat(size) }));
    const encoded = events.map((event) => codec.encode(event));
    encoded.forEach((bytes, i) => {
      expect([bytes[0], bytes.readInt32BE(1)]).toEqual([0, id]);
      expect(codec.decode(bytes)).toMatchObject({ videoId: events[i]?.videoId });
    });
  });
});
