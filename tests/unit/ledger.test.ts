// The ledger by example: what each kind of record posts, refuses and passes on.
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { evolve, initialState } from '../../processors/ledger/domain.ts';
import type { RequestMemo } from '../../processors/ledger/domain-outcomes.ts';
import { asks, buys, LedgerLog, reverses, says, tips } from '../ledger-log.ts';

const at = { topic: 'payment_transactions', partition: 0, offset: 0, now: 1_800_000_000_000 } as const;

let log: LedgerLog;
beforeEach(() => {
  log = new LedgerLog();
});

const rich = (accountId = 'ann', coins = 5_000) => log.append(buys(accountId, coins));
const gift = (more: object) =>
  asks('gift', 'ann', { counterpartyId: 'zoe', asset: 'COIN', giftType: 'ROSE', amount: 10, ...more });

describe('purchases and refunds', () => {
  it('books coins against the money received for them', () => {
    expect(log.append(buys('ann', 100, { transactionId: 'p1', price: 95 })).postings).toEqual([
      ['provider:local', 'USD', '-95'],
      ['platform:sales', 'USD', '95'],
      ['world', 'COIN', '-100'],
      ['user:ann', 'COIN', '100'],
    ]);
  });

  it('books only the coins where no price is told', () => {
    const { postings } = log.append(buys('ann', 100, { price: null, currency: null }));
    expect(postings.map(([account]) => account)).toEqual(['world', 'user:ann']);
  });

  it('books a payment once', () => {
    log.append(buys('ann', 100, { transactionId: 'p1' }));
    const again = log.append(buys('ann', 100, { transactionId: 'p1' }));
    expect(again).toMatchObject({ outcome: 'ignored', reason: 'already_booked', postings: [] });
    expect(log.balance('ann', 'user:COIN')).toBe(100n);
  });

  it.each([0, -5, 0.5, 2 ** 53])('refuses an amount of %s', (amount) => {
    expect(log.append(buys('ann', 1, { amount }))).toMatchObject({ outcome: 'refused', reason: 'invalid_amount' });
  });

  it('refuses what no number could say', () => {
    log.append(buys('ann', Number.MAX_SAFE_INTEGER));
    expect(log.append(buys('ann', 1))).toMatchObject({ outcome: 'refused', reason: 'limit', postings: [] });
  });

  it('takes back coins in proportion, rounded up over all refunds together', () => {
    log.append(buys('ann', 100, { transactionId: 'p1', price: 99 }));
    const refund = (amount: number, referenceId: string) =>
      log.append(says('refund', 'ann', { transactionId: 'p1', asset: 'USD', amount, referenceId }));
    expect(refund(33, 'r1').postings).toContainEqual(['user:ann', 'COIN', '-34']);
    expect(refund(33, 'r1')).toMatchObject({ outcome: 'ignored', reason: 'already_booked' });
    expect(refund(67, 'r2')).toMatchObject({ outcome: 'ignored', reason: 'exceeds_remaining' });
    expect(refund(66, 'r3').postings).toContainEqual(['user:ann', 'COIN', '-66']);
    expect(log.shared('platform:sales:USD')).toBe(0n);
    expect(refund(1, 'r4').reason).toBe('exceeds_remaining');
  });

  it('leaves a debt where the coins are spent, which later ones settle first', () => {
    log.append(buys('ann', 100, { transactionId: 'p1' }));
    log.append(tips('ann', 'zoe', 70));
    log.append(says('refund', 'ann', { transactionId: 'p1', asset: 'USD', amount: 100, reason: 'chargeback' }));
    expect(log.balance('ann', 'debt:COIN')).toBe(-70n);
    expect(log.append(tips('ann', 'zoe', 1)).reason).toBe('insufficient_funds');
    expect(log.append(buys('ann', 100)).postings.slice(2)).toEqual([
      ['world', 'COIN', '-100'],
      ['debt:ann', 'COIN', '70'],
      ['user:ann', 'COIN', '30'],
    ]);
  });

  it('ignores a refund of what was never paid, or by another', () => {
    log.append(buys('ann', 100, { transactionId: 'p1' }));
    for (const [account, transactionId] of [
      ['ann', 'p2'],
      ['bob', 'p1'],
    ] as const)
      expect(log.append(says('refund', account, { transactionId, asset: 'USD', amount: 1 })).reason).toBe(
        'unknown_payment',
      );
  });

  it('ignores a refund after its time', () => {
    log.append(buys('ann', 100, { transactionId: 'p1' }));
    log.afterDays(541);
    expect(log.append(says('refund', 'ann', { transactionId: 'p1', asset: 'USD', amount: 1 })).reason).toBe('too_old');
  });
});

