// Ledger and statements on the real servers: gifts and their credits settle, and readers answer balances, statements, revenue and boards.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookAdRevenue, reverse } from '../../operations/ledger/desk.ts';
import { ledger } from '../../processors/ledger/processor.ts';
import { firstGenerations } from '../../processors/runtime/keys.ts';
import { statements } from '../../processors/statements/processor.ts';
import { Publisher } from '../../producers/publish.ts';
import { GiftBoards } from '../../projections/gift-boards.ts';
import { StateReader } from '../../projections/state-reader.ts';
import { StatementReader } from '../../projections/statements.ts';
import { WalletReader, walletPartition } from '../../projections/wallets.ts';
import { asks, buys, type Given, reverses, says, tips } from '../ledger-log.ts';
import { World } from '../world.ts';

let world: World;
let wallets: WalletReader;
let reader: StatementReader;
let boards: GiftBoards;
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
  await world.settle([ledger, statements]);
}

const inTransit = async () => {
  const heads = await Promise.all(Array.from({ length: 8 }, (_, partition) => wallets.partition(partition)));
  return heads.reduce((sum, head) => sum + BigInt(head?.accounts['in_transit:COIN'] ?? 0), 0n);
};

const payers = Array.from({ length: 6 }, (_, i) => `payer-${i}`);
const creators = ['creator-0', 'creator-1', 'creator-2'];

beforeAll(async () => {
  world = await World.make();
  const { redis, cassandra, config } = world;
  const { namespace } = config;
  const generations = firstGenerations;
  wallets = new WalletReader(redis, namespace, generations);
  boards = new GiftBoards(redis, namespace, generations);
  const states = new StateReader(redis, namespace, generations);
  reader = new StatementReader({ cassandra, keyspace: config.cassandra.keyspace, generations, states });
  await world.run([ledger, statements]);
  await append(...payers.map((payer) => buys(payer, 1_000)));
  // Payer i tips every creator (10 i + 7): once, and once more with the same key.
  const gifts = payers.flatMap((payer, i) =>
    creators.map((creator) => tips(payer, creator, 10 * i + 7, { eventId: `tip-${payer}-${creator}` })),
  );
  await append(...gifts, ...gifts);
}, 60_000);

afterAll(() => world.drop());

const sent = (i: number) => creators.length * (10 * i + 7);
const shares = payers.reduce((sum, _, i) => sum + Math.ceil(((10 * i + 7) * 55) / 100), 0);
const received = payers.reduce((sum, _, i) => sum + 10 * i + 7, 0);

