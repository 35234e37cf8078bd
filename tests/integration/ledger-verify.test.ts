// The auditor on the real servers: an honest ledger agrees, and one altered byte, wherever it is, is found and named.
import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topicIn } from '../../infra/kafka.ts';
import type { Head } from '../../operations/ledger/partition-audit.ts';
import { verifyLedger } from '../../operations/ledger/verify.ts';
import { ledger } from '../../processors/ledger/processor.ts';
import { firstGenerations, memosKey, stateKey } from '../../processors/runtime/keys.ts';
import { walletPartition } from '../../projections/wallets.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { buys, type Given, subscribes, tips } from '../ledger-log.ts';
import { World } from '../world.ts';

let world: World;
let heads: Head[];
let events = 0;

const made = (given: Given) => ({
  occurredAt: Date.now(),
  actorId: 'test',
  correlationId: 'test',
  source: 'test',
  ruleSet: 1,
  origin: null,
  eventId: `event-${events++}`,
  ...given,
});

async function append(...given: Given[]): Promise<void> {
  await world.append('payment_transactions', given.map(made));
  await world.settle([ledger]);
}

const verify = (kafka: Kafka = world.kafka, expected: readonly Head[] = []) =>
  verifyLedger({ kafka, redis: world.redis, config: world.config, generations: firstGenerations }, { expected });

/** A broker that gives one record with one byte altered: nothing else of the log is touched, nor the entries made of it. */
function altered(
  topic: TopicName,
  at: { partition: number; offset: number },
  alter: (message: KafkaMessage) => void,
): Kafka {
  const consumer: Kafka['consumer'] = (options) => {
    const real = world.kafka.consumer(options);
    const run: typeof real.run = (given) =>
      real.run({
        ...given,
        eachBatch: async (payload: EachBatchPayload) => {
          const { batch } = payload;
          if (batch.topic === topicIn(world.config.namespace, topic) && batch.partition === at.partition)
            for (const message of batch.messages) if (Number(message.offset) === at.offset) alter(message);
          await given?.eachBatch?.(payload);
        },
      });
    return { ...real, run };
  };
  return { ...world.kafka, admin: () => world.kafka.admin(), consumer } as Kafka;
}

function flip(message: KafkaMessage, byte: number): void {
  const value = Buffer.from(message.value as Buffer);
  value[byte] = (value[byte] as number) ^ 1;
  message.value = value;
}

const partition = walletPartition('ann');

/** Appends the entry of the third record once more. */
async function publishedAgain(alter: (value: Buffer) => void): Promise<void> {
  let copied: KafkaMessage | null = null;
  await verify(
    altered('ledger_entries', { partition, offset: 2 }, (message) => {
      copied = message;
    }),
  );
  const { key, value, headers } = copied as unknown as KafkaMessage;
  const again = Buffer.from(value as Buffer);
  alter(again);
  const producer = world.kafka.producer();
  await producer.connect();
  const message = { key, value: again, partition, ...(headers && { headers }) };
  await producer.send({ topic: topicIn(world.config.namespace, 'ledger_entries'), messages: [message] });
  await producer.disconnect();
}

beforeAll(async () => {
  world = await World.make();
  await world.run([ledger]);
  await append(buys('ann', 500), buys('ann', 500, { asset: 'CREDIT' }), buys('bob', 50));
  await append(
    ...[7, 9, 11].map((coins) => tips('ann', 'zoe', coins)),
    subscribes('ann', 'zoe', 1),
    tips('bob', 'ann', 60),
  );
  heads = (await verify()).partitions.map(({ head }) => head);
  await append(tips('ann', 'zoe', 13), tips('bob', 'zoe', 3));
}, 60_000);

afterAll(() => world.drop());

