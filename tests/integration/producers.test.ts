// The producers on the real servers: what is acknowledged is in the log, a stalled broker is survived, a log is imported once.
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SchemaType } from '@kafkajs/confluent-schema-registry';
import pRetry from 'p-retry';
import { stringify } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaOf } from '../../infra/avro.ts';
import { partitionOf, topicIn } from '../../infra/kafka.ts';
import { PersonKeys } from '../../infra/person-keys.ts';
import { readRange } from '../../infra/read-range.ts';
import { TopicFollower } from '../../infra/topic-table.ts';
import type { History } from '../../processors/history/domain.ts';
import { history } from '../../processors/history/processor.ts';
import { firstGenerations } from '../../processors/runtime/keys.ts';
import { activityProducer } from '../../producers/activity.ts';
import { battleProducer } from '../../producers/battles.ts';
import { Folded } from '../../producers/folded.ts';
import { importActivity, importUploads } from '../../producers/import/import-log.ts';
import { type KuaiRandRow, kuaiRandLog } from '../../producers/import/kuairand.ts';
import { paymentProducer } from '../../producers/payments.ts';
import { Publisher, type PublisherOptions, PublishUnavailable } from '../../producers/publish.ts';
import { uploadProducer } from '../../producers/uploads.ts';
import type { UserActivity } from '../../schemas/generated.ts';
import { type TopicName, topicNames, topics } from '../../schemas/topics.ts';
import { BrokerDoor } from '../broker-door.ts';
import { World } from '../world.ts';

type Read = { partition: number; offset: number; key: string; id: string; value: Buffer };

let world: World;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  world = await World.make();
  // The leaders of topics that have just been made are not known at once.
  for (const topic of topicNames) await pRetry(() => world.ends(topic), { minTimeout: 100 });
});
afterAll(async () => {
  await Promise.allSettled(closing.map((close) => close()));
  await world.drop();
});

const like = (userId: string, eventId: string) => ({ userId, action: 'like', videoId: 'video1', eventId });

async function started(options: Partial<PublisherOptions> = {}): Promise<Publisher> {
  const publisher = new Publisher({ config: world.config, log: world.log, ...options });
  closing.push(() => publisher.stop());
  await publisher.start();
  return publisher;
}

