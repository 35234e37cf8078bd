// What stands between two people: swipes and the match that they make, taking back, unlocking, and what keeps them apart.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Decision, KeptPair } from '../../processors/pairs/domain-pair.ts';
import { pairs } from '../../processors/pairs/processor.ts';
import { asks, fires, type Given, PairsLog, swipes, unlocks } from '../pairs-log.ts';

const hourMs = 3_600_000;

let log: PairsLog;
beforeEach(() => {
  log = new PairsLog();
});

const append = (given: Given): Decision => log.append(given) as Decision;
const answer = (given: Given) => append(given).memo?.value.outcome;
const pair = () => log.pair() as KeptPair;

/** ann and bob, matched. @returns the match */
function matched(): string {
  append(swipes('ann', 'bob'));
  append(swipes('bob', 'ann', 'SUPER_LIKE'));
  log.followedNow();
  return pair().match?.matchId ?? '';
}

const refusal = (reason: string) => ({ accepted: false, reason });

describe('swipes', () => {
  it('to the right by both make one match, which both hear of', () => {
    expect(answer(swipes('ann', 'bob'))).toMatchObject({ accepted: true, matched: false, matchId: null, status: null });
    expect(log.followedNow()).toEqual([]);
    const mutual = log.eventOf({ ...swipes('bob', 'ann', 'SUPER_LIKE'), origin: 'ledger/payment_transactions/3/9/1' });
    const decided = log.fold(mutual);
    expect(decided?.memo?.key).toBe(`request:ann:bob:bob:${(mutual as { transactionId: string }).transactionId}`);
    expect(decided?.memo?.value.outcome).toMatchObject({ matched: true, matchId: mutual.eventId, status: 'locked' });
    expect(log.followed).toMatchObject([
      {
        topic: 'user_activity',
        key: 'ann',
        action: 'match',
        userId: 'ann',
        targetUserId: 'bob',
        matchId: mutual.eventId,
      },
      {
        topic: 'user_activity',
        key: 'bob',
        action: 'match',
        userId: 'bob',
        targetUserId: 'ann',
        matchId: mutual.eventId,
      },
    ]);
    expect(log.fold(mutual)).toBeNull();
    expect(log.followed).toHaveLength(2);
  });

  it.each([
    ['LEFT', 'RIGHT'],
    ['RIGHT', 'LEFT'],
    ['LEFT', 'SUPER_LIKE'],
    ['LEFT', 'LEFT'],
  ])('%s and %s make none', (first, second) => {
    append(swipes('ann', 'bob', first));
    append(swipes('bob', 'ann', second));
    expect([pair().match, log.followedNow()]).toEqual([null, []]);
  });

  it('to the right later, after one to the left, replace it', () => {
    append(swipes('ann', 'bob', 'LEFT'));
    append(swipes('bob', 'ann'));
    expect(answer(swipes('ann', 'bob'))).toMatchObject({ matched: true });
  });

  it('after a match neither make another nor end it', () => {
    const matchId = matched();
    expect(answer(swipes('ann', 'bob', 'LEFT'))).toMatchObject({ accepted: true, matched: false, matchId });
    expect(answer(swipes('ann', 'bob'))).toMatchObject({ accepted: true, matched: false, matchId, status: 'locked' });
    expect(log.followedNow()).toEqual([]);
  });

  it('count only if the ledger has sent them', () => {
    for (const origin of [null, 'history/user_activity/0/1/0', 'ledgers/x/0/1/0'])
      expect(log.append({ ...swipes('ann', 'bob'), origin })).toMatchObject({
        outcome: 'ignored',
        reason: 'not_from_ledger',
        memo: null,
      });
    expect(pair().swipes).toEqual({});
  });

  it.each(['block', 'report'] as const)('on somebody behind a %s are refused, and their price goes back', (barrier) => {
    append(asks(barrier, 'bob', 'ann'));
    log.followedNow();
    expect(answer(swipes('ann', 'bob', 'RIGHT', { transactionId: 't1' }))).toMatchObject(refusal('blocked'));
    expect(answer(swipes('bob', 'ann', 'LEFT', { transactionId: 't2' }))).toMatchObject(refusal('blocked'));
    expect(log.followed).toMatchObject([
      { key: 'ann', type: 'swipe_undone', counterpartyId: 'bob', transactionId: 't1', reason: 'blocked', ruleSet: 1 },
      { key: 'bob', type: 'swipe_undone', counterpartyId: 'ann', transactionId: 't2', reason: 'blocked' },
    ]);
    expect(pair().swipes).toEqual({});
  });
});