describe('ledger:verify', () => {
  it('agrees with an honest ledger, and with heads that were kept before', async () => {
    const { partitions, findings } = await verify(world.kafka, heads);
    expect(findings).toEqual([]);
    expect(partitions.every(({ isKeptFound }) => isKeptFound)).toBe(true);
    expect(partitions.reduce((sum, { entries }) => sum + entries, 0)).toBe(events + 6);
  }, 30_000);

  it.each([
    ['the last byte', (value: Buffer) => value.length - 1],
    ['one in the middle', (value: Buffer) => value.length >> 1],
    ['one of the schema id', () => 3],
  ])(
    'finds %s of one record, and names its place first',
    async (_, at) => {
      const place = { partition, offset: 3 };
      const kafka = altered('payment_transactions', place, (message) => flip(message, at(message.value as Buffer)));
      expect((await verify(kafka)).findings[0]).toMatchObject(place);
    },
    30_000,
  );

  it('finds a byte that changes no decision, and blames nothing else', async () => {
    const place = { partition, offset: 3 };
    const kafka = altered('payment_transactions', place, (message) =>
      flip(message, (message.value as Buffer).indexOf('test')),
    );
    const what = expect.stringContaining('the record');
    expect((await verify(kafka)).findings).toEqual([{ ...place, what }]);
  }, 30_000);

  it('finds another id in a header', async () => {
    const kafka = altered('payment_transactions', { partition, offset: 2 }, (message) => {
      message.headers = { ...message.headers, id: Buffer.from('another') };
    });
    expect((await verify(kafka)).findings).toMatchObject([
      { partition, offset: 2, what: expect.stringContaining('hash') },
    ]);
  }, 30_000);

  it('finds one altered byte of an entry', async () => {
    const kafka = altered('ledger_entries', { partition, offset: 2 }, (message) => {
      const value = Buffer.from(message.value as Buffer);
      value.write('8', value.indexOf('"-7"') + 2);
      message.value = value;
    });
    const { findings } = await verify(kafka);
    expect(findings).toMatchObject([
      { partition, offset: 2, what: expect.stringMatching(/^postings is .*"-8".*recomputed .*"-7"/) },
    ]);
  }, 30_000);

  it('finds a log and entries that agree with each other, but not with what an auditor kept', async () => {
    const forged = heads.map((head) => (head.partition === partition ? { ...head, hash: 'f'.repeat(64) } : head));
    const { partitions, findings } = await verify(world.kafka, forged);
    expect(findings).toMatchObject([{ partition, what: expect.stringContaining('kept') }]);
    expect(partitions.filter(({ isKeptFound }) => !isKeptFound).map(({ head }) => head.partition)).toEqual([partition]);
    const longer = [{ partition, offset: 1_000, hash: 'f'.repeat(64) }];
    expect((await verify(world.kafka, longer)).findings).toMatchObject([
      { partition, what: expect.stringContaining('shorter') },
    ]);
  }, 30_000);

  it('agrees where an owner that took over has published an entry again', async () => {
    await publishedAgain(() => {});
    expect((await verify()).findings).toEqual([]);
  }, 30_000);

  it('finds a balance that was changed in Redis, and a head', async () => {
    const tag = world.tag(ledger as never, partition);
    const state = await world.redis.hget(stateKey(tag), 'ann');
    await world.redis.hset(stateKey(tag), 'ann', String(state).replace('"user:COIN":"4', '"user:COIN":"9'));
    const head = await world.redis.hget(memosKey(tag), 'partition');
    await world.redis.hset(memosKey(tag), 'partition', String(head).replace('"entries":', '"entries":1'));
    const { findings } = await verify();
    expect(findings).toMatchObject([
      { partition, offset: null, what: expect.stringMatching(/^ann: in Redis balances .*"9/) },
      { partition, offset: null, what: expect.stringContaining('head') },
    ]);
  }, 30_000);

  it('finds a second entry that says something else', async () => {
    await publishedAgain((value) => value.write('8', value.indexOf('"-7"') + 2));
    const what = expect.stringContaining('second entry');
    expect((await verify()).findings).toContainEqual({ partition, offset: 2, what });
  }, 30_000);
});