describe('plans', () => {
  const plan = (more: object = {}) =>
    says('plan_purchase', 'ann', { product: 'plan_pro', provider: 'local', currency: 'USD', price: 2_999, ...more });

  it('buys credits and time; another month follows the first', () => {
    const { now } = log;
    log.append(plan({ transactionId: 'm1' }));
    log.append(plan({ transactionId: 'm2' }));
    expect(log.balance('ann', 'user:CREDIT')).toBe(3_500n);
    expect(log.account('ann')?.plan).toMatchObject({ name: 'pro', until: now + 60 * 86_400_000 });
    expect(log.timers.get('ann plan')).toBe(now + 63 * 86_400_000);
  });

  it('refuses what is no plan', () => {
    for (const product of ['coins_100', 'plan_none', 'constructor'])
      expect(log.append(plan({ product, transactionId: product })).reason).toBe('unknown_product');
  });

  it('lapses when its grace is over, and not before', () => {
    log.append(plan({ transactionId: 'm1' }));
    const fires = () => log.append(says('timer_fired', 'ann', { timerId: 'plan', due: 1 }));
    expect(log.afterDays(32).append(says('timer_fired', 'ann', { timerId: 'plan', due: 1 })).reason).toBe(
      'timer_not_due',
    );
    log.afterDays(1);
    expect(fires().outcome).toBe('accepted');
    expect(log.account('ann')?.plan).toBeNull();
    expect(fires().reason).toBe('timer_gone');
  });

  it('ends without grace once cancelled', () => {
    expect(log.append(asks('plan_cancel', 'ann')).reason).toBe('no_plan');
    log.append(plan({ transactionId: 'm1' }));
    log.append(asks('plan_cancel', 'ann'));
    expect(log.account('ann')?.timers.plan).toBe(log.account('ann')?.plan?.until);
  });

  it('knows which payments renew it, and ends when none of them does any more', () => {
    log.append(plan({ transactionId: 'a', referenceId: 'a' }));
    log.append(plan({ transactionId: 'b', referenceId: 'b' }));
    log.append(plan({ transactionId: 'a_2', referenceId: 'a' }));
    const ended = (transactionId: string) => log.append(asks('plan_cancel', 'ann', { transactionId }));
    expect(log.account('ann')?.plan?.paymentIds).toEqual(['b', 'a']);
    expect(ended('another').reason).toBe('unknown_payment');
    expect(ended('b').outcome).toBe('accepted');
    expect(log.account('ann')?.plan).toMatchObject({ cancelled: false, paymentIds: ['a'] });
    ended('a');
    expect(log.account('ann')?.plan).toMatchObject({ cancelled: true, paymentIds: [] });
  });

  it('ends with a full refund, but keeps what another month has paid for', () => {
    const { now } = log;
    log.append(plan({ transactionId: 'm1' }));
    log.append(plan({ transactionId: 'm2' }));
    const refund = (transactionId: string) =>
      log.append(says('refund', 'ann', { transactionId, asset: 'USD', amount: 2_999 }));
    refund('m1');
    expect(log.account('ann')?.plan?.until).toBe(now + 30 * 86_400_000);
    refund('m2');
    expect(log.account('ann')).toMatchObject({ plan: null, timers: {}, balances: {} });
    expect(log.shared('platform:subscriptions:USD')).toBe(0n);
  });
});

