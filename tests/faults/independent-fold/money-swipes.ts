// Swipes, free ones by the day and paid ones, unlocks of matches, and what pairs give back, in the fold's own words.
import { arriving, type Case, type CaseOf } from './money-account.ts';
import { awayMs, holdsMax, superLikeCoins, swipeCoins, swipesPerDay, unlockPrices } from './money-prices.ts';
import { accepted, type Following, ignored, refused, type Verdict } from './money-verdict.ts';

/** A person's days: Sweden writes them as 2027-01-31. */
function dayIn(zone: string, at: number): string {
  return new Date(at).toLocaleDateString('sv-SE', { timeZone: zone });
}

const isZone = (zone: string): boolean => {
  if (!/^[a-z]/i.test(zone)) return false;
  try {
    dayIn(zone, 0);
    return true;
  } catch {
    return false;
  }
};

type Count = { zone: string; nextZone: string | null; day: string; used: number };

/** The count as it stands now, in a copy. */
function counted({ account, now }: Pick<Case, 'account' | 'now'>): Count {
  const count = { ...(account.swipes ?? { zone: 'UTC', nextZone: null, day: '', used: 0 }) };
  const isOver = dayIn(count.zone, now) > count.day;
  if (isOver && count.nextZone !== null) Object.assign(count, { zone: count.nextZone, nextZone: null });
  const today = dayIn(count.zone, now);
  return today > count.day ? { ...count, day: today, used: 0 } : count;
}

const pairOf = (a: string, b: string) => [a, b].sort((x, y) => (x < y ? -1 : 1)).join(':');

export function swipe(one: CaseOf<'swipe'>): Verdict {
  const { event, account, books, now, appendedAt } = one;
  const { accountId, counterpartyId: target, direction, eventId } = event;
  const count = counted(one);
  const perDay = swipesPerDay.get(account.plan?.product ?? '') ?? 5;
  const left = () => Math.max(0, perDay - count.used);
  const told = (coins: number) => ({ direction, targetUserId: target, freeLeft: left(), coinsCharged: coins });
  const no = (reason: string, about: Pick<Verdict, 'amount' | 'originalId'> = {}) =>
    refused(reason, { asset: 'COIN', swipe: told(0), ...about });
  if (accountId === target) return no('own_swipe');
  if (event.counterpartyKnown === false) return no('unknown_recipient');
  const name = `${accountId} ${target}`;
  const before = books.swiped.get(name);
  if (before && appendedAt < before.until) return no('already_swiped', { originalId: before.transactionId });
  const isSuper = direction === 'SUPER_LIKE';
  const isFree = !isSuper && left() > 0;
  const coins = isFree ? 0n : isSuper ? superLikeCoins : swipeCoins;
  if (account.has('user', 'COIN') < coins) return no('insufficient_funds', { amount: coins });
  if (isFree) count.used += 1;
  const stream = isSuper ? 'gifts' : 'premium';
  const until = now + (awayMs.get(direction) ?? 0);
  const what = { userId: accountId, targetUserId: target, direction, transactionId: eventId };
  const pairId = pairOf(accountId, target);
  return accepted({
    asset: 'COIN',
    amount: coins,
    swipe: told(Number(coins)),
    ...(isFree ? {} : { stream, creatorShare: 0n }),
    postings: [
      [`user:${accountId}`, 'COIN', -coins],
      [`platform:${stream}`, 'COIN', coins],
    ],
    following: [
      { topic: 'dating_pairs', key: pairId, event: { type: 'swipe', pairId, ...what } },
      { topic: 'user_activity', key: accountId, event: { action: 'swipe', ...what } },
    ],
    effect() {
      account.swipes = count;
      const kept = { direction, transactionId: eventId, at: now, until };
      books.swiped.set(name, { ...kept, day: isFree ? count.day : null, coins, stream: isFree ? null : stream });
      if (isFree) return;
      const spent = { payer: accountId, payee: target, kind: 'swipe', asset: 'COIN', amount: coins, stream };
      books.spent.set(`${accountId} ${eventId}`, {
        ...spent,
        item: null,
        paidFor: null,
        at: now,
        appendedAt,
        reversed: 0n,
      });
    },
  });
}

export const isFromPairs = (origin: string | null): boolean => /^pairs\//.test(origin ?? '');

export function swipeUndone(one: CaseOf<'swipe_undone'>): Verdict {
  const { event, account, books, appendedAt } = one;
  const { accountId, counterpartyId: target, transactionId: originalId } = event;
  if (!isFromPairs(event.origin)) return ignored('not_from_pairs', { originalId });
  const name = `${accountId} ${target}`;
  const there = books.swiped.get(name);
  if (!there || appendedAt >= there.until || there.transactionId !== originalId)
    return ignored('unknown_swipe', { originalId });
  const { coins: amount, stream, at: originalAt, day } = there;
  const told = { action: 'undo', userId: accountId, targetUserId: target, transactionId: originalId };
  const following: Following[] = [{ topic: 'user_activity', key: accountId, event: told }];
  return accepted({
    reason: event.reason,
    originalId,
    originalAt,
    asset: 'COIN',
    amount,
    ...(stream === null ? {} : { stream }),
    postings:
      stream === null
        ? []
        : [...arriving(one, 'user', { asset: 'COIN', amount }), [`platform:${stream}`, 'COIN', -amount]],
    following,
    effect() {
      books.swiped.delete(name);
      if (account.swipes?.day === day && account.swipes.used > 0) account.swipes.used -= 1;
    },
  });
}

export function timeZone({ event, account }: CaseOf<'time_zone'>): Verdict {
  const { timeZone: zone } = event;
  if (!isZone(zone)) return ignored('unknown_time_zone');
  const told = () => {
    const count = account.swipes ?? { zone: 'UTC', nextZone: null, day: '', used: 0 };
    account.swipes = { ...count, nextZone: count.zone === zone ? null : zone };
  };
  return accepted({ effect: told });
}

export function matchUnlock({ event, account, now }: CaseOf<'match_unlock'>): Verdict {
  const { accountId, counterpartyId: target, matchId, mode, eventId: transactionId } = event;
  const prices = unlockPrices.get(mode);
  if (!prices) return refused('unknown_product');
  if ([...account.holds.keys()].some((id) => id.startsWith(`${transactionId}:`))) return ignored('already_held');
  if (accountId === target) return refused('own_swipe');
  if (account.holds.size > holdsMax - prices.length) return refused('limit');
  for (const [asset, amount] of prices)
    if (account.has('user', asset) < amount) return refused('insufficient_funds', { asset, amount });
  const pairId = pairOf(accountId, target);
  const told = { type: 'unlock', pairId, userId: accountId, targetUserId: target, matchId, mode, transactionId };
  return accepted({
    postings: prices.flatMap(([asset, amount]) => [
      [`user:${accountId}`, asset, -amount] as const,
      [`held:${accountId}`, asset, amount] as const,
    ]),
    following: [{ topic: 'dating_pairs', key: pairId, event: told }],
    effect() {
      for (const [asset, amount] of prices)
        account.holds.set(`${transactionId}:${asset}`, { purpose: 'match', asset, amount, provider: null, at: now });
    },
  });
}