async function startedKeys(): Promise<PersonKeys> {
  const keys = new PersonKeys({ config: world.config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  closing.push(() => keys.stop());
  await keys.start();
  return keys;
}

async function recordsOf(topic: TopicName): Promise<Read[]> {
  const records: Read[] = [];
  const range = { kafka: world.kafka, topic: topicIn(world.config.namespace, topic), from: () => 0 };
  await readRange(range, ({ offset, key, value, headers }, partition) => {
    const id = String(headers?.id ?? '');
    records.push({ partition, offset: Number(offset), key: String(key), id, value: value ?? Buffer.alloc(0) });
  });
  return records;
}

const idsIn = async (topic: TopicName) => (await recordsOf(topic)).map(({ id }) => id);

describe('a published event', () => {
  it('lies where its acknowledgement says, under its key, with its envelope', async () => {
    const publisher = await started({ clock: () => 1_234 });
    const produce = activityProducer(publisher, await startedKeys()).produceUserActivityEvent;
    const userId = `user-${randomUUID()}`;
    const acknowledgement = await produce({ userId, action: 'view', videoId: 'video1', watchDurationMs: 15_000 });
    const { eventId, partition, offset, token } = acknowledgement;
    expect(token).toBe(`user_activity:${partition}:${offset}`);
    expect(partition).toBe(partitionOf(userId, topics.user_activity.partitions));
    const record = (await recordsOf('user_activity')).find(
      (read) => read.partition === partition && read.offset === offset,
    );
    expect(record).toMatchObject({ key: userId, id: eventId });
    const codec = await world.codec<UserActivity>('user_activity');
    const envelope = { eventId, occurredAt: 1_234, actorId: userId, correlationId: eventId, ruleSet: 0, origin: null };
    expect(codec.decode(record?.value ?? null)).toMatchObject({ ...envelope, action: 'view', watchDurationMs: 15_000 });
  });

  it('has each of the topics that are written from outside', async () => {
    const publisher = await started();
    const upload = {
      videoId: 'v',
      userId: 'ben',
      originalUrl: 'https://a.example/v.mp4',
      title: 'T',
      category: 'music',
    };
    const gift = { accountId: 'ana', counterpartyId: 'ben', asset: 'coin', amount: 10, idempotencyKey: 'k' };
    const acknowledged = await Promise.all([
      uploadProducer(publisher).queueVideoProcessing(upload),
      battleProducer(publisher).produceLiveBattleEvent({
        battleId: 'b',
        type: 'started',
        hostId: 'a',
        opponentId: 'c',
      }),
      paymentProducer(publisher).producePaymentTransactionEvent({ ...gift, type: 'gift' }),
    ]);
    const written = ['video_uploads', 'live_battles', 'payment_transactions'] as const;
    expect(acknowledged.map(({ topic }) => topic)).toEqual(written);
    for (const [i, topic] of written.entries()) expect(await idsIn(topic)).toContain(acknowledged[i]?.eventId);
  });

  it('is none if it is wrong, and the error names the field', async () => {
    const publisher = await started();
    const produce = activityProducer(publisher, await startedKeys()).produceUserActivityEvent;
    const eventId = randomUUID();
    const wrong = produce({ userId: 'ana', action: 'view', videoId: 'v', watchDurationMs: -1, eventId });
    await expect(wrong).rejects.toMatchObject({ name: 'InvalidEvent', field: 'watchDurationMs' });
    await publisher.publish('user_activity', like('ana', randomUUID()));
    expect(await idsIn('user_activity')).not.toContain(eventId);
  });

  it('keeps its order within a key, and many go out in few sends', async () => {
    const sends: number[] = [];
    const publisher = await started({ onSent: (events) => sends.push(events) });
    const run = randomUUID();
    const published = await Promise.all(
      Array.from({ length: 5_000 }, (_, i) =>
        publisher.publish('user_activity', like(`${run}-${i % 40}`, `${run}_${i}`)),
      ),
    );
    expect(sends.reduce((sum, events) => sum + events, 0)).toBe(5_000);
    expect(sends.length).toBeLessThan(30);
    const offsets = new Map(
      (await recordsOf('user_activity')).map(({ partition, offset, id }) => [`${partition}:${offset}`, id]),
    );
    const last = new Map<number, number>();
    for (const { eventId, partition, offset } of published) {
      expect(offsets.get(`${partition}:${offset}`)).toBe(eventId);
      expect(offset).toBeGreaterThan(last.get(partition) ?? -1);
      last.set(partition, offset);
    }
  });

  it('may be as large as its fields allow, hundreds at a time under one key', async () => {
    const produce = activityProducer(await started(), await startedKeys()).produceUserActivityEvent;
    const comment = { userId: 'ana', action: 'comment', videoId: 'video1', text: 'ж'.repeat(2_000) } as const;
    await produce(comment);
    await expect(Promise.all(Array.from({ length: 500 }, () => produce(comment)))).resolves.toHaveLength(500);
  });
});

describe('the documented calls', () => {
  it('send what a script publishes, and let it end', async () => {
    const eventId = randomUUID();
    const calls = new URL('../../producers/index.ts', import.meta.url);
    const event = JSON.stringify({
      userId: 'user1',
      videoId: 'video1',
      action: 'view',
      watchDurationMs: 15_000,
      eventId,
    });
    const script = `import { produceUserActivityEvent } from '${calls}'; await produceUserActivityEvent(${event});`;
    const env = { ...process.env, NAMESPACE: world.config.namespace };
    await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      env,
      timeout: 15_000,
    });
    expect(await idsIn('user_activity')).toContain(eventId);
  });
});