describe('gifts and credits', () => {
  it('gives the creator 55 %, rounded up, by way of in_transit', () => {
    rich();
    const sent = log.append(tips('ann', 'zoe', 77, { videoId: 'v1' }));
    expect(sent.postings).toEqual([
      ['user:ann', 'COIN', '-77'],
      ['platform:gifts', 'COIN', '34'],
      ['in_transit', 'COIN', '43'],
    ]);
    expect(sent.balances).toEqual([['user:ann', 'COIN', '4923']]);
    const credit = log.deliver();
    expect(credit).toMatchObject({ outcome: 'accepted', stream: 'gifts', originalId: sent.transactionId });
    expect(credit?.postings).toEqual([
      ['in_transit', 'COIN', '-43'],
      ['creator:zoe', 'COIN', '43'],
    ]);
    expect(log.account('zoe')?.earned).toEqual({ 'gifts:COIN': '43' });
    expect(log.shared('in_transit:COIN')).toBe(0n);
  });

  it('ignores a credit that the ledger did not send', () => {
    for (const origin of [null, 'history/user_activity/1/2/3', 'ledgers/x/1/2/3']) {
      const credit = says('credit', 'zoe', {
        counterpartyId: 'ann',
        asset: 'COIN',
        amount: 9,
        transactionId: 't',
        origin,
      });
      expect(log.append(credit)).toMatchObject({ outcome: 'ignored', reason: 'not_from_ledger' });
    }
  });

  it.each([
    ['a gift without funds', gift({ giftType: 'CASTLE', quantity: 6, amount: 6_000 }), 'insufficient_funds'],
    ['to nobody', gift({ counterpartyKnown: false }), 'unknown_recipient'],
    ['to oneself', gift({ counterpartyId: 'ann' }), 'own_gift'],
    ['of an unknown kind', gift({ giftType: 'TOASTER' }), 'unknown_gift'],
    ['of a kind that every object has', gift({ giftType: 'constructor' }), 'unknown_gift'],
    ['at another price', gift({ amount: 9 }), 'invalid_amount'],
    ['of a price for one', gift({ quantity: 2 }), 'invalid_amount'],
    ['of none', gift({ quantity: 0, amount: 0 }), 'invalid_amount'],
    ['in credits', gift({ asset: 'CREDIT' }), 'invalid_amount'],
    ['of too many', gift({ quantity: 10_001, amount: 100_010 }), 'limit'],
    ['a tip too large', asks('tip', 'ann', { counterpartyId: 'zoe', asset: 'COIN', amount: 1_000_001 }), 'limit'],
    ['a boost at another price', asks('boost', 'ann', { asset: 'COIN', amount: 199 }), 'invalid_amount'],
  ])('refuses %s', (_, given, reason) => {
    rich();
    expect(log.append(given)).toMatchObject({ outcome: 'refused', reason, postings: [] });
    expect(log.transit).toEqual([]);
  });

  it('keeps all of a boost', () => {
    rich();
    expect(log.append(asks('boost', 'ann', { asset: 'COIN', amount: 200 })).postings).toEqual([
      ['user:ann', 'COIN', '-200'],
      ['platform:premium', 'COIN', '200'],
    ]);
  });

  it('unlocks an item once', () => {
    rich();
    const unlock = () =>
      log.append(asks('unlock', 'ann', { counterpartyId: 'zoe', asset: 'COIN', amount: 30, videoId: 'v1' }));
    const { transactionId } = unlock();
    expect(log.unlocked.get('unlocks:ann v1')).toBe(transactionId);
    expect(unlock()).toMatchObject({ reason: 'already_unlocked', originalId: transactionId });
    log.append(reverses('ann', transactionId, 10));
    expect(log.unlocked.get('unlocks:ann v1')).toBe(transactionId);
    log.append(reverses('ann', transactionId));
    expect(log.unlocked.size).toBe(0);
    expect(unlock().outcome).toBe('accepted');
  });
});