describe('taking a swipe back', () => {
  it('gives back what it cost, once per person', () => {
    append(swipes('ann', 'bob', 'LEFT', { transactionId: 't1' }));
    append(swipes('bob', 'ann', 'LEFT', { transactionId: 't2' }));
    expect(answer(asks('undo', 'ann', 'bob'))).toMatchObject({ accepted: true, kind: 'undo' });
    expect(pair().swipes).toMatchObject({ bob: { transactionId: 't2' } });
    expect(Object.keys(pair().swipes)).toEqual(['bob']);
    append(swipes('ann', 'bob', 'LEFT', { transactionId: 't3' }));
    expect(answer(asks('undo', 'ann', 'bob'))).toMatchObject(refusal('already_undone'));
    expect(answer(asks('undo', 'bob', 'ann'))).toMatchObject({ accepted: true });
    expect(log.followedNow()).toEqual(['ann swipe_undone t1', 'bob swipe_undone t2']);
  });

  it('is refused where nothing stands, or a match has come of it', () => {
    expect(answer(asks('undo', 'ann', 'bob'))).toMatchObject(refusal('nothing_to_undo'));
    matched();
    expect(answer(asks('undo', 'ann', 'bob'))).toMatchObject(refusal('has_matched'));
    expect(log.followedNow()).toEqual([]);
  });

  it('is refused for the match where there is one, though it was used up before', () => {
    append(swipes('ann', 'bob', 'LEFT', { transactionId: 't1' }));
    expect(answer(asks('undo', 'ann', 'bob'))).toMatchObject({ accepted: true });
    matched();
    expect(answer(asks('undo', 'ann', 'bob'))).toMatchObject(refusal('has_matched'));
  });

  it('keeps the other from matching with what is gone', () => {
    append(swipes('ann', 'bob'));
    append(asks('undo', 'ann', 'bob'));
    expect(answer(swipes('bob', 'ann'))).toMatchObject({ matched: false });
  });
});

