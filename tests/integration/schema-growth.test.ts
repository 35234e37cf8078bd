// A schema that grows: old and new events in one log, readers of every age, and a build that waits for what it does not know.
import { SchemaType } from '@kafkajs/confluent-schema-registry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { schemaOf, TopicCodec } from '../../infra/avro.ts';
import { partitionOf, topicIn } from '../../infra/kafka.ts';
import { readRange } from '../../infra/read-range.ts';
import type { History } from '../../processors/history/domain.ts';
import { history } from '../../processors/history/processor.ts';
import type { Beside, Moment, Processor } from '../../processors/runtime/processor.ts';
import type { Runner } from '../../processors/runtime/runner.ts';
import type { RecordSchema } from '../../schemas/generate/generate.ts';
import type { ProcessorControl, UserActivity } from '../../schemas/generated.ts';
import { topics } from '../../schemas/topics.ts';
import { World } from '../world.ts';

type Event = Record<string, unknown> & { eventId: string; userId: string };
type Codec = TopicCodec<Record<string, unknown>>;

const moods = (...symbols: string[]) => ({
  type: 'enum',
  name: 'Mood',
  symbols: ['unstated', ...symbols],
  default: 'unstated',
});

function grown(from: RecordSchema, change: (fields: RecordSchema['fields']) => void): RecordSchema {
  const schema = structuredClone(from);
  change(schema.fields);
  return schema;
}

/** Today's, then one with an enumerated field, then one with a symbol, a field and an action more. */
const today = structuredClone(schemaOf('user_activity'));
const later = grown(today, (fields) => {
  fields.push({ name: 'mood', type: ['null', moods('good')], default: null } as (typeof fields)[number]);
});
const latest = grown(later, (fields) => {
  const type = (name: string) => fields.find((field) => field.name === name)?.type;
  (type('action') as unknown as { symbols: string[] }).symbols.push('applaud');
  (type('mood') as unknown as { symbols: string[] }[])[1]?.symbols.push('great');
  fields.push({ name: 'note', type: ['null', 'string'], default: null });
});

/** Remembers in which order it has folded what. */
type Ordered = History & { readonly order: readonly string[] };
const ordered = {
  ...history,
  initialState: (): Ordered => ({ ...history.initialState(), order: [] }),
  evolve: (state: Ordered, ...rest: [UserActivity, Moment, Beside]): Ordered => {
    const [event] = rest;
    const { note } = event as { note?: string | null };
    const seen = `${event.eventId} ${event.action}${note ? ` ${note}` : ''}`;
    return { ...history.evolve(state, ...rest), order: [...state.order, seen] };
  },
} as unknown as Processor;

const event = (userId: string, eventId: string, more: object = {}): Event => ({
  eventId,
  occurredAt: 1,
  actorId: userId,
  correlationId: 'test',
  source: 'test',
  ruleSet: 0,
  origin: null,
  userId,
  action: 'like',
  videoId: 'video-1',
  ...more,
});

let world: World;
let runner: Runner;
const codecs = {} as { today: Codec; later: Codec; latest: Codec };
beforeAll(async () => {
  world = await World.make();
  for (const [name, schema] of Object.entries({ today, later, latest })) {
    const { id } = await world.registry.client.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
      { subject: world.registry.subjectOf('user_activity'), compatibility: 'BACKWARD_TRANSITIVE' as never },
    );
    codecs[name as keyof typeof codecs] = new TopicCodec(schema, id, world.registry.client);
  }
});
afterAll(() => world.drop());

const partitionFor = (userId: string) => partitionOf(userId, topics.user_activity.partitions);
const order = async (userId: string) => (await world.states<Ordered>(ordered)).get(userId)?.order ?? [];
const slots = () => new Map((runner.status().processors.history ?? []).map((slot) => [slot.partition, slot]));

async function append(...written: [Codec, Event][]): Promise<void> {
  const messages = written.map(([codec, { eventId, userId, ...fields }]) => ({
    key: userId,
    partition: partitionFor(userId),
    value: codec.encode({ eventId, userId, ...fields }),
    headers: { id: eventId },
  }));
  await world.appendRaw('user_activity', messages);
}

async function deadLetters(): Promise<number> {
  const codec = await world.codec<ProcessorControl>('history_control');
  const topic = topicIn(world.config.namespace, 'history_control');
  let count = 0;
  await readRange({ kafka: world.kafka, topic, from: () => 0 }, ({ value }) => {
    if (codec.decode(value).kind === 'dead_letter') count += 1;
  });
  return count;
}