describe('idempotency', () => {
  const outcomeOf = (accountId: string, key: string) => {
    for (const { memos } of log.partitions) {
      const memo = memos.get(`request:${accountId}:${key}`)?.value as RequestMemo | undefined;
      if (memo) return memo.outcome;
    }
    return null;
  };

  it('gives the first answer again, and says so', () => {
    rich();
    const given = tips('ann', 'zoe', 10, { idempotencyKey: 'k' });
    const first = log.append(given);
    const answer = outcomeOf('ann', 'k');
    expect(answer).toMatchObject({
      accepted: true,
      amount: '10',
      creatorShare: '6',
      platformShare: '4',
      balance: { coins: '4990' },
    });
    const { outcome, transactionId, postings } = log.append(given);
    expect([outcome, transactionId, postings]).toEqual(['repeated', first.transactionId, []]);
    expect(outcomeOf('ann', 'k')).toEqual(answer);
    expect(log.balance('ann', 'user:COIN')).toBe(4_990n);
  });

  it('calls another body a misuse, whatever its kind', () => {
    rich();
    log.append(tips('ann', 'zoe', 10, { idempotencyKey: 'k' }));
    const other = log.append(
      asks('boost', 'ann', { asset: 'COIN', amount: 200, idempotencyKey: 'k', fingerprint: 'g' }),
    );
    expect(other).toMatchObject({ outcome: 'misused', postings: [] });
  });

  it('remembers a refusal, but no longer than 30 days', () => {
    const given = tips('ann', 'zoe', 10, { idempotencyKey: 'k' });
    log.append(given);
    rich();
    expect(log.append(given).outcome).toBe('repeated');
    expect(outcomeOf('ann', 'k')).toMatchObject({ accepted: false, reason: 'insufficient_funds' });
    log.afterDays(30);
    expect(log.append(given).outcome).toBe('accepted');
  });
});

describe('reversals', () => {
  it('takes parts back, whose shares add up to the share of the whole', () => {
    rich();
    const { transactionId } = log.append(tips('ann', 'zoe', 77));
    log.deliverAll();
    for (const part of [1, 1, 30]) expect(log.append(reverses('ann', transactionId, part)).outcome).toBe('accepted');
    expect(log.append(reverses('ann', transactionId, 46)).reason).toBe('exceeds_remaining');
    expect(log.append(reverses('ann', transactionId)).amount).toBe('45');
    expect(log.append(reverses('ann', transactionId)).reason).toBe('already_reversed');
    log.deliverAll();
    expect(log.balance('ann', 'user:COIN')).toBe(5_000n);
    expect(log.account('zoe')).toMatchObject({ balances: {}, earned: { 'gifts:COIN': '0' } });
    expect(log.shared('platform:gifts:COIN')).toBe(0n);
  });

  it('leaves a debt to a creator who has been paid, which later earnings settle', () => {
    rich();
    const { transactionId } = log.append(tips('ann', 'zoe', 2_000));
    log.deliverAll();
    const payout = log.append(asks('payout', 'zoe', { asset: 'COIN', amount: 1_100, provider: 'local' }));
    log.append(says('payout_settled', 'zoe', { transactionId: payout.transactionId, provider: 'local' }));
    log.append(reverses('ann', transactionId));
    log.deliverAll();
    expect(log.account('zoe')?.balances).toEqual({ 'creator_debt:COIN': '-1100' });
    log.append(tips('ann', 'zoe', 2_100));
    log.deliverAll();
    expect(log.account('zoe')?.balances).toEqual({ 'creator:COIN': '55' });
  });

  it('refuses what is unknown, another’s, too old, or was not spent', () => {
    rich();
    rich('bob');
    log.append(buys('ann', 5, { transactionId: 'p1' }));
    const { transactionId } = log.append(tips('ann', 'zoe', 77));
    expect(log.append(reverses('ann', 'none')).reason).toBe('unknown_transaction');
    expect(log.append(reverses('bob', transactionId)).reason).toBe('unknown_transaction');
    expect(log.append(reverses('ann', 'p1')).reason).toBe('not_reversible');
    expect(log.append(reverses('ann', transactionId, 0)).reason).toBe('invalid_amount');
    log.afterDays(540);
    expect(log.append(reverses('ann', transactionId)).reason).toBe('too_old');
    log.afterDays(30);
    expect(log.append(reverses('ann', transactionId)).reason).toBe('unknown_transaction');
  });
});