describe('unlocking', () => {
  it('by both captures what both have held', () => {
    const matchId = matched();
    const first = answer(unlocks('bob', 'ann', matchId, 'both', { transactionId: 'b' }));
    expect(first).toMatchObject({ accepted: true, status: 'locked', matchId });
    expect(log.timers).toEqual(new Map([['ann:bob unlock', log.now + 48 * hourMs]]));
    expect(log.followedNow()).toEqual([]);
    log.after(hourMs);
    const second = answer(unlocks('ann', 'bob', matchId, 'both', { transactionId: 'a' }));
    expect(second).toMatchObject({ accepted: true, status: 'unlocked', matchId });
    expect(log.followed[0]).toMatchObject({
      accountId: 'ann',
      stream: 'premium',
      ruleSet: 1,
    });
    expect(log.followedNow()).toEqual([
      'ann hold_capture a:COIN',
      'ann hold_capture a:CREDIT',
      'bob hold_capture b:COIN',
      'bob hold_capture b:CREDIT',
      'ann match_change unlocked',
      'bob match_change unlocked',
    ]);
    expect(pair()).toMatchObject({ holds: {}, timers: {}, match: { status: 'unlocked', unlockedAt: log.now } });
    expect(log.timers.size).toBe(0);
  });

  it('at once by one captures that one’s, and gives back what the other holds', () => {
    const matchId = matched();
    append(unlocks('bob', 'ann', matchId, 'both', { transactionId: 'b' }));
    append(unlocks('ann', 'bob', matchId, 'instant', { transactionId: 'a' }));
    expect(log.followedNow()).toEqual([
      'ann hold_capture a:COIN',
      'ann hold_capture a:CREDIT',
      'bob hold_release b:COIN',
      'bob hold_release b:CREDIT',
      'ann match_change unlocked',
      'bob match_change unlocked',
    ]);
    expect(log.timers.size).toBe(0);
  });

  it('gives back what one holds when time runs out, and not before', () => {
    const matchId = matched();
    append(unlocks('ann', 'bob', matchId, 'both', { transactionId: 'a' }));
    const due = log.now + 48 * hourMs;
    log.after(48 * hourMs - 1);
    expect(append(fires('ann', 'bob', due))).toMatchObject({ outcome: 'ignored', reason: 'timer_not_due' });
    log.after(1);
    expect(append(fires('ann', 'bob', due))).toMatchObject({ outcome: 'accepted', memo: null });
    expect(append(fires('ann', 'bob', due))).toMatchObject({ outcome: 'ignored', reason: 'timer_gone' });
    expect(log.followedNow()).toEqual(['ann hold_release a:COIN', 'ann hold_release a:CREDIT']);
    expect(pair()).toMatchObject({ match: { status: 'locked' }, holds: {}, timers: {} });
    expect(answer(unlocks('ann', 'bob', matchId))).toMatchObject({ accepted: true });
    expect(log.timers.get('ann:bob unlock')).toBe(log.now + 48 * hourMs);
  });

  const release = ['ann hold_release x:COIN', 'ann hold_release x:CREDIT'];
  const again = (matchId: string, mode = 'both') => unlocks('ann', 'bob', matchId, mode, { transactionId: 'x' });

  it.each<[string, (matchId: string) => Given]>([
    ['no_match', () => again('another')],
    [
      'already_requested',
      (matchId) => {
        append(unlocks('ann', 'bob', matchId));
        return again(matchId, 'instant');
      },
    ],
    [
      'already_unlocked',
      (matchId) => {
        append(unlocks('bob', 'ann', matchId, 'instant'));
        return again(matchId);
      },
    ],
    [
      'match_ended',
      (matchId) => {
        append(asks('block', 'bob', 'ann'));
        append(asks('unblock', 'bob', 'ann'));
        return again(matchId);
      },
    ],
  ])('refused as %s gives back at once', (reason, given) => {
    const last = given(matched());
    log.followedNow();
    expect(answer(last)).toMatchObject(refusal(reason));
    expect(log.followedNow()).toEqual(release);
  });

  it('before any match, and of one’s own self, gives back at once', () => {
    expect(answer(again('x'))).toMatchObject(refusal('no_match'));
    expect(log.append(unlocks('ann', 'ann', 'x', 'both', { transactionId: 'x' }))).toMatchObject({
      outcome: 'ignored',
      reason: 'wrong_pair',
    });
    expect(log.followedNow()).toEqual([...release, ...release]);
  });
});

