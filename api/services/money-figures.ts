// What can be bought and what it costs, who gave and got the most, what the platform took in, and what has become of a payout.
import type { Side, Window } from '../../projections/gift-boards.ts';
import { revenueDaysMax, type StatementCursor, type StatementEntry } from '../../projections/statements.ts';
import { creatorShareOf, currentRuleSet, currentRules } from '../../schemas/money.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { timeOf, tokenOf } from './money-answers.ts';

export function getProducts() {
  const { gifts, tiers, products, creatorPercent, payoutMin } = currentRules;
  return {
    rule_set: currentRuleSet,
    products: Object.entries(products).map(([product, { price, currency, ...buys }]) => ({
      product,
      price,
      currency,
      kind: buys.kind,
      buys: buys.kind === 'plan' ? planOf(buys.plan) : { asset: buys.asset, amount: buys.amount },
    })),
    gifts: Object.entries(gifts).map(([gift_type, coins]) => ({
      gift_type,
      coins,
      creator_share: Number(creatorShareOf(BigInt(coins), currentRules)),
    })),
    tiers: Object.entries(tiers).map(([tier, credits]) => ({ tier: Number(tier), credits_a_month: credits })),
    creator_percent: creatorPercent,
    payout_minimum: payoutMin,
  };
}

type PlanBought = {
  readonly name: string;
  readonly credits: number;
  readonly freeSwipesPerDay: number;
  readonly showsAds: boolean;
};

const planOf = ({ name, credits, freeSwipesPerDay, showsAds }: PlanBought) => ({
  plan: name,
  credits,
  free_swipes_a_day: freeSwipesPerDay,
  shows_ads: showsAds,
});

export type GetGiftBoard = { readonly side: Side; readonly window: Window; readonly limit: number };

export async function getGiftBoard(services: Services, { side, window, limit }: GetGiftBoard) {
  const { period, standings } = await services.giftBoards.top({ side, window, limit, now: services.now() });
  return {
    side,
    window,
    period,
    people: standings.map(({ place, userId, coins }) => ({ place, user_id: userId, coins })),
  };
}

export type GetRevenue = { readonly from: string; readonly to?: string };
/** A day less, as the first and the last may be begun. */
const rangeMsMax = (revenueDaysMax - 1) * 86_400_000;

export async function getRevenue(services: Services, asked: GetRevenue) {
  const [from, to] = [Date.parse(asked.from), asked.to === undefined ? services.now() : Date.parse(asked.to)];
  const wrong = !Number.isFinite(from)
    ? 'from'
    : Number.isFinite(to) && to > from && to - from <= rangeMsMax
      ? null
      : 'to';
  if (wrong === 'from') return new Refusal('invalid_field', 'from must be an ISO 8601 time', { field: 'from' });
  if (wrong)
    return new Refusal('invalid_field', `to must be an ISO 8601 time after from, at most ${revenueDaysMax - 1} days`, {
      field: 'to',
    });
  const hours = await services.statements.revenue({ from, to });
  return {
    from: timeOf(from),
    to: timeOf(to),
    hours: hours.map(({ hour, stream, asset, amount, creatorAmount }) => ({
      hour: timeOf(hour),
      stream,
      asset,
      amount: Number(amount),
      creator_amount: Number(creatorAmount),
    })),
  };
}

export type GetPayout = { readonly payout_id: string; readonly creator_id: string };
const linesPerPage = 100;
const pagesMax = 20;

/** In the creator's statement: the request, and what its provider said. */
export async function getPayout(services: Services, { payout_id: payoutId, creator_id: accountId }: GetPayout) {
  let after: StatementCursor | undefined;
  let ending: StatementEntry | null = null;
  for (let page = 0; page < pagesMax; page += 1) {
    const asked = { accountId, limit: linesPerPage, ...(after && { after }) };
    const { entries, next } = await services.statements.page(asked);
    for (const line of entries) {
      if (line.outcome !== 'accepted') continue;
      if (line.originalId === payoutId && line.kind.startsWith('payout_')) ending ??= line;
      if (line.kind !== 'payout' || line.transactionId !== payoutId) continue;
      return {
        payout_id: payoutId,
        creator_id: accountId,
        asset: line.asset,
        amount: Number(line.amount),
        status: ending === null ? 'held' : ending.kind.replace('payout_', ''),
        reason: ending?.reason ?? null,
        requested_at: timeOf(line.time),
        ended_at: ending && timeOf(ending.time),
        token: tokenOf(line),
      };
    }
    if (!next) break;
    after = next;
  }
  return new Refusal('not_found', `${accountId} has no such payout`, { field: 'payout_id' });
}
