// Subscriptions to creators by example: started, changed, cancelled, renewed once, tried again, lapsed.
import { beforeEach, describe, expect, it } from 'vitest';
import { asks, buys, LedgerLog, reverses, says, subscribes } from '../ledger-log.ts';

let log: LedgerLog;
beforeEach(() => {
  log = new LedgerLog();
});

const buyCredits = (amount: number) => log.append(buys('ann', amount, { asset: 'CREDIT' }));
const credits = () => log.balance('ann', 'user:CREDIT');
const subscription = () => log.account('ann')?.subscriptions.zoe;
const due = () => log.timers.get('ann subscription:zoe') ?? 0;
const cancels = () => log.append(asks('subscription_cancel', 'ann', { counterpartyId: 'zoe' }));

/** As the clock does, when it is due. */
function fires() {
  log.now = Math.max(log.now, due());
  return log.append(says('timer_fired', 'ann', { timerId: 'subscription:zoe', due: due() }));
}

describe('subscriptions', () => {
  it('charges the first month, as premium', () => {
    buyCredits(400);
    const { postings, transactionId } = log.append(subscribes('ann', 'zoe', 1));
    expect(postings).toEqual([
      ['user:ann', 'CREDIT', '-50'],
      ['platform:premium', 'CREDIT', '22'],
      ['in_transit', 'CREDIT', '28'],
    ]);
    expect(subscription()).toMatchObject({ id: transactionId, tier: 1, status: 'active', renewsAt: due() });
    expect(log.append(subscribes('ann', 'zoe', 1)).reason).toBe('already_subscribed');
  });

  it('renews from when it was due, once, whatever the clock repeats', () => {
    buyCredits(400);
    log.append(subscribes('ann', 'zoe', 1));
    const first = due();
    log.now = first + 7_777;
    expect(fires()).toMatchObject({ outcome: 'accepted', stream: 'premium', counterpartyId: 'zoe', amount: '50' });
    expect(log.append(says('timer_fired', 'ann', { timerId: 'subscription:zoe', due: first })).reason).toBe(
      'timer_not_due',
    );
    expect(credits()).toBe(300n);
    expect(due()).toBe(first + 30 * 86_400_000);
  });

  it('changes its tier with the next renewal', () => {
    buyCredits(400);
    log.append(subscribes('ann', 'zoe', 1));
    expect(log.append(subscribes('ann', 'zoe', 3)).postings).toEqual([]);
    expect(subscription()).toMatchObject({ tier: 1, nextTier: 3 });
    fires();
    expect(subscription()).toMatchObject({ tier: 3, nextTier: 3 });
    expect(credits()).toBe(50n);
  });

  it('is tried again while in grace, then lapses', () => {
    buyCredits(50);
    log.append(subscribes('ann', 'zoe', 1));
    const first = due();
    const days = [];
    for (let tries = 1; tries <= 3; tries++) {
      expect(fires()).toMatchObject({ outcome: 'refused', reason: 'insufficient_funds', postings: [] });
      expect(subscription()).toMatchObject({ status: 'grace', tries, renewsAt: first });
      days.push((due() - first) / 86_400_000);
    }
    expect(days).toEqual([1, 3, 7]);
    expect(fires().outcome).toBe('refused');
    expect(log.account('ann')).toMatchObject({ subscriptions: {}, timers: {} });
  });

  it('is paid in grace by a retry, or by asking for it', () => {
    buyCredits(50);
    log.append(subscribes('ann', 'zoe', 1));
    const first = due();
    fires();
    buyCredits(50);
    fires();
    expect(subscription()).toMatchObject({ status: 'active', tries: 0, renewsAt: first + 30 * 86_400_000 });
    fires();
    buyCredits(150);
    expect(log.append(subscribes('ann', 'zoe', 2))).toMatchObject({ outcome: 'accepted', amount: '150' });
    expect(subscription()).toMatchObject({ status: 'active', tier: 2, renewsAt: first + 60 * 86_400_000 });
  });

  it('ends at the end of its month once cancelled, or is resumed without charge', () => {
    expect(cancels().reason).toBe('not_subscribed');
    buyCredits(50);
    log.append(subscribes('ann', 'zoe', 1));
    cancels();
    expect(subscription()).toMatchObject({ cancelled: true });
    expect(log.append(subscribes('ann', 'zoe', 2))).toMatchObject({ outcome: 'accepted', amount: '0', postings: [] });
    expect(subscription()).toMatchObject({ cancelled: false, tier: 1, nextTier: 2 });
    cancels();
    expect(fires()).toMatchObject({ outcome: 'accepted', postings: [] });
    expect(subscription()).toBeUndefined();
  });

  it('ends when its present month is reversed, not when an earlier one is', () => {
    buyCredits(100);
    const first = log.append(subscribes('ann', 'zoe', 1)).transactionId;
    const second = fires().transactionId;
    log.append(reverses('ann', first));
    expect(subscription()).toBeDefined();
    log.append(reverses('ann', second));
    expect(subscription()).toBeUndefined();
    expect(log.timers.size).toBe(0);
  });

  it.each([
    ['of no such tier', { tier: 4 }, 'unknown_tier'],
    ['at another price', { amount: 51 }, 'invalid_amount'],
    ['in coins', { asset: 'COIN' }, 'invalid_amount'],
    ['to oneself', { counterpartyId: 'ann' }, 'own_gift'],
    ['to nobody', { counterpartyKnown: false }, 'unknown_recipient'],
    ['without funds', {}, 'insufficient_funds'],
  ])('refuses one %s', (_, more, reason) => {
    expect(log.append(subscribes('ann', 'zoe', 1, more))).toMatchObject({ outcome: 'refused', reason });
    expect(subscription()).toBeUndefined();
  });

  it('is limited in number, and takes any name', () => {
    buyCredits(50 * 300);
    for (let i = 0; i < 199; i++) log.append(subscribes('ann', `creator-${i}`, 1));
    expect(log.append(subscribes('ann', 'constructor', 1)).outcome).toBe('accepted');
    expect(log.append(subscribes('ann', '__proto__', 1)).reason).toBe('limit');
    log.append(asks('subscription_cancel', 'ann', { counterpartyId: 'constructor' }));
    log.now += 31 * 86_400_000;
    log.append(says('timer_fired', 'ann', { timerId: 'subscription:constructor', due: 0 }));
    expect(log.append(subscribes('ann', '__proto__', 1)).outcome).toBe('accepted');
    expect(log.timers.has('ann subscription:__proto__')).toBe(true);
    expect(log.append(subscribes('ann', '__proto__', 1)).reason).toBe('already_subscribed');
  });
});