describe('advertising and payouts', () => {
  const ad = (more: object = {}) =>
    says('ad_revenue', 'zoe', {
      asset: 'USD',
      amount: 2_001,
      provider: 'net',
      product: 'mid_roll',
      transactionId: 'a1',
      ...more,
    });

  it('shares advertising, once', () => {
    expect(log.append(ad()).postings).toEqual([
      ['provider:net', 'USD', '-2001'],
      ['platform:advertising', 'USD', '900'],
      ['creator:zoe', 'USD', '1101'],
    ]);
    expect(log.append(ad()).reason).toBe('already_booked');
    expect(log.append(ad({ transactionId: 'a2', product: 'billboard' })).reason).toBe('unknown_placement');
  });

  const pays = (amount: number, more: object = {}) =>
    log.append(asks('payout', 'zoe', { asset: 'USD', amount, provider: 'bank', ...more }));

  it('holds a payout until the provider has settled it', () => {
    log.append(ad());
    expect(pays(999).reason).toBe('below_minimum');
    const short = log.append(
      asks('payout', 'zoe', { asset: 'USD', amount: 1_102, provider: 'bank', idempotencyKey: 'k' }),
    );
    expect(short.reason).toBe('insufficient_funds');
    const { value } = short.memos.find(({ key }) => key === 'request:zoe:k') ?? {};
    expect((value as RequestMemo | undefined)?.outcome).toMatchObject({ available: '1101', ruleSet: 1 });
    const { transactionId } = pays(1_101);
    expect(log.account('zoe')?.balances).toEqual({ 'held:USD': '1101' });
    expect(log.intents).toMatchObject([{ kind: 'payout', intentId: transactionId, subjectId: 'zoe', amount: 1_101 }]);
    const settled = says('payout_settled', 'zoe', { transactionId, provider: 'bank' });
    expect(log.append(settled).postings).toEqual([
      ['held:zoe', 'USD', '-1101'],
      ['provider:bank', 'USD', '1101'],
    ]);
    expect(log.intents.at(-1)).toMatchObject({ kind: 'settled', intentId: transactionId });
    expect(log.append(settled).reason).toBe('unknown_payout');
  });

  it('pays coins out in dollars, cent for coin, or gives them back', () => {
    rich();
    log.append(tips('ann', 'zoe', 4_000));
    log.deliverAll();
    const first = pays(1_000, { asset: 'COIN' }).transactionId;
    expect(log.append(says('payout_settled', 'zoe', { transactionId: first, provider: 'bank' })).postings).toEqual([
      ['held:zoe', 'COIN', '-1000'],
      ['world', 'COIN', '1000'],
      ['platform:sales', 'USD', '-1000'],
      ['provider:bank', 'USD', '1000'],
    ]);
    const second = pays(1_200, { asset: 'COIN' }).transactionId;
    const failed = says('payout_failed', 'zoe', { transactionId: second, provider: 'bank', reason: 'closed' });
    expect(log.append(failed)).toMatchObject({ outcome: 'accepted', reason: 'closed' });
    expect(log.account('zoe')?.balances).toEqual({ 'creator:COIN': '1200' });
  });
});