describe('while the broker is away', () => {
  const outcomeOf = async (publishing: Promise<unknown>) => {
    const since = performance.now();
    const reason = await publishing.then(() => null).catch((error: unknown) => error);
    return { reason, ms: performance.now() - since };
  };

  async function behindDoor(options: Partial<PublisherOptions> = {}) {
    const door = await BrokerDoor.to(world.config.kafka.brokers[0] ?? '');
    const config = { ...world.config, kafka: { ...world.config.kafka, brokers: [door.broker] } };
    const publisher = await started({ config, ...options });
    closing.push(() => door.shut());
    await publisher.publish('user_activity', like('ana', randomUUID()));
    return { door, publisher, config };
  }

  /** Published again and again until it is acknowledged. */
  async function recovered(publisher: Publisher): Promise<number> {
    const since = performance.now();
    while ((await outcomeOf(publisher.publish('user_activity', like('ana', randomUUID())))).reason) {
      if (performance.now() - since > 30_000) throw new Error('not recovered within 30 s');
      await pause(100);
    }
    return performance.now() - since;
  }

  const outages: [string, (door: BrokerDoor) => void | Promise<void>, (door: BrokerDoor) => void | Promise<void>][] = [
    ['stalls', (door) => door.stall(), (door) => door.resume()],
    ['is down', (door) => door.shut(), (door) => door.open()],
  ];

  it.each(outages)(
    'every caller is told within two seconds, nothing dropped is ever sent: it %s',
    async (_, fail, heal) => {
      const { door, publisher } = await behindDoor({ limits: { eventsMax: 300 } });
      await fail(door);
      const first = outcomeOf(publisher.publish('user_activity', like('ana', randomUUID())));
      await pause(100);
      const waiting = Array.from({ length: 500 }, () => randomUUID());
      const outcomes = await Promise.all(
        waiting.map((id) => outcomeOf(publisher.publish('user_activity', like('ana', id)))),
      );
      for (const { reason, ms } of [await first, ...outcomes]) {
        expect(reason).toBeInstanceOf(PublishUnavailable);
        expect(ms).toBeLessThan(2_000);
      }
      expect(outcomes.map(({ reason }) => (reason as PublishUnavailable).eventId)).toEqual(waiting);
      expect(outcomes.filter(({ ms }) => ms < 100).length).toBeGreaterThanOrEqual(200);
      await heal(door);
      await recovered(publisher);
      const there = new Set(await idsIn('user_activity'));
      expect(waiting.filter((id) => there.has(id))).toEqual([]);
    },
  );

  it('what was in flight is not sent long after its caller was told', async () => {
    const { door, publisher } = await behindDoor();
    await door.shut();
    const eventId = randomUUID();
    expect((await outcomeOf(publisher.publish('user_activity', like('ana', eventId)))).reason).toBeTruthy();
    await pause(8_000);
    await door.open();
    await recovered(publisher);
    await pause(3_000);
    expect(await idsIn('user_activity')).not.toContain(eventId);
  });

  it('it can be stopped', async () => {
    const { door, publisher } = await behindDoor({ limits: { deadlineMs: 5_000 } });
    await door.shut();
    const publishing = [outcomeOf(publisher.publish('user_activity', like('ana', randomUUID())))];
    await pause(3_500);
    publishing.push(outcomeOf(publisher.publish('user_activity', like('ana', randomUUID()))));
    await expect(Promise.race([publisher.stop().then(() => 'stopped'), pause(7_000)])).resolves.toBe('stopped');
    for (const { reason } of await Promise.all(publishing)) expect(reason).toBeInstanceOf(PublishUnavailable);
  });

  it('who comments for the first time is told as quickly, and the comment is not sent later', async () => {
    const { door, publisher, config } = await behindDoor();
    const keys = new PersonKeys({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
    closing.push(() => keys.stop());
    await keys.start();
    const produce = activityProducer(publisher, keys).produceUserActivityEvent;
    await door.shut();
    const [userId, eventId] = [`person-${randomUUID()}`, randomUUID()];
    const comment = produce({ userId, action: 'comment', videoId: 'video1', text: 'late', eventId });
    const told = await Promise.race([outcomeOf(comment), pause(2_500)]);
    await pause(1_000);
    await door.open();
    await recovered(publisher);
    await pause(4_000);
    expect(await idsIn('user_activity')).not.toContain(eventId);
    expect(told?.reason).toBeInstanceOf(PublishUnavailable);
    expect(told?.reason).toMatchObject({ eventId });
  });

  it('nothing acknowledged is lost over many failures', async () => {
    const { door, publisher } = await behindDoor();
    const acknowledged: string[] = [];
    const load = (async () => {
      for (let i = 0; i < 400; i++) {
        const eventId = randomUUID();
        publisher.publish('user_activity', like(`user-${i % 20}`, eventId)).then(
          () => acknowledged.push(eventId),
          () => undefined,
        );
        await pause(10);
      }
    })();
    for (let i = 0; i < 3; i++) {
      await pause(600);
      await door.shut();
      await pause(200);
      await door.open();
    }
    await load;
    await recovered(publisher);
    await pause(2_000);
    const there = await idsIn('user_activity');
    expect(acknowledged.length).toBeGreaterThan(50);
    const lost = acknowledged.filter((id) => !there.includes(id));
    expect(lost).toEqual([]);
  });
});

describe('personal details', () => {
  it('are read by every instance, and are not in the log in plain words', async () => {
    const [keys, others] = [await startedKeys(), await startedKeys()];
    const produce = activityProducer(await started(), keys).produceUserActivityEvent;
    const userId = `person-${randomUUID()}`;
    const { eventId } = await produce({ userId, action: 'comment', videoId: 'video1', text: 'my secret opinion' });
    const record = (await recordsOf('user_activity')).find(({ id }) => id === eventId);
    expect(record?.value.toString('latin1')).not.toContain('secret');
    const event = (await world.codec<UserActivity>('user_activity')).decode(record?.value ?? null);
    if (event.action !== 'comment' || !event.personal) throw new Error('no personal details');
    await expect.poll(() => others.decrypt(userId, event.personal as Buffer)).toEqual({ text: 'my secret opinion' });
  });

  it('are read although another build’s schema wrote their key', async () => {
    const schema = { ...schemaOf('person_keys'), namespace: 'com.profithack.events' };
    const madeBy = { name: 'madeBy', type: 'string', default: 'a later build' };
    const later = { ...schema, fields: [...schema.fields, madeBy] };
    const subject = world.registry.subjectOf('person_keys');
    const { id } = await world.registry.client.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(later) },
      { subject, compatibility: 'BACKWARD_TRANSITIVE' as never },
    );
    const [userId, keyId, key] = [`person-${randomUUID()}`, randomUUID(), randomBytes(32)];
    const value = await world.registry.client.encode(id, { userId, keyId, key, madeBy: 'x' });
    await world.appendRaw('person_keys', [{ key: `${userId}/${keyId}`, value, partition: 0 }]);
    const keys = await startedKeys();
    const sealed = await keys.encrypt(userId, { n: 1 });
    expect(stringify(sealed.subarray(0, 16))).toBe(keyId);
    expect(keys.decrypt(userId, sealed)).toEqual({ n: 1 });
  });

  it('belong to one person and cannot be altered', async () => {
    const keys = await startedKeys();
    const sealed = await keys.encrypt('ana', { text: 'a' });
    const altered = Buffer.from(sealed);
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    expect(() => keys.decrypt('ana', altered)).toThrow();
    expect(keys.decrypt('ben', sealed)).toBe('erased');
    expect((await keys.encrypt('ana', { text: 'a' })).equals(sealed)).toBe(false);
  });

  it('survive two instances that make a key for a person at once', async () => {
    const [one, other] = [await startedKeys(), await startedKeys()];
    const userId = `person-${randomUUID()}`;
    const sealed = await Promise.all([one, one, other].map((keys, i) => keys.encrypt(userId, { i })));
    const fresh = await startedKeys();
    expect(sealed.map((text) => fresh.decrypt(userId, text))).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
  });

  it('are erased for good with the person, who may come back', async () => {
    const [keys, others] = [await startedKeys(), await startedKeys()];
    const userId = `person-${randomUUID()}`;
    const sealed = [await keys.encrypt(userId, { n: 1 }), await keys.encrypt(userId, { n: 2 })];
    await keys.erase(userId);
    for (const text of sealed) {
      expect(keys.decrypt(userId, text)).toBe('erased');
      await expect.poll(() => others.decrypt(userId, text)).toBe('erased');
      expect((await startedKeys()).decrypt(userId, text)).toBe('erased');
    }
    expect(keys.decrypt(userId, await keys.encrypt(userId, { n: 3 }))).toEqual({ n: 3 });
  });

  it('are erased also by an instance that has only just been told of them', async () => {
    const [one, other] = [await startedKeys(), await startedKeys()];
    for (let i = 0; i < 10; i++) {
      const userId = `person-${randomUUID()}`;
      const sealed = await one.encrypt(userId, { i });
      await other.erase(userId);
      await expect.poll(() => one.decrypt(userId, sealed), { timeout: 3_000 }).toBe('erased');
    }
  });
});