describe('block and report', () => {
  it('a block ends the match for good, gives back what is held, and is told to the one who asked', () => {
    const matchId = matched();
    append(unlocks('ann', 'bob', matchId, 'both', { transactionId: 'a' }));
    expect(answer(asks('block', 'bob', 'ann'))).toMatchObject({ accepted: true, status: 'ended', matchId });
    expect(log.followedNow()).toEqual([
      'ann hold_release a:COIN',
      'ann hold_release a:CREDIT',
      'ann match_change ended',
      'bob match_change ended',
      'bob block',
    ]);
    expect([pair().timers, log.timers.size]).toEqual([{}, 0]);
    expect(answer(asks('block', 'bob', 'ann'))).toMatchObject({ accepted: true });
    expect(log.followedNow()).toEqual([]);
    expect(answer(asks('unblock', 'ann', 'bob'))).toMatchObject(refusal('not_blocked'));
    expect(answer(asks('unblock', 'bob', 'ann'))).toMatchObject({ accepted: true, status: 'ended' });
    append(swipes('ann', 'bob'));
    expect(answer(swipes('bob', 'ann'))).toMatchObject({ matched: false, status: 'ended', matchId });
    expect(log.followedNow()).toEqual([]);
  });

  it('one’s unblock leaves the other’s block', () => {
    append(asks('block', 'bob', 'ann'));
    append(asks('block', 'ann', 'bob'));
    append(asks('unblock', 'bob', 'ann'));
    expect(answer(swipes('bob', 'ann'))).toMatchObject(refusal('blocked'));
  });

  it('a report ends the match, and its words travel on as they are', () => {
    matched();
    const personal = Buffer.from('ciphertext');
    append(asks('report', 'ann', 'bob', { reason: 'rude', personal }));
    expect(log.followedNow()).toEqual(['ann match_change ended', 'bob match_change ended', 'ann report']);
    expect(answer(asks('report', 'ann', 'bob', { reason: 'worse', personal }))).toMatchObject({ accepted: true });
    expect(log.followed).toMatchObject([
      { action: 'report', userId: 'ann', targetUserId: 'bob', reason: 'worse', personal: personal.toJSON() },
    ]);
  });
});

describe('requests', () => {
  it('with the same key are answered once', () => {
    append(swipes('ann', 'bob'));
    const request = asks('undo', 'ann', 'bob');
    const first = append(request);
    expect(first.memo?.key).toBe(`request:ann:bob:ann:${request.idempotencyKey}`);
    expect(append(request)).toMatchObject({ outcome: 'repeated', memo: null, emissions: [] });
    expect(append({ ...request, fingerprint: 'g' })).toMatchObject({ outcome: 'misused', memo: null });
    log.after(30 * 24 * hourMs);
    expect(append(request)).toMatchObject({ outcome: 'refused', reason: 'already_undone' });
  });

  it('of the ledger are decided whatever was answered under that key: somebody’s money waits', () => {
    append(asks('block', 'ann', 'bob', { idempotencyKey: 'x' }));
    log.followedNow();
    append(unlocks('ann', 'bob', 'm', 'both', { transactionId: 'x' }));
    expect(log.followedNow()).toEqual(['ann hold_release x:COIN', 'ann hold_release x:CREDIT']);
  });

  it.each<[string, object, string?]>([
    ['wrong_pair', { pairId: 'ann:cat' }],
    ['wrong_pair', { pairId: 'bob:ann' }],
    ['wrong_pair', { pairId: 'ann' }],
    ['wrong_pair', { pairId: 'ann:bob:cat' }],
    ['wrong_pair', { userId: null }],
    ['wrong_pair', { targetUserId: 'ann' }],
    ['wrong_key', {}, 'ann:cat'],
  ])('that are %s change nothing', (reason, odd, key) => {
    const event = { ...log.eventOf(asks('block', 'ann', 'bob')), ...odd } as Parameters<typeof log.fold>[0];
    expect(log.fold(event, key)).toMatchObject({ outcome: 'ignored', reason, memo: null, emissions: [], timers: [] });
  });

  it('of rules that are not known here are decided under the present ones, and do not stop the ledger', () => {
    append(asks('block', 'ann', 'bob'));
    append({ ...swipes('bob', 'ann'), ruleSet: 99 });
    expect(log.followed.at(-1)).toMatchObject({ type: 'swipe_undone', ruleSet: 1 });
  });

  it('of people with any name count', () => {
    for (const name of ['constructor', '__proto__', '7']) {
      log.append(swipes(name, 'bob'));
      log.append(swipes('bob', name));
      expect(log.pair(name)?.match).toMatchObject({ status: 'locked' });
      expect(log.append(asks('undo', name, 'cat'))).toMatchObject({ reason: 'nothing_to_undo' });
    }
  });
});

it('says how a timer that has fired is written', () => {
  expect(pairs.timers?.event('ann:bob', 'unlock', 7)).toMatchObject({
    type: 'timer_fired',
    pairId: 'ann:bob',
    timerId: 'unlock',
    due: 7,
  });
});
