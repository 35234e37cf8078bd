// Swipes, unlocks of matches and boosts by example: what is free, what is paid, what is refused, and what their pair gives back.
import { beforeEach, describe, expect, it } from 'vitest';
import type { RequestMemo } from '../../processors/ledger/domain-outcomes.ts';
import { asks, buys, LedgerLog, reverses, says } from '../ledger-log.ts';

const dayMs = 86_400_000;
let log: LedgerLog;
let verdicts: number;
beforeEach(() => {
  log = new LedgerLog();
  // Noon of a day of UTC.
  log.now = Date.parse('2027-06-01T12:00:00Z');
  verdicts = 0;
});

const swipes = (targetId: string, direction = 'RIGHT', more: object = {}) =>
  log.append(asks('swipe', 'ann', { counterpartyId: targetId, direction, ...more }));
const fromPairs = () => ({ origin: `pairs/dating_pairs/0/${verdicts++}/0` });
const undone = (targetId: string, transactionId: string, more: object = fromPairs()) =>
  log.append(says('swipe_undone', 'ann', { counterpartyId: targetId, transactionId, ...more }));
const answerTo = (accountId: string, key: string): RequestMemo['outcome'] => {
  for (const { memos } of log.partitions) {
    const memo = memos.get(`request:${accountId}:${key}`);
    if (memo) return (memo.value as RequestMemo).outcome;
  }
  throw new Error(`no answer to ${key}`);
};
const coins = () => log.balance('ann', 'user:COIN');
const useFreeOnes = (count = 5) => {
  for (let n = 0; n < count; n++) swipes(`free-${log.pairs.length}-${n}`);
};

