// Swipes: free as long as the day's are not used up, then paid, in one decision; given back on the verdict of the pair. And whose days count.
import { pairIdOf } from '../../schemas/ids.ts';
import type { Account } from './domain-account.ts';
import {
  balanceIn,
  type Draft,
  ignored,
  keepMemo,
  memoOf,
  ownValue,
  post,
  postShared,
  receive,
  refused,
  type Verdict,
} from './domain-draft.ts';
import { countedAt, isTimeZone, noSwipes, withZone } from './domain-local-days.ts';
import { type SwipedMemo, swipedMemo } from './domain-outcomes.ts';
import { remember } from './domain-spending.ts';

/** What a plan gives, while there is one. */
function freePerDay({ plan, rules }: Pick<Draft, 'plan' | 'rules'>): number {
  const product = plan === null ? undefined : ownValue(rules.products, plan.product);
  return product?.kind === 'plan' ? product.plan.freeSwipesPerDay : rules.freeSwipesPerDay;
}

const swipesOf = (account: Pick<Account, 'swipes'>) => account.swipes ?? noSwipes;

/** Free swipes that are left at that time; also for those who read the state. */
export const freeSwipesLeft = (about: Pick<Draft, 'plan' | 'rules' | 'swipes'>, now: number): number =>
  Math.max(0, freePerDay(about) - countedAt(swipesOf(about), now).used);

export function swipe(draft: Draft): Verdict {
  const { event, rules, now } = draft;
  const { direction, counterpartyId: target } = event;
  const cooldownMs = ownValue(rules.swipeCooldownMs, direction ?? '');
  if (direction === null || target === null || cooldownMs === undefined) return refused('unknown_product');
  const answer = { direction, targetUserId: target };
  draft.swipe = { ...answer, freeLeft: freeSwipesLeft(draft, now), coinsCharged: 0 };
  draft.asset = 'COIN';
  if (target === event.accountId) return refused('own_swipe');
  if (event.counterpartyKnown === false) return refused('unknown_recipient');
  const key = swipedMemo(event.accountId, target);
  const before = memoOf<SwipedMemo>(draft, key);
  if (before) {
    draft.originalId = before.transactionId;
    return refused('already_swiped');
  }
  const isSuper = direction === 'SUPER_LIKE';
  const isFree = !isSuper && draft.swipe.freeLeft > 0;
  const coins = isFree ? 0 : isSuper ? rules.superLike : rules.swipe;
  const stream = isSuper ? 'gifts' : 'premium';
  draft.amount = BigInt(coins);
  if (balanceIn(draft, 'user', 'COIN') < draft.amount) return refused('insufficient_funds');
  if (coins > 0) pay(draft, target, { amount: draft.amount, stream });
  const counted = countedAt(swipesOf(draft), now);
  draft.swipes = isFree ? { ...counted, used: counted.used + 1 } : counted;
  draft.swipe = { ...answer, freeLeft: freeSwipesLeft(draft, now), coinsCharged: coins };
  const { transactionId } = draft;
  const until = now + cooldownMs;
  const paid = { paid: coins.toString(), stream: coins > 0 ? stream : null, day: isFree ? counted.day : null };
  keepMemo(draft, key, { direction, transactionId, ...paid, at: now, until } as SwipedMemo);
  draft.swiped = { target, value: JSON.stringify({ direction, until, transactionId }) };
  passOn(draft, { target, direction });
  return null;
}

/** All of it is the platform's: whoever is liked earns nothing by it. */
function pay(draft: Draft, target: string, { amount, stream }: { amount: bigint; stream: string }): void {
  post(draft, 'user', 'COIN', -amount);
  postShared(draft, `platform:${stream}`, 'COIN', amount);
  Object.assign(draft, { stream, creatorShare: 0n, platformShare: amount });
  remember(draft, { asset: 'COIN', amount, stream, kind: 'swipe', counterpartyId: target });
}

function passOn(
  { event, emissions, transactionId }: Draft,
  { target, direction }: { target: string; direction: string },
): void {
  const { accountId: userId, ruleSet } = event;
  const pairId = pairIdOf(userId, target);
  const told = { userId, targetUserId: target, direction, transactionId, ruleSet };
  emissions.push({ topic: 'dating_pairs', key: pairId, event: { type: 'swipe', pairId, ...told } });
  emissions.push({ topic: 'user_activity', key: userId, event: { action: 'swipe', ...told } });
}

/** What the pair has decided: nobody else may give a swipe back. */
export const isFromPairs = ({ event }: Draft): boolean => event.origin?.startsWith('pairs/') ?? false;

export function swipeUndone(draft: Draft): Verdict {
  const { event } = draft;
  const { accountId: userId, counterpartyId, ruleSet } = event;
  draft.originalId = event.transactionId;
  if (!isFromPairs(draft)) return ignored('not_from_pairs');
  const target = counterpartyId ?? '';
  const key = swipedMemo(userId, target);
  const memo = memoOf<SwipedMemo>(draft, key);
  if (memo === null || memo.transactionId !== event.transactionId) return ignored('unknown_swipe');
  draft.why = event.reason;
  giveBack(draft, memo);
  draft.memos.push({ key, value: null, until: null });
  draft.swiped = { target, value: null };
  const told = { userId, targetUserId: target, transactionId: memo.transactionId, ruleSet };
  draft.emissions.push({ topic: 'user_activity', key: userId, event: { action: 'undo', ...told } });
  return null;
}

/** The coins; or the free swipe, as long as the day that it was of is the one that is counted. */
function giveBack(draft: Draft, { paid, stream, day, at }: SwipedMemo): void {
  const amount = BigInt(paid);
  Object.assign(draft, { asset: 'COIN', amount, stream, originalAt: at });
  if (stream !== null) {
    receive(draft, 'user', 'COIN', amount);
    postShared(draft, `platform:${stream}`, 'COIN', -amount);
    return;
  }
  const swipes = swipesOf(draft);
  if (swipes.day === day && swipes.used > 0) draft.swipes = { ...swipes, used: swipes.used - 1 };
}

export function timeZone(draft: Draft): Verdict {
  const zone = draft.event.timeZone ?? '';
  if (!isTimeZone(zone)) return ignored('unknown_time_zone');
  draft.swipes = withZone(swipesOf(draft), zone);
  return null;
}