/** Starts a processor as a build whose schema file is the latest one. */
async function runLatest(build: number): Promise<Runner> {
  const { fields } = schemaOf('user_activity');
  const own = [...fields];
  fields.splice(0, fields.length, ...latest.fields);
  try {
    return await world.run([ordered], build);
  } finally {
    fields.splice(0, fields.length, ...own);
  }
}

it('readers of every age read writers of every age', async () => {
  const written = [
    codecs.today.encode(event('ana', 'e')),
    codecs.later.encode(event('ana', 'e', { mood: 'good' })),
    codecs.latest.encode(event('ana', 'e', { mood: 'great', note: 'bravo' })),
  ];
  const read = async (codec: Codec) => {
    const events = await Promise.all(written.map((value) => codec.read(value)));
    return events.map(({ action, mood, note }) => [action, mood, note]);
  };
  expect(await read(codecs.latest)).toEqual([
    ['like', null, null],
    ['like', 'good', null],
    ['like', 'great', 'bravo'],
  ]);
  expect(await read(codecs.later)).toEqual([
    ['like', null, undefined],
    ['like', 'good', undefined],
    ['like', 'unstated', undefined],
  ]);
  expect(await read(codecs.today)).toEqual(written.map(() => ['like', undefined, undefined]));
});

it('a build older than an action waits in front of it, in that partition alone', async () => {
  expect(partitionFor('ana')).not.toBe(partitionFor('ben'));
  runner = await world.run([ordered], 1);
  await append(
    [codecs.today, event('ana', 'a1')],
    [codecs.latest, event('ana', 'a2', { mood: 'great', note: 'bravo' })],
    [codecs.latest, event('ana', 'a3', { action: 'applaud', note: 'encore' })],
    [codecs.today, event('ana', 'a4')],
    [codecs.latest, event('ben', 'b1', { mood: 'great', note: 'bravo' })],
    [codecs.today, event('ben', 'b2')],
  );
  const slot = () => slots().get(partitionFor('ana'));
  await expect.poll(() => slot()?.state, { timeout: 20_000 }).toBe('waiting');
  expect(slot()?.why).toBe('history is older than the event a3');
  await expect.poll(() => order('ana')).toEqual(['a1 like', 'a2 like']);
  await expect.poll(() => order('ben')).toEqual(['b1 like', 'b2 like']);
  await append([codecs.today, event('ana', 'a5')], [codecs.latest, event('ben', 'b3')]);
  await expect.poll(() => order('ben')).toEqual(['b1 like', 'b2 like', 'b3 like']);
  await expect.poll(() => slot()?.state, { timeout: 20_000 }).toBe('waiting');
  expect(await order('ana')).toEqual(['a1 like', 'a2 like']);
  for (const { partition, state } of slots().values())
    if (partition !== partitionFor('ana')) expect(state).toBe('ready');
  expect(await deadLetters()).toBe(0);
});

it('a build that knows it takes over under a higher number and folds all in order', async () => {
  await runner.stop();
  runner = await runLatest(2);
  await world.settle([ordered]);
  expect(await order('ana')).toEqual(['a1 like', 'a2 like', 'a3 applaud encore', 'a4 like', 'a5 like']);
  expect(await order('ben')).toEqual(['b1 like', 'b2 like', 'b3 like']);
  expect(await deadLetters()).toBe(0);
  expect(runner.status().why).toEqual([]);
});

it('it replays old and new together, with the new field where it was written', async () => {
  await runner.stop();
  for await (const keys of world.redis.scanStream({ match: `${world.config.namespace}*`, count: 1_000 }))
    if (keys.length > 0) await world.redis.unlink(keys);
  runner = await runLatest(2);
  await world.settle([ordered]);
  expect(await order('ana')).toEqual(['a1 like', 'a2 like bravo', 'a3 applaud encore', 'a4 like', 'a5 like']);
  expect(await order('ben')).toEqual(['b1 like bravo', 'b2 like', 'b3 like']);
});

it('the older build, started again, leaves the partitions to it', async () => {
  await runner.stop();
  runner = await world.run([ordered], 1);
  await expect.poll(() => runner.status().why.join(' '), { timeout: 20_000 }).toContain('build 1 stands back');
});