describe('a swipe', () => {
  it('is free five times a day, then ten coins of the platform’s', () => {
    log.append(buys('ann', 25));
    useFreeOnes();
    expect([coins(), log.account('ann')?.swipes]).toEqual([
      25n,
      expect.objectContaining({ day: '2027-06-01', used: 5 }),
    ]);
    expect(swipes('six').postings).toEqual([
      ['user:ann', 'COIN', '-10'],
      ['platform:premium', 'COIN', '10'],
    ]);
    expect(swipes('seven').outcome).toBe('accepted');
    expect(swipes('eight')).toMatchObject({
      outcome: 'refused',
      reason: 'insufficient_funds',
      amount: '10',
      postings: [],
    });
    log.now = Date.parse('2027-06-02T00:00:00Z');
    expect(swipes('eight')).toMatchObject({ outcome: 'accepted', amount: '0', postings: [] });
  });

  it('of fifty at once with one free left and no coins is accepted once', () => {
    useFreeOnes(4);
    const before = log.pairs.length;
    const all = Array.from({ length: 50 }, (_, n) => swipes(`target-${n}`));
    expect(all.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect(all.filter(({ reason }) => reason === 'insufficient_funds')).toHaveLength(49);
    expect(log.pairs).toHaveLength(before + 1);
    expect(log.activity.filter(({ action }) => action === 'swipe')).toHaveLength(before + 1);
  });

  it('that is a super-like is fifty coins of the gifts, always, and no free one', () => {
    expect(swipes('bob', 'SUPER_LIKE')).toMatchObject({ reason: 'insufficient_funds', amount: '50' });
    log.append(buys('ann', 50));
    expect(swipes('bob', 'SUPER_LIKE').postings).toEqual([
      ['user:ann', 'COIN', '-50'],
      ['platform:gifts', 'COIN', '50'],
    ]);
    expect(log.account('ann')?.swipes?.used).toBe(0);
    expect(log.transit).toEqual([]);
  });

  it('is told to the pair and to the history, under the same transaction', () => {
    const { transactionId } = swipes('Zoe', 'LEFT');
    const told = { userId: 'ann', targetUserId: 'Zoe', direction: 'LEFT', transactionId };
    expect(log.pairs).toMatchObject([{ type: 'swipe', pairId: 'Zoe:ann', ...told }]);
    expect(log.activity).toMatchObject([{ action: 'swipe', ...told }]);
  });

  it('answers with what is left and what it took', () => {
    useFreeOnes(4);
    const answered = (targetId: string, direction: string, key: string) => {
      swipes(targetId, direction, { idempotencyKey: key });
      return answerTo('ann', key).swipe;
    };
    expect(answered('bob', 'LEFT', 'a')).toEqual({
      direction: 'LEFT',
      targetUserId: 'bob',
      freeLeft: 0,
      coinsCharged: 0,
    });
    expect(answered('cat', 'RIGHT', 'b')).toMatchObject({ freeLeft: 0, coinsCharged: 0 });
    expect(answerTo('ann', 'b')).toMatchObject({
      accepted: false,
      reason: 'insufficient_funds',
      asset: 'COIN',
      amount: '10',
    });
    log.append(buys('ann', 10));
    expect(answered('cat', 'RIGHT', 'c')).toMatchObject({ freeLeft: 0, coinsCharged: 10 });
  });

  it('counts once under its key', () => {
    const [first, again] = [1, 2].map(() => swipes('bob', 'RIGHT', { idempotencyKey: 'same' }));
    expect(again).toMatchObject({ outcome: 'repeated', transactionId: first?.transactionId });
    expect(swipes('bob', 'LEFT', { idempotencyKey: 'same', fingerprint: 'another' }).outcome).toBe('misused');
    expect([log.account('ann')?.swipes?.used, log.pairs.length]).toEqual([1, 1]);
  });

  it.each([
    ['LEFT', 30],
    ['RIGHT', 90],
    ['SUPER_LIKE', 90],
  ])('%s keeps its target away for %i days', (direction, days) => {
    log.append(buys('ann', 500));
    const { transactionId } = swipes('bob', direction);
    const until = log.now + days * dayMs;
    expect(JSON.parse(log.unlocked.get('swiped:ann bob') ?? '')).toEqual({ direction, until, transactionId });
    log.now = until - 1;
    expect(swipes('bob', 'LEFT').reason).toBe('already_swiped');
    log.now = until;
    expect(swipes('bob', 'LEFT').outcome).toBe('accepted');
  });

  it.each([
    ['oneself', { counterpartyId: 'ann' }, 'own_swipe'],
    ['somebody who does not exist', { counterpartyKnown: false }, 'unknown_recipient'],
    ['upwards', { direction: 'UP' }, 'unknown_product'],
    ['constructor', { direction: 'constructor' }, 'unknown_product'],
  ])('of %s is refused, and takes nothing', (_, more, reason) => {
    expect(swipes('bob', 'RIGHT', more)).toMatchObject({ outcome: 'refused', reason, postings: [] });
    expect([log.account('ann')?.swipes, log.pairs]).toEqual([null, []]);
  });

  it('is free as often as a plan says, from the moment that it is there', () => {
    useFreeOnes();
    log.append(
      says('plan_purchase', 'ann', {
        product: 'plan_starter',
        provider: 'p',
        currency: 'USD',
        price: 999,
        transactionId: 'm',
      }),
    );
    for (let n = 0; n < 15; n++) expect(swipes(`more-${n}`).amount).toBe('0');
    expect(swipes('last').reason).toBe('insufficient_funds');
  });

  it('counts by the person’s day, from the day after they have told another zone', () => {
    useFreeOnes();
    expect(log.append(says('time_zone', 'ann', { timeZone: 'Asia/Tokyo' })).outcome).toBe('accepted');
    log.now = Date.parse('2027-06-01T15:00:00Z');
    expect(swipes('bob').reason).toBe('insufficient_funds');
    log.now = Date.parse('2027-06-02T00:00:00Z');
    expect(swipes('bob').amount).toBe('0');
    expect(log.account('ann')?.swipes).toEqual({ zone: 'Asia/Tokyo', nextZone: null, day: '2027-06-02', used: 1 });
    expect(log.append(says('time_zone', 'ann', { timeZone: 'Nowhere/Land' }))).toMatchObject({
      outcome: 'ignored',
      reason: 'unknown_time_zone',
    });
  });

  it('is not reversed by operators', () => {
    log.append(buys('ann', 50));
    const { transactionId } = swipes('bob', 'SUPER_LIKE');
    expect(log.append(reverses('ann', transactionId)).reason).toBe('not_reversible');
    expect(coins()).toBe(0n);
  });
});

describe('an undo', () => {
  it('gives the free swipe back on the same day, and the target', () => {
    const { transactionId } = swipes('bob');
    expect(undone('bob', transactionId)).toMatchObject({
      outcome: 'accepted',
      postings: [],
      originalId: transactionId,
    });
    expect([log.account('ann')?.swipes?.used, log.unlocked.size]).toEqual([0, 0]);
    expect(log.activity.at(-1)).toMatchObject({ action: 'undo', userId: 'ann', targetUserId: 'bob', transactionId });
    expect(swipes('bob').outcome).toBe('accepted');
  });

  it('gives no swipe of another day back', () => {
    const { transactionId } = swipes('bob');
    log.afterDays(1);
    useFreeOnes(2);
    undone('bob', transactionId);
    expect(log.account('ann')?.swipes?.used).toBe(2);
  });

  it('gives coins back whenever it comes, and first to what is owed', () => {
    log.append(buys('ann', 50, { transactionId: 'p' }));
    const { transactionId } = swipes('bob', 'SUPER_LIKE');
    log.append(says('refund', 'ann', { transactionId: 'p', asset: 'USD', amount: 20, provider: 'local' }));
    log.afterDays(20);
    expect(undone('bob', transactionId).postings).toEqual([
      ['debt:ann', 'COIN', '20'],
      ['user:ann', 'COIN', '30'],
      ['platform:gifts', 'COIN', '-50'],
    ]);
    expect(log.account('ann')?.swipes?.used).toBe(0);
  });

  it('comes from the pair alone, once, and of the swipe that stands', () => {
    const { transactionId } = swipes('bob');
    expect(undone('bob', transactionId, {}).reason).toBe('not_from_pairs');
    expect(undone('bob', 'another').reason).toBe('unknown_swipe');
    expect(undone('cat', transactionId).reason).toBe('unknown_swipe');
    expect(undone('bob', transactionId).outcome).toBe('accepted');
    expect(undone('bob', transactionId).reason).toBe('unknown_swipe');
    expect(log.account('ann')?.swipes?.used).toBe(0);
  });
});

describe('the unlock of a match', () => {
  const unlocks = (mode: string, more: object = {}) =>
    log.append(asks('match_unlock', 'ann', { counterpartyId: 'bob', matchId: 'm', mode, ...more }));
  const rich = (credits: number, coinsThere: number) => {
    log.append(buys('ann', credits, { asset: 'CREDIT' }));
    log.append(buys('ann', coinsThere));
  };
  const held = () => [log.balance('ann', 'held:CREDIT'), log.balance('ann', 'held:COIN')];
  const ends = (type: 'hold_capture' | 'hold_release', id: string, more: object = {}) =>
    ['CREDIT', 'COIN'].map((asset) =>
      log.append(says(type, 'ann', { transactionId: `${id}:${asset}`, ...fromPairs(), ...more })),
    );

  it.each([
    ['both', 50n, 25n],
    ['instant', 150n, 100n],
  ])('(%s) sets %d credits and %d coins aside, without a timer, and tells the pair', (mode, credits, coinsHeld) => {
    rich(150, 100);
    const { transactionId, outcome } = unlocks(mode);
    expect([outcome, ...held(), log.timers.size]).toEqual(['accepted', credits, coinsHeld, 0]);
    const told = {
      type: 'unlock',
      pairId: 'ann:bob',
      userId: 'ann',
      targetUserId: 'bob',
      matchId: 'm',
      mode,
      transactionId,
    };
    expect(log.pairs).toMatchObject([told]);
  });

  it.each([
    [49, 25, 'CREDIT', '50'],
    [50, 24, 'COIN', '25'],
  ])('with %i credits and %i coins is refused as a whole', (credits, coinsThere, asset, amount) => {
    rich(credits, coinsThere);
    expect(unlocks('both')).toMatchObject({ reason: 'insufficient_funds', asset, amount, postings: [] });
    expect([...held(), log.pairs.length]).toEqual([0n, 0n, 0]);
  });

  it('is captured for the platform, or released, on the word of the pair alone', () => {
    rich(100, 50);
    const [first, second] = [unlocks('both'), unlocks('both')];
    for (const type of ['hold_capture', 'hold_release'] as const)
      for (const { reason } of ends(type, first.transactionId, { counterpartyId: 'eve', origin: null }))
        expect(reason).toBe('not_from_pairs');
    const captured = ends('hold_capture', first.transactionId, { counterpartyId: 'eve', stream: 'gifts' });
    expect(captured.map(({ postings }) => postings)).toEqual([
      [
        ['held:ann', 'CREDIT', '-50'],
        ['platform:premium', 'CREDIT', '50'],
      ],
      [
        ['held:ann', 'COIN', '-25'],
        ['platform:premium', 'COIN', '25'],
      ],
    ]);
    ends('hold_release', second.transactionId);
    expect([...held(), coins(), log.balance('ann', 'user:CREDIT')]).toEqual([0n, 0n, 25n, 50n]);
    expect(ends('hold_release', second.transactionId)[0]?.reason).toBe('unknown_hold');
    expect(log.transit).toEqual([]);
  });

  it.each([
    ['another way', { mode: 'never' }, 'unknown_product'],
    ['with oneself', { counterpartyId: 'ann' }, 'own_swipe'],
  ])('%s is refused', (_, more, reason) => {
    rich(500, 500);
    expect(unlocks('both', more)).toMatchObject({ outcome: 'refused', reason });
  });

  it('is set aside once, whoever asks again under its id when its key is forgotten', () => {
    rich(500, 500);
    const again = () => unlocks('both', { eventId: 'same', idempotencyKey: 'same' });
    again();
    log.afterDays(31);
    expect(again()).toMatchObject({ outcome: 'ignored', reason: 'already_held' });
    expect(held()).toEqual([50n, 25n]);
  });
});

describe('a boost', () => {
  const boosts = (key: string) => log.append(asks('boost', 'ann', { asset: 'COIN', amount: 200, idempotencyKey: key }));

  it('lasts for half an hour, and another prolongs it', () => {
    log.append(buys('ann', 700));
    const { now } = log;
    boosts('a');
    expect([answerTo('ann', 'a').boostUntil, log.boosted.get('ann')]).toEqual([now + 1_800_000, now + 1_800_000]);
    log.after(600_000);
    boosts('b');
    expect([answerTo('ann', 'b').boostUntil, log.account('ann')?.boostUntil]).toEqual([
      now + 3_600_000,
      now + 3_600_000,
    ]);
    log.afterDays(1);
    boosts('c');
    expect(log.boosted.get('ann')).toBe(log.now + 1_800_000);
    boosts('d');
    expect(answerTo('ann', 'd')).toMatchObject({ reason: 'insufficient_funds', boostUntil: null });
    expect(log.boosted.get('ann')).toBe(log.now + 1_800_000);
  });
});
