// Unlocking a match: credits and coins are set aside together until the pair decides, captured or released on its verdict alone.
import { pairIdOf } from '../../schemas/ids.ts';
import type { Hold } from './domain-account.ts';
import {
  balanceIn,
  type Draft,
  ignored,
  ownValue,
  post,
  refused,
  sizeOf,
  type Verdict,
  withValue,
} from './domain-draft.ts';

/** The holds of an unlock are known by its transaction and their asset. */
const matchHold = (transactionId: string, asset: string): string => `${transactionId}:${asset}`;

export function matchUnlock(draft: Draft): Verdict {
  const { event, rules, transactionId } = draft;
  const { counterpartyId: target, matchId, mode } = event;
  const price = mode === 'both' ? rules.matchUnlock : mode === 'instant' ? rules.instantUnlock : null;
  if (price === null || target === null || matchId === null) return refused('unknown_product');
  const isHeld = ['COIN', 'CREDIT'].some((asset) => ownValue(draft.holds, matchHold(transactionId, asset)));
  if (isHeld) return ignored('already_held');
  if (target === event.accountId) return refused('own_swipe');
  if (sizeOf(draft.holds) + 2 > rules.holdsMax) return refused('limit');
  const parts = [
    ['CREDIT', BigInt(price.credits)],
    ['COIN', BigInt(price.coins)],
  ] as const;
  for (const [asset, amount] of parts) {
    if (balanceIn(draft, 'user', asset) >= amount) continue;
    Object.assign(draft, { asset, amount });
    return refused('insufficient_funds');
  }
  for (const [asset, amount] of parts) setAside(draft, asset, amount);
  const { accountId: userId, ruleSet } = event;
  const pairId = pairIdOf(userId, target);
  const told = { pairId, userId, targetUserId: target, matchId, mode, transactionId, ruleSet };
  draft.emissions.push({ topic: 'dating_pairs', key: pairId, event: { type: 'unlock', ...told } });
  return null;
}

/** Without a timer: whether the other's has come in time is for the pair to say, once. */
function setAside(draft: Draft, asset: string, amount: bigint): void {
  post(draft, 'user', asset, -amount);
  post(draft, 'held', asset, amount);
  const held: Hold = { purpose: 'match', asset, amount: amount.toString(), provider: null, at: draft.now };
  draft.holds = withValue(draft.holds, matchHold(draft.transactionId, asset), held);
}