describe('ids, keys and times', () => {
  it('carries out a request without a key once, however often it is appended', () => {
    rich();
    const once = says('tip', 'ann', { eventId: 'e1', counterpartyId: 'zoe', asset: 'COIN', amount: 7 });
    expect(log.append(once).outcome).toBe('accepted');
    expect(log.append(once)).toMatchObject({ outcome: 'repeated', postings: [] });
    expect(log.balance('ann', 'user:COIN')).toBe(4_993n);
  });

  it('keeps apart what two accounts have spent under the same id', () => {
    const lone = new LedgerLog(1);
    for (const who of ['ann', 'bob']) {
      lone.append(buys(who, 100));
      lone.append(says('tip', who, { eventId: 'same', counterpartyId: 'zoe', asset: 'COIN', amount: 10 }));
    }
    for (const who of ['ann', 'bob']) {
      expect(lone.append(reverses(who, 'same')).outcome).toBe('accepted');
      expect(lone.append(reverses(who, 'same')).reason).toBe('already_reversed');
    }
  });

  it('counts the time of keys and payments from when they were appended, whatever an import is dated', () => {
    const longAgo = { source: 'import', occurredAt: log.now - 700 * 86_400_000 };
    log.append(buys('ann', 100, { transactionId: 'p1', ...longAgo }));
    const gift = tips('ann', 'zoe', 10, { ...longAgo, idempotencyKey: 'k1', fingerprint: 'f1' });
    expect(log.append(gift).outcome).toBe('accepted');
    expect(log.append(gift).outcome).toBe('repeated');
    expect(log.append(buys('ann', 100, { transactionId: 'p1' })).reason).toBe('already_booked');
  });

  it('decides what a clock that is ahead has dated, and its entry and credit are folded as well', () => {
    const tomorrow = log.now + 86_400_000;
    log.append(buys('ann', 100, { occurredAt: tomorrow, source: 'import' }));
    expect(log.append(tips('ann', 'zoe', 10, { occurredAt: tomorrow })).outcome).toBe('accepted');
    expect(log.deliver()?.outcome).toBe('accepted');
    expect(log.account('ann')?.lastAt).toBe(log.now);
  });

  it('says in its entries what a credit is a share of, and when what is reversed was spent', () => {
    rich();
    const spentAt = log.now;
    const { transactionId } = log.append(tips('ann', 'zoe', 10));
    log.deliver();
    expect(log.entries.at(-1)).toMatchObject({ kind: 'credit', amount: 6, gross: 10, originalAt: null });
    log.afterDays(2).append(reverses('ann', transactionId, 4));
    expect(log.entries.at(-1)).toMatchObject({ kind: 'reversal', gross: null, originalAt: spentAt });
  });

  it('ignores what stands under a key of somebody else, before all else', () => {
    const stray = evolve(initialState(), { ...tips('ann', 'zoe', 10), ruleSet: 1 } as never, at, {
      record: { offset: 0, time: at.now, key: 'bob', id: 'e', value: null },
      memo: (key) => (key.startsWith('request:') ? { fingerprint: null, outcome: {}, until: null } : null),
    });
    expect(stray.decided).toMatchObject({ outcome: 'ignored', reason: 'wrong_key', postings: [] });
  });

  it('lets what is on its way arrive, whatever there is already, and what is there be spent', () => {
    const most = Number.MAX_SAFE_INTEGER;
    log.append(buys('zoe', most));
    rich();
    log.append(tips('ann', 'zoe', 2_000));
    expect(log.deliver()).toMatchObject({ outcome: 'accepted' });
    expect(log.shared('in_transit:COIN')).toBe(0n);
    expect(log.append(buys('zoe', 1)).reason).toBe('limit');
    expect(log.append(asks('payout', 'zoe', { asset: 'COIN', amount: 1_000, provider: 'local' })).outcome).toBe(
      'accepted',
    );
    expect(log.append(tips('zoe', 'ann', 5)).outcome).toBe('accepted');
  });
});

