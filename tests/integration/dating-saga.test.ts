// Two people between ledger, pair and history on the real servers: one match for both, every hold settled once, whatever is killed between.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datingDoor } from '../../api/dating-door.ts';
import { startClock } from '../../processors/clock/connected.ts';
import { history } from '../../processors/history/processor.ts';
import { ledger } from '../../processors/ledger/processor.ts';
import type { KeptPair, RequestMemo } from '../../processors/pairs/domain-pair.ts';
import { pairs } from '../../processors/pairs/processor.ts';
import { firstGenerations } from '../../processors/runtime/keys.ts';
import type { Runner } from '../../processors/runtime/runner.ts';
import { pairProducer } from '../../producers/pairs.ts';
import { paymentProducer } from '../../producers/payments.ts';
import { Publisher } from '../../producers/publish.ts';
import { decidedIn } from '../../projections/decided.ts';
import { PairReader } from '../../projections/pairs.ts';
import { PushChannels } from '../../projections/push-channels.ts';
import { RequestOutcomes } from '../../projections/request-outcomes.ts';
import { WalletReader } from '../../projections/wallets.ts';
import { pairIdOf } from '../../schemas/ids.ts';
import { compareRedis } from '../faults/compare-redis.ts';
import { complaintsOf, foldLog } from '../faults/expected.ts';
import type { Platform } from '../faults/platform.ts';
import { asks } from '../pairs-log.ts';
import { World } from '../world.ts';

const saga = [ledger, pairs, history] as const;
const hourMs = 3_600_000;

let world: World;
let runner: Runner;
let wallets: WalletReader;
let reader: PairReader;
let publisher: Publisher;
let channels: PushChannels;
let outcomes: RequestOutcomes<RequestMemo>;
let count = 0;

beforeAll(async () => {
  world = await World.make();
  const { redis, config, log } = world;
  const { namespace } = config;
  wallets = new WalletReader(redis, namespace, firstGenerations);
  reader = new PairReader(redis, namespace, firstGenerations, { check: async () => undefined });
  publisher = new Publisher({ config, log });
  channels = new PushChannels(redis, log);
  const about = { namespace, generations: firstGenerations, processor: 'pairs', topic: 'dating_pairs' } as const;
  outcomes = new RequestOutcomes({ ...about, channels, log, decided: decidedIn({ ...about, redis }) });
  await Promise.all([publisher.start(), channels.start()]);
  await outcomes.start();
  runner = await world.run(saga as never);
}, 60_000);

afterAll(async () => {
  outcomes.stop();
  channels.stop();
  await publisher.stop();
  await world.drop();
});

type Given = Readonly<Record<string, unknown>>;

const made = (given: Given) => ({
  occurredAt: Date.now(),
  actorId: 'test',
  correlationId: 'test',
  source: 'test',
  ruleSet: 1,
  origin: null,
  eventId: `event-${count++}`,
  ...given,
});

const buys = (accountId: string, asset: string, amount: number): Given => ({
  type: 'coin_purchase',
  accountId,
  asset,
  amount,
  provider: 'local',
  currency: 'USD',
  price: amount,
});
const swipes = (accountId: string, counterpartyId: string, direction = 'RIGHT', more: Given = {}): Given => {
  const key = `swipe-${count++}`;
  return { type: 'swipe', accountId, counterpartyId, direction, idempotencyKey: key, fingerprint: 'f', ...more };
};
const unlocks = (accountId: string, counterpartyId: string, mode: string, more: Given = {}): Given => {
  const key = `unlock-${count++}`;
  return { type: 'match_unlock', accountId, counterpartyId, mode, idempotencyKey: key, fingerprint: 'f', ...more };
};

const settled = () => world.settle(saga as never);

async function pay(...given: Given[]): Promise<void> {
  await world.append('payment_transactions', given.map(made));
  await settled();
}

async function ask(...given: Parameters<typeof asks>): Promise<void> {
  const [, one, other] = given;
  await world.append('dating_pairs', [made({ pairId: pairIdOf(one, other), ...asks(...given) })]);
  await settled();
}

/** How often each action stands in a person's history. */
async function actionsOf(userId: string): Promise<Readonly<Record<string, number>>> {
  const states = await world.states<{ actions: Record<string, number> }>(history);
  return states.get(userId)?.actions ?? {};
}
const pocketsOf = async (userId: string) => (await wallets.account(userId))?.balances ?? {};
const matchOf = async (one: string, other: string) => (await reader.pair(one, other))?.match ?? null;

