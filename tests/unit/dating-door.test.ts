// The door for what one person asks about another: what is published under which key, what is awaited, what a caller is told when that fails.
import { describe, expect, it } from 'vitest';
import { datingDoor } from '../../api/dating-door.ts';
import { Refusal } from '../../api/problems.ts';
import type { RequestMemo } from '../../processors/pairs/domain-pair.ts';
import { pairProducer } from '../../producers/pairs.ts';
import { type Publisher, PublishUnavailable } from '../../producers/publish.ts';
import type { RequestPlace } from '../../projections/outcome-waiters.ts';
import { pairPartition } from '../../projections/pairs.ts';

const event = { type: 'undo', userId: 'bob', targetUserId: 'ann', idempotencyKey: 'k', fingerprint: 'f' } as const;
const memoAt = (offset: number) => ({ fingerprint: 'f', outcome: { offset } }) as unknown as RequestMemo;
const acknowledged = {
  eventId: 'e',
  topic: 'dating_pairs',
  partition: 3,
  offset: 41,
  token: 'dating_pairs:3:41',
} as const;

function doorWith(
  outcome: RequestMemo | 'pending',
  { isFull = false, fails = null as Error | null, isConnected = true } = {},
) {
  const published: object[] = [];
  const awaited: Partial<RequestPlace>[] = [];
  const told = async (place: Partial<RequestPlace>) => {
    awaited.push(place);
    return outcome;
  };
  const producePairEvent = async (given: object) => {
    published.push(given);
    if (fails) throw fails;
    return acknowledged;
  };
  const door = datingDoor({
    producer: () => (isConnected ? { producePairEvent } : null),
    outcomes: { isFull, outcome: told, outcomeOf: told },
  });
  return { door, published, awaited };
}

describe('a request about another person', () => {
  it('is published with an id of its own, and its outcome awaited at its place', async () => {
    const { door, published, awaited } = doorWith(memoAt(41));
    const answer = await door.request(event, 'call-1');
    expect(answer).toMatchObject({ isRepeat: false, token: 'dating_pairs:3:41', memo: { outcome: { offset: 41 } } });
    const made = { ...event, correlationId: 'call-1', eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    expect(published).toMatchObject([made]);
    expect(awaited).toEqual([{ key: 'request:ann:bob:bob:k', partition: 3, offset: 41 }]);
  });

  it('that another record was decided for is a repeat', async () => {
    expect(await doorWith(memoAt(7)).door.request(event, 'c')).toMatchObject({ isRepeat: true });
  });

  it('that is not decided in time is pending, and can be looked for', async () => {
    const { door } = doorWith('pending');
    expect(await door.request(event, 'c')).toEqual({ memo: null, token: 'dating_pairs:3:41' });
  });

  it('is refused where nobody could wait for it, or nothing is connected', async () => {
    const full = doorWith(memoAt(41), { isFull: true });
    expect(await full.door.request(event, 'c')).toMatchObject({ reason: 'overloaded' });
    const apart = doorWith(memoAt(41), { isConnected: false });
    expect(await apart.door.request(event, 'c')).toMatchObject({ reason: 'unavailable' });
    expect([...full.published, ...apart.published]).toEqual([]);
  });

  it('whose fate is not known says so', async () => {
    const { door } = doorWith(memoAt(41), { fails: new PublishUnavailable('e', 'the deadline') });
    const answer = await door.request(event, 'c');
    expect(answer).toBeInstanceOf(Refusal);
    expect((answer as Refusal).detail).toMatch(/unknown whether the request was taken/);
    const broken = doorWith(memoAt(41), { fails: new Error('a defect') });
    await expect(broken.door.request(event, 'c')).rejects.toThrow('a defect');
  });
});

it('the verdict on what the ledger has accepted is awaited by its transaction, where the pair is', async () => {
  const { door, awaited } = doorWith(memoAt(7));
  const transaction = { userId: 'bob', targetUserId: 'ann', transactionId: 't1' };
  expect(await door.verdict(transaction)).toMatchObject({ outcome: { offset: 7 } });
  expect(awaited).toEqual([{ key: 'request:ann:bob:bob:t1', partition: pairPartition('ann:bob') }]);
  expect(await doorWith('pending').door.verdict(transaction)).toBeNull();
});

describe('the producer of pairs', () => {
  const producing = () => {
    const published: unknown[] = [];
    const publish = async (topic: string, given: object) => {
      published.push([topic, given]);
      return acknowledged;
    };
    const keys = {
      encrypt: async (userId: string, details: object) => Buffer.from(`${userId} ${JSON.stringify(details)}`),
    };
    const publisher = { publish, now: () => 1 } as unknown as Publisher;
    return { published, ...pairProducer(publisher, keys as never), publisher };
  };

  it('names the pair by its two people, whoever asks', async () => {
    const { published, producePairEvent } = producing();
    await producePairEvent(event);
    await producePairEvent({ ...event, userId: 'ann', targetUserId: 'bob' });
    expect(published).toMatchObject([
      ['dating_pairs', { pairId: 'ann:bob', userId: 'bob', actorId: 'bob' }],
      ['dating_pairs', { pairId: 'ann:bob', userId: 'ann', actorId: 'ann' }],
    ]);
  });

  it('encrypts a report’s words under the key of who wrote them', async () => {
    const { published, producePairEvent } = producing();
    await producePairEvent({ ...event, type: 'report', reason: 'rude', text: 'said so' });
    expect(published).toMatchObject([
      ['dating_pairs', { reason: 'rude', personal: Buffer.from('bob {"text":"said so"}') }],
    ]);
    expect(JSON.stringify(published)).not.toContain('"text":"said');
    const { producePairEvent: keyless } = pairProducer(producing().publisher);
    await expect(keyless({ ...event, type: 'report', reason: 'rude', text: 'x' })).rejects.toThrow(/keys of persons/);
  });

  it.each([
    ['userId', { userId: 'a b' }],
    ['targetUserId', { targetUserId: 'a:b' }],
    ['targetUserId', { targetUserId: 'bob' }],
    ['idempotencyKey', { idempotencyKey: undefined }],
    ['reason', { type: 'report' }],
    ['direction', { direction: 'LEFT' }],
  ])('refuses a wrong %s by its name', async (field, wrong) => {
    const { published, producePairEvent } = producing();
    await expect(producePairEvent({ ...event, ...wrong } as never)).rejects.toMatchObject({
      name: 'InvalidEvent',
      field,
    });
    expect(published).toEqual([]);
  });
});