describe('holds', () => {
  const holds = (more: object = {}) =>
    log.append(asks('hold', 'ann', { transactionId: 'h1', asset: 'COIN', amount: 40, expiresAfterMs: 1_000, ...more }));

  it('captures as a gift would be posted', () => {
    rich();
    holds();
    expect(log.account('ann')?.balances).toEqual({ 'user:COIN': '4960', 'held:COIN': '40' });
    const captured = log.append(
      says('hold_capture', 'ann', { transactionId: 'h1', stream: 'gifts', counterpartyId: 'zoe' }),
    );
    expect(captured.postings).toEqual([
      ['held:ann', 'COIN', '-40'],
      ['platform:gifts', 'COIN', '18'],
      ['in_transit', 'COIN', '22'],
    ]);
    expect(log.append(says('hold_release', 'ann', { transactionId: 'h1' })).reason).toBe('unknown_hold');
    expect(log.timers.size).toBe(0);
  });

  it('releases by itself when its time has come, once', () => {
    rich();
    holds();
    const fires = () =>
      log.append(says('timer_fired', 'ann', { timerId: 'hold:h1', due: log.timers.get('ann hold:h1') ?? 0 }));
    expect(fires().reason).toBe('timer_not_due');
    log.after(1_000);
    expect(fires().outcome).toBe('accepted');
    expect(log.account('ann')?.balances).toEqual({ 'user:COIN': '5000' });
    expect(fires().reason).toBe('timer_gone');
  });

  it('refuses what is too much, too long, or held already', () => {
    rich();
    expect(holds({ amount: 5_001 }).reason).toBe('insufficient_funds');
    expect(holds({ expiresAfterMs: 31 * 86_400_000 }).reason).toBe('limit');
    holds();
    expect(holds().reason).toBe('already_held');
  });

  it('does not use an id again that was captured, so that nothing is taken back twice', () => {
    rich();
    holds({ idempotencyKey: 'k1' });
    log.append(says('hold_capture', 'ann', { transactionId: 'h1', stream: 'gifts', counterpartyId: 'zoe' }));
    expect(log.append(reverses('ann', 'h1')).outcome).toBe('accepted');
    expect(holds({ idempotencyKey: 'k2' })).toMatchObject({ outcome: 'ignored', reason: 'already_held' });
    expect(log.append(reverses('ann', 'h1')).reason).toBe('already_reversed');
  });
});

describe('the chain', () => {
  it('links each record to the one before, by its bytes and what was decided', () => {
    const lone = new LedgerLog(1);
    lone.append(buys('ann', 5));
    lone.append(tips('ann', 'zoe', 9));
    const sha = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
    let previous = '0'.repeat(64);
    for (const [index, { offset, time, key, id, value }] of (lone.partitions[0]?.records ?? []).entries()) {
      const { hash, previousHash, outcome, reason, postings } = lone.entries[index] as Record<string, string>;
      expect(previousHash).toBe(previous);
      const lines = [previous, 0, offset, time, key, id, sha(value as Buffer), outcome, reason ?? '', postings];
      previous = sha(lines.join('\n'));
      expect(hash).toBe(previous);
    }
    expect(lone.head(0)).toMatchObject({ hash: previous, entries: 2 });
  });

  it('stops at rules of a newer build, and at nothing else', () => {
    expect(() => log.append(buys('ann', 5, { ruleSet: 99 }))).toThrow('rule set 99');
    for (const type of [
      'refund',
      'credit',
      'debit',
      'reversal',
      'hold',
      'payout',
      'timer_fired',
      'unlock',
      'tip',
      'gift',
    ] as const)
      expect(log.append(says(type, 'ann')).outcome).not.toBe('accepted');
  });
});
