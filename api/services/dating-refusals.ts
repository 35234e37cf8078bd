// Refusals of what dating costs, in words and figures: what is needed and what is there.
import { currentRules } from '../../schemas/money.ts';
import { Refusal } from '../problems.ts';
import type { Outcome, Told } from './money-answers.ts';

export const noProfile = (): Refusal =>
  new Refusal('no_profile', 'this needs a dating profile of one’s own that is visible', { field: 'user_id' });

/** Of the wishes no more is told than that: they are nobody else's to read. */
export const notSuited = (): Refusal =>
  new Refusal(
    'not_suited',
    'gender, age, distance and intention must be what either looks for; of these two at least one is not. Nothing was charged',
    { field: 'target_user_id' },
  );

export type Price = { readonly coins: number; readonly credits?: number };

export const swipePrice = (direction: string): Price => ({
  coins: direction === 'SUPER_LIKE' ? currentRules.superLike : currentRules.swipe,
});

/** A super like is never free. */
export const freeOnesUsed = (direction: string): string =>
  direction === 'SUPER_LIKE'
    ? ''
    : 'the free swipes of this day are used up, /api/dating/swipes says when there are new ones; ';

/** @param before what is said first @returns how a refusal of something at this price is told; null for the usual words */
export const refusedAt =
  (price: Price, before = '') =>
  (outcome: Outcome): Told | null => {
    if (outcome.reason === 'insufficient_funds') return lacking(outcome, price, before);
    if (outcome.reason !== 'unknown_recipient') return null;
    return { detail: 'nobody with this id has a visible dating profile', field: 'target_user_id' };
  };

/** The first asset that is not there in full is told in figures, both in words. */
function lacking({ balance }: Outcome, { coins, credits = 0 }: Price, before: string): Told {
  const has = { coins: Number(balance.coins), credits: Number(balance.credits) };
  const figures =
    has.credits < credits
      ? { asset: 'CREDIT', needed: credits, available: has.credits }
      : { asset: 'COIN', needed: coins, available: has.coins };
  const price = credits > 0 ? `${credits} credits and ${coins} coins` : `${coins} coins`;
  return {
    detail: `${before}this takes ${price}; the wallet has ${has.coins} coins and ${has.credits} credits`,
    about: figures,
  };
}