/** Two who have matched, with money enough for one unlock of each kind. */
async function matched(one: string, other: string): Promise<string> {
  const bought = [one, other].flatMap((who) => [buys(who, 'COIN', 125), buys(who, 'CREDIT', 200)]);
  await pay(...bought, swipes(one, other), swipes(other, one));
  return (await matchOf(one, other))?.matchId ?? '';
}

const rich = { 'user:COIN': '125', 'user:CREDIT': '200' };

describe('a match', () => {
  it('is one for both, in whichever order the two have swiped', async () => {
    const couples = Array.from({ length: 12 }, (_, i) => [`left-${i}`, `right-${i}`] as const);
    const both = couples.flatMap(([one, other], i) =>
      i % 2 ? [swipes(one, other), swipes(other, one)] : [swipes(other, one, 'SUPER_LIKE'), swipes(one, other)],
    );
    await pay(...couples.map(([, other]) => buys(other, 'COIN', 50)));
    const requests = both.map(made);
    await world.append('payment_transactions', [...requests, ...requests]);
    await settled();
    for (const [one, other] of couples) {
      expect(await matchOf(one, other)).toMatchObject({ status: 'locked' });
      for (const who of [one, other]) expect(await actionsOf(who)).toEqual({ swipe: 1, match: 1 });
    }
    const pages = await reader.pairs('left-3', ['right-3', 'right-4', 'nobody', 'left-3']);
    expect([...pages.keys()]).toEqual(['right-3']);
  });

  it('is heard of by whoever waits for the verdict on a swipe', async () => {
    const door = datingDoor({ producer: () => pairProducer(publisher), outcomes });
    const { producePaymentTransactionEvent: publish } = paymentProducer(publisher);
    const verdicts = ['RIGHT', 'RIGHT'].map(async (direction, i) => {
      const [userId, targetUserId] = i === 0 ? ['tom', 'uma'] : ['uma', 'tom'];
      const key = { eventId: `parallel-${i}`, idempotencyKey: `parallel-${i}`, fingerprint: 'f' };
      await publish({ type: 'swipe', accountId: userId, counterpartyId: targetUserId, direction, ...key } as never);
      return door.verdict({ userId, targetUserId, transactionId: `parallel-${i}` } as never);
    });
    const told = await Promise.all(verdicts);
    expect(told.map((memo) => memo?.outcome.matched).sort()).toEqual([false, true]);
    expect(told.map((memo) => memo?.outcome.accepted)).toEqual([true, true]);
    const request = { type: 'undo', userId: 'uma', targetUserId: 'tom', idempotencyKey: 'undo-1' } as const;
    const first = await door.request(request, 'call');
    expect(first).toMatchObject({ isRepeat: false, memo: { outcome: { accepted: false, reason: 'has_matched' } } });
    expect(await door.request(request, 'call')).toMatchObject({ ...first, isRepeat: true, token: expect.anything() });
    expect(await reader.request('uma', 'tom', 'undo-1')).toMatchObject({ outcome: { kind: 'undo' } });
    await settled();
  });

  it('is not made by a swipe that was taken back, which then costs nothing', async () => {
    await pay(buys('vic', 'COIN', 50), swipes('vic', 'wil', 'SUPER_LIKE'));
    expect(await pocketsOf('vic')).toEqual({});
    await ask('undo', 'vic', 'wil');
    expect(await pocketsOf('vic')).toEqual({ 'user:COIN': '50' });
    await pay(swipes('wil', 'vic'));
    expect([await matchOf('vic', 'wil'), await actionsOf('vic')]).toEqual([null, { swipe: 1, undo: 1 }]);
    await pay(swipes('vic', 'wil'));
    expect(await matchOf('vic', 'wil')).toMatchObject({ status: 'locked' });
  });
});

