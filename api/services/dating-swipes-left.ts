// How many free swipes somebody has left, of which day, and when there are new ones.
import { countedAt, dayIn, noSwipes } from '../../processors/ledger/domain-local-days.ts';
import { freeSwipesLeft } from '../../processors/ledger/domain-swipes.ts';
import { currentRules } from '../../schemas/money.ts';
import type { Services } from '../ports.ts';
import { refusedIfDeleted } from './deleted-account.ts';
import { timeOf } from './money-answers.ts';

export type GetSwipes = { readonly user_id: string };

const hourMs = 3_600_000;
/** The longest day that a change of the clock or of a border has made. */
const dayMsMax = 50 * hourMs;

export async function getSwipes(services: Services, { user_id }: GetSwipes) {
  const deleted = refusedIfDeleted(services, user_id);
  if (deleted) return deleted;
  const account = await services.wallets.account(user_id);
  const now = services.now();
  const counted = countedAt(account?.swipes ?? noSwipes, now);
  const left = freeSwipesLeft({ plan: account?.plan ?? null, swipes: counted, rules: currentRules }, now);
  return {
    user_id,
    free_swipes_left: left,
    free_swipes_a_day: left + counted.used,
    used: counted.used,
    day: counted.day,
    time_zone: counted.zone,
    next_time_zone: counted.nextZone,
    resets_at: timeOf(dayAfter(counted.zone, now)),
    coins_a_swipe: currentRules.swipe,
    coins_a_super_like: currentRules.superLike,
  };
}

/** The first ms of the next day there: found by halving, as no table of time zones is at hand. */
export function dayAfter(zone: string, now: number): number {
  const today = dayIn(zone, now);
  let [before, after] = [now, now + dayMsMax];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayIn(zone, middle) > today) after = middle;
    else before = middle;
  }
  return after;
}