describe('a follower of topics', () => {
  it('starts although some partitions are empty, follows several topics, and waits for a place', async () => {
    const physical = (['live_battles', 'trending_control'] as const).map((topic) =>
      topicIn(world.config.namespace, topic),
    );
    const seen: string[] = [];
    const follower = new TopicFollower({
      kafka: world.kafka,
      topics: physical,
      onRecord: ({ topic, key }) => void seen.push(`${topic} ${key}`),
      onFatal: (why) => world.log.fatal(why),
    });
    closing.push(() => follower.stop());
    await follower.start();
    const battle = { battleId: `battle-${randomUUID()}`, type: 'ended' } as const;
    const { partition, offset } = await battleProducer(await started()).produceLiveBattleEvent(battle);
    await follower.waitFor(physical[0] ?? '', partition, offset);
    expect(seen).toContain(`${physical[0]} ${battle.battleId}`);
  });
});

describe('the import of a log', () => {
  const rows = Array.from(
    { length: 2_000 },
    (_, i): KuaiRandRow => ({
      user_id: String(i % 37),
      video_id: String(i % 101),
      time_ms: String(1_650_000_000_000 + (i % 500)),
      is_follow: i % 50 === 0 ? '1' : '0',
      is_comment: '0',
      is_forward: '0',
      play_time_ms: String(i),
      duration_ms: '20000',
      label: i % 5 === 0 ? '0' : '1',
    }),
  );
  const events = rows.length * 2 + rows.length / 50;

  async function importer() {
    const admin = world.kafka.admin();
    await admin.connect();
    closing.push(() => admin.disconnect());
    const folded = new Folded({
      redis: world.redis,
      admin,
      namespace: world.config.namespace,
      generations: firstGenerations,
    });
    return { publisher: await started({ limits: { deadlineMs: 10_000 } }), folded };
  }

  /** How many events of the log's users history has folded. */
  async function foldedEvents(): Promise<number> {
    await world.settle();
    const states = [...(await world.states<History>(history))].filter(([user]) => user.startsWith('kr_'));
    return states.reduce((sum, [, state]) => sum + state.events, 0);
  }

  it('counts its rows, goes on where it was interrupted, and adds nothing a second time', async () => {
    await world.run();
    const parts = { ...(await importer()), onProgress: () => {} };
    const log = kuaiRandLog(`kuairand-${randomUUID()}`, rows);
    expect(await importUploads(log, parts)).toMatchObject({ imported: 101, alreadyThere: 0 });

    const killed = importActivity(log, {
      ...parts,
      onProgress: (done) => {
        if (done > 700) throw new Error('killed');
      },
    });
    await expect(killed).rejects.toThrow('killed');
    const rest = await importActivity(log, parts);
    expect(rest.imported + rest.alreadyThere).toBe(rows.length);
    expect(rest.alreadyThere).toBeGreaterThan(500);
    await world.settle();
    const ends = await world.ends('user_activity');

    const again = await importActivity(log, parts);
    expect(again).toMatchObject({ imported: 0, alreadyThere: rows.length, events: {} });
    expect(await importUploads(log, parts)).toMatchObject({ imported: 0, alreadyThere: 101 });
    expect(await world.ends('user_activity')).toEqual(ends);

    const imported = (await recordsOf('user_activity')).filter(({ key }) => key.startsWith('kr_'));
    expect(imported).toHaveLength(events);
    expect(await foldedEvents()).toBe(events);
  });
});