describe('an unlock', () => {
  it('by both is paid by both, once the other has paid too', async () => {
    const matchId = await matched('ann', 'bob');
    await pay(unlocks('bob', 'ann', 'both', { matchId }));
    expect(await pocketsOf('bob')).toEqual({
      'user:COIN': '100',
      'user:CREDIT': '150',
      'held:COIN': '25',
      'held:CREDIT': '50',
    });
    expect(await matchOf('ann', 'bob')).toMatchObject({ status: 'locked' });
    await pay(unlocks('ann', 'bob', 'both', { matchId }));
    expect(await matchOf('ann', 'bob')).toMatchObject({ matchId, status: 'unlocked' });
    for (const who of ['ann', 'bob']) {
      expect(await pocketsOf(who)).toEqual({ 'user:COIN': '100', 'user:CREDIT': '150' });
      expect(await actionsOf(who)).toEqual({ swipe: 1, match: 1, match_change: 1 });
    }
    await pay(unlocks('ann', 'bob', 'instant', { matchId }));
    expect(await pocketsOf('ann')).toEqual({ 'user:COIN': '100', 'user:CREDIT': '150' });
  });

  it('at once by one gives back what the other has held', async () => {
    const matchId = await matched('cat', 'dan');
    await pay(unlocks('dan', 'cat', 'both', { matchId }), unlocks('cat', 'dan', 'instant', { matchId }));
    expect(await matchOf('cat', 'dan')).toMatchObject({ status: 'unlocked' });
    expect([await pocketsOf('cat'), await pocketsOf('dan')]).toEqual([
      { 'user:COIN': '25', 'user:CREDIT': '50' },
      rich,
    ]);
  });

  it('that the other never pays for is given back when its timer fires, and not before', async () => {
    const soon = await matched('eve', 'fay');
    const late = await matched('gus', 'hal');
    // Two days ago by its own time, as an import is folded, but for the second that is left.
    const then = { source: 'import', occurredAt: Date.now() - 48 * hourMs + 1_000 };
    await pay(
      unlocks('eve', 'fay', 'both', { matchId: soon, ...then }),
      unlocks('gus', 'hal', 'both', { matchId: late }),
    );
    expect(await pocketsOf('eve')).toMatchObject({ 'held:COIN': '25', 'held:CREDIT': '50' });
    const options = { config: world.config, log: world.log, processors: saga as never, onFatal: () => {}, everyMs: 50 };
    // A clock that is four minutes ahead fires it early: the pair lets that pass, and it is fired again.
    const clock = await startClock({ ...options, againAfterMs: 200, now: () => Date.now() + 240_000 });
    await expect.poll(() => pocketsOf('eve'), { timeout: 15_000 }).toEqual(rich);
    await clock.stop();
    await settled();
    expect(await reader.pair('eve', 'fay')).toMatchObject({ holds: {}, timers: {}, match: { status: 'locked' } });
    expect(await pocketsOf('gus')).toMatchObject({ 'held:COIN': '25', 'held:CREDIT': '50' });
    expect(Object.keys((await reader.pair('gus', 'hal'))?.timers ?? {})).toEqual(['unlock']);
  });

  it('that a block overtakes is given back, whichever came first', async () => {
    const [before, after] = [await matched('ida', 'jon'), await matched('kim', 'lea')];
    await pay(unlocks('ida', 'jon', 'both', { matchId: before }));
    await ask('block', 'jon', 'ida');
    await ask('block', 'lea', 'kim');
    await pay(unlocks('kim', 'lea', 'instant', { matchId: after }), unlocks('jon', 'ida', 'both', { matchId: before }));
    for (const who of ['ida', 'jon', 'kim', 'lea']) expect(await pocketsOf(who)).toEqual(rich);
    for (const [one, other] of [
      ['ida', 'jon'],
      ['kim', 'lea'],
    ] as const)
      expect(await reader.pair(one, other)).toMatchObject({ match: { status: 'ended' }, holds: {}, timers: {} });
    expect(await actionsOf('ida')).toEqual({ swipe: 1, match: 1, match_change: 1 });
    expect(await actionsOf('jon')).toEqual({ swipe: 1, match: 1, match_change: 1, block: 1 });
  });
});

describe('swipes', () => {
  it('of fifty at once with one free left: one is accepted, the others lack funds', async () => {
    await pay(...[1, 2, 3, 4].map((i) => swipes('max', `before-${i}`, 'LEFT')));
    const doors = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const own = new Publisher({ config: world.config, log: world.log });
        await own.start();
        return own;
      }),
    );
    const targets = Array.from({ length: 50 }, (_, i) => `target-${i}`);
    await Promise.all(
      targets.map((target, i) =>
        paymentProducer(doors[i % 5] as Publisher).producePaymentTransactionEvent(
          swipes('max', target, 'RIGHT', { idempotencyKey: target }) as never,
        ),
      ),
    );
    await settled();
    const answers = await Promise.all(targets.map((target) => wallets.request('max', target)));
    const reasons = answers.map((memo) => (memo?.outcome.accepted ? 'accepted' : memo?.outcome.reason));
    expect(reasons.filter((reason) => reason === 'accepted')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'insufficient_funds')).toHaveLength(49);
    expect(await actionsOf('max')).toEqual({ swipe: 5 });
    expect((await reader.pairs('max', targets)).size).toBe(1);
    await Promise.all(doors.map((door) => door.stop()));
  });

  it('on somebody who has blocked are refused by the pair, and cost nothing', async () => {
    await ask('block', 'nia', 'oli');
    await pay(buys('oli', 'COIN', 50), swipes('oli', 'nia', 'SUPER_LIKE', { eventId: 'on-blocked' }));
    expect(await reader.request('oli', 'nia', 'on-blocked')).toMatchObject({ outcome: { reason: 'blocked' } });
    expect(await pocketsOf('oli')).toEqual({ 'user:COIN': '50' });
    expect(await actionsOf('oli')).toEqual({ swipe: 1, undo: 1 });
  });
});