describe('the ledger on the real servers', () => {
  it('has paid each gift once, and nothing is in transit', async () => {
    for (const [i, payer] of payers.entries())
      expect((await wallets.account(payer))?.balances).toEqual({ 'user:COIN': String(1_000 - sent(i)) });
    for (const creator of creators)
      expect(await wallets.account(creator)).toMatchObject({
        balances: { 'creator:COIN': String(shares) },
        earned: { 'gifts:COIN': String(shares) },
      });
    expect(await inTransit()).toBe(0n);
    expect(await wallets.account('nobody')).toBeNull();
  });

  it('keeps the answer to a request and what is unlocked', async () => {
    const unlock = { asset: 'COIN', amount: 9, videoId: 'v1', idempotencyKey: 'k1', fingerprint: 'f' };
    await append(says('unlock', 'payer-0', unlock));
    const answer = await wallets.request('payer-0', 'k1');
    expect(answer?.outcome).toMatchObject({ accepted: true, kind: 'unlock', balance: { coins: '970', credits: '0' } });
    expect(await wallets.unlocked('payer-0', 'v1')).toBe(answer?.outcome.transactionId);
    expect(await wallets.unlocked('payer-0', 'v2')).toBeNull();
    expect(await wallets.request('payer-0', 'k2')).toBeNull();
  });

  it('accepts as many swipes at once as are free, and tells each to its pair and to the history', async () => {
    const lengthOf = async (topic: 'dating_pairs' | 'user_activity') =>
      [...(await world.ends(topic)).values()].reduce((sum, end) => sum + end, 0);
    const before = [await lengthOf('dating_pairs'), await lengthOf('user_activity')];
    const swipe = (n: number) =>
      asks('swipe', 'swiper', { counterpartyId: `liked-${n}`, direction: 'RIGHT', idempotencyKey: `s${n}` });
    await append(...Array.from({ length: 50 }, (_, n) => swipe(n)));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => wallets.request('swiper', `s${n}`)));
    const reasons = answers.map((answer) => answer?.outcome.reason ?? 'accepted');
    expect([5, 45]).toEqual(['accepted', 'insufficient_funds'].map((one) => reasons.filter((r) => r === one).length));
    const after = [await lengthOf('dating_pairs'), await lengthOf('user_activity')];
    expect(after).toEqual(before.map((length) => length + 5));
    expect((await wallets.account('swiper'))?.swipes?.used).toBe(5);
  });

  it('pages a statement, newest first, every line at its place in the topic', async () => {
    const first = await reader.page({ accountId: 'payer-5', limit: 4 });
    expect(first.entries.map(({ outcome }) => outcome)).toEqual(['repeated', 'repeated', 'repeated', 'accepted']);
    const second = await reader.page({ accountId: 'payer-5', limit: 4, ...(first.next && { after: first.next }) });
    expect(second.entries.map(({ kind }) => kind)).toEqual(['tip', 'tip', 'coin_purchase']);
    expect(second.next).toBeNull();
    const [tip] = second.entries;
    expect(tip).toMatchObject({ partition: walletPartition('payer-5'), amount: '57', stream: 'gifts' });
    expect(tip?.postings).toContainEqual(['user:payer-5', 'COIN', '-57']);
    expect((await reader.page({ accountId: 'nobody', limit: 4 })).entries).toEqual([]);
  });

  it('tells balances as of any position and any time', async () => {
    const { entries } = await reader.page({ accountId: 'payer-5', limit: 10 });
    const known = [...entries].reverse();
    const expected = ['1000', '943', '886', '829', '829', '829', '829'];
    for (const [i, { offset, partition, time }] of known.entries()) {
      const then = await reader.asOf('payer-5', { offset });
      expect(then).toEqual({ balances: { 'user:COIN': expected[i] }, position: { partition, offset, time } });
    }
    const [bought] = known;
    expect((await reader.asOf('payer-5', { time: bought?.time ?? 0 })).balances).toEqual({ 'user:COIN': '1000' });
    expect((await reader.asOf('payer-5', { time: Date.now() })).balances).toEqual({ 'user:COIN': '829' });
    const before = { balances: {}, position: null };
    expect(await reader.asOf('payer-5', { time: (bought?.time ?? 0) - 1 })).toEqual(before);
    expect(await reader.asOf('payer-5', { offset: (bought?.offset ?? 0) - 1 })).toEqual(before);
  });

  it('adds up revenue by hour and stream', async () => {
    const to = Date.now() + 60_000;
    const sums = (await reader.revenue({ from: to - 3 * 3_600_000, to })).filter(({ stream }) => stream === 'gifts');
    const total = (of: 'amount' | 'creatorAmount') => sums.reduce((sum, { [of]: amount }) => sum + Number(amount), 0);
    expect([total('amount'), total('creatorAmount')]).toEqual([3 * received, 3 * shares]);
    await expect(reader.revenue({ from: 0, to })).rejects.toThrow(RangeError);
  });

  it('ranks who gave and who received, less what was taken back', async () => {
    const now = Date.now();
    const top = async (side: 'sent' | 'received') =>
      (await boards.top({ side, window: 'week', limit: 3, now })).standings.map(({ userId, coins }) => [userId, coins]);
    expect(await top('sent')).toEqual([5, 4, 3].map((i) => [`payer-${i}`, sent(i)]));
    expect(await top('received')).toEqual(creators.map((creator) => [creator, received]));
    await append(reverses('payer-5', 'tip-payer-5-creator-0'));
    expect(await top('sent')).toEqual([
      [`payer-4`, sent(4)],
      [`payer-5`, sent(5) - 57],
      [`payer-3`, sent(3)],
    ]);
    expect((await top('received')).at(-1)).toEqual(['creator-0', received - 57]);
    expect((await boards.top({ side: 'sent', window: 'day', limit: 3, now: now - 86_400_000 })).standings).toEqual([]);
  });

  it('takes back from a creator what was paid out, and is owed it', async () => {
    await append(buys('payer-1', 9_000), tips('payer-1', 'creator-9', 9_000, { eventId: 'large' }));
    await append(asks('payout', 'creator-9', { asset: 'COIN', amount: 4_950, provider: 'local', eventId: 'out' }));
    await append(says('payout_settled', 'creator-9', { transactionId: 'out', provider: 'local' }));
    await append(reverses('payer-1', 'large'));
    expect((await wallets.account('creator-9'))?.balances).toEqual({ 'creator_debt:COIN': '-4950' });
    expect(await inTransit()).toBe(0n);
  });

  it('answers an operator with the line that says what was decided', async () => {
    const publisher = new Publisher({ config: world.config, log: world.log });
    await publisher.start();
    const desk = { publisher, statements: reader };
    const ad = { accountId: 'creator-8', amount: 101, placement: 'pre_roll', provider: 'net', id: 'statement-1' };
    expect(await bookAdRevenue(desk, ad)).toMatchObject({ outcome: 'accepted', balances: { 'creator:USD': '56' } });
    expect(await bookAdRevenue(desk, ad)).toMatchObject({ outcome: 'ignored', reason: 'already_booked' });
    const reversal = {
      accountId: 'payer-2',
      transactionId: 'tip-payer-2-creator-1',
      amount: 7,
      idempotencyKey: 'operator-1',
    };
    expect(await reverse(desk, reversal)).toMatchObject({ outcome: 'accepted', amount: '7', stream: 'gifts' });
    expect(await reverse(desk, reversal)).toMatchObject({ outcome: 'repeated' });
    expect(await reverse(desk, { ...reversal, amount: 8 })).toMatchObject({ outcome: 'misused' });
    await publisher.stop();
  });
});