describe('whatever is killed between', () => {
  function spawnOwner(): ChildProcess {
    const { namespace, cassandra } = world.config;
    const env = {
      ...process.env,
      NAMESPACE: namespace,
      CASSANDRA_KEYSPACE: cassandra.keyspace,
      PROCESSORS: saga.map(({ name }) => name).join(','),
      PROCESSORS_PORT: '0',
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      LOG_LEVEL: 'silent',
    };
    return spawn(process.execPath, ['--import', 'tsx', 'processors/main.ts'], { env, stdio: 'inherit' });
  }

  /** One that is killed as soon as so many pairs are that far; another goes on. */
  async function killedWhen(count: number, isThere: (pair: KeptPair) => boolean): Promise<void> {
    const owner = spawnOwner();
    const there = async () => [...(await world.states<KeptPair>(pairs)).values()].filter(isThere).length;
    const before = await there();
    await expect.poll(there, { timeout: 40_000, interval: 5 }).toBeGreaterThanOrEqual(before + count);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    runner = await world.run(saga as never);
    await settled();
    await runner.stop();
  }

  it('there is one match for both, and every hold is settled once', async () => {
    await runner.stop();
    const couples = Array.from({ length: 60 }, (_, i) => [`one-${i}`, `two-${i}`] as const);
    const bought = couples.flat().flatMap((who) => [buys(who, 'COIN', 125), buys(who, 'CREDIT', 200)]);
    const swiped = couples.flatMap(([one, other]) => [swipes(one, other), swipes(other, one)]);
    await world.append('payment_transactions', [...bought, ...swiped].map(made));
    await killedWhen(1, ({ match }) => match !== null);
    const matches = await Promise.all(couples.map(async ([one, other]) => (await matchOf(one, other))?.matchId ?? ''));
    expect(new Set(matches).size).toBe(couples.length);

    const unlocked = couples.flatMap(([one, other], i) => [
      unlocks(one, other, i % 3 ? 'both' : 'instant', { matchId: matches[i] }),
      unlocks(other, one, 'both', { matchId: matches[i] }),
    ]);
    await world.append('payment_transactions', unlocked.map(made));
    await killedWhen(1, ({ match }) => match?.status === 'unlocked');
    const spent = { 'user:COIN': '100', 'user:CREDIT': '150' };
    for (const [i, [one, other]] of couples.entries()) {
      expect(await matchOf(one, other)).toMatchObject({ status: 'unlocked', matchId: matches[i] });
      // Who pays for both at once pays alone, whichever came first.
      const must = i % 3 ? [spent, spent] : [{ 'user:COIN': '25', 'user:CREDIT': '50' }, rich];
      expect(await Promise.all([pocketsOf(one), pocketsOf(other)])).toEqual(must);
      for (const who of [one, other]) expect(await actionsOf(who)).toEqual({ swipe: 1, match: 1, match_change: 1 });
    }
  }, 120_000);
});

describe('all that is kept', () => {
  /** @returns copies in derived topics, without effect */
  async function isAsFolded(): Promise<number> {
    const { config, log, kafka, redis, cassandra } = world;
    const platform = { config, log, kafka, redis, cassandra, generations: firstGenerations } as unknown as Platform;
    const folded = await foldLog(platform);
    expect(complaintsOf(folded)).toEqual([]);
    expect(folded.derived.effective).toBeGreaterThan(1_000);
    const ours = folded.expected.filter(({ processor }) => saga.some(({ name }) => name === processor));
    const { counts, differences } = await compareRedis(platform, ours);
    expect(differences).toEqual([]);
    expect(counts.states).toBeGreaterThan(300);
    return folded.derived.copies;
  }

  it('is what the independent fold makes of the log', async () => {
    await isAsFolded();
  }, 60_000);

  it('is the same again after Redis was wiped, and nobody hears of anything twice', async () => {
    const before = await world.states(pairs);
    await world.forgetRedis();
    runner = await world.run(saga as never);
    await settled();
    await runner.stop();
    expect(await world.states(pairs)).toEqual(before);
    expect(await isAsFolded()).toBeGreaterThan(1_000);
  }, 60_000);
});
