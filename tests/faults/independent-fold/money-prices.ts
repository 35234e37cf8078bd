// What things cost, what is kept of them and for how long, written down a second time from the price list: the fold's own rule set 1.

const day = 24 * 60 * 60 * 1_000;

export const coinsPerGift = new Map([
  ['ROSE', 10n],
  ['HEART', 50n],
  ['DIAMOND', 100n],
  ['ROCKET', 500n],
  ['CASTLE', 1_000n],
]);
export const giftsAtOnceMax = 10_000;
export const tipMax = 1_000_000n;
export const creditsPerMonth = new Map([
  [1, 50n],
  [2, 150n],
  [3, 300n],
]);
export const boostCoins = 200n;
export const boostMs = 30 * 60 * 1_000;
export const swipeCoins = 10n;
export const superLikeCoins = 50n;
/** Free ones, by plan; five without. */
export const swipesPerDay = new Map([
  ['plan_starter', 20],
  ['plan_pro', 50],
  ['plan_vip', 200],
  ['plan_enterprise', 1_000],
]);
/** So long a swiped person stays away. */
export const awayMs = new Map([
  ['LEFT', 30 * day],
  ['RIGHT', 90 * day],
  ['SUPER_LIKE', 90 * day],
]);
export const unlockPrices = new Map<string, readonly (readonly [asset: string, amount: bigint])[]>([
  [
    'both',
    [
      ['CREDIT', 50n],
      ['COIN', 25n],
    ],
  ],
  [
    'instant',
    [
      ['CREDIT', 150n],
      ['COIN', 100n],
    ],
  ],
]);
export const plans = new Map([
  ['plan_starter', { name: 'starter', credits: 500n }],
  ['plan_pro', { name: 'pro', credits: 1_750n }],
  ['plan_vip', { name: 'vip', credits: 6_500n }],
  ['plan_enterprise', { name: 'enterprise', credits: 35_000n }],
]);
export const placements = new Set(['pre_roll', 'mid_roll', 'post_roll', 'sponsored', 'in_feed']);
export const leastPayout = new Map([
  ['COIN', 1_000n],
  ['CREDIT', 1_000n],
  ['USD', 1_000n],
]);

export const monthMs = 30 * day;
export const triedAgainAfterMs = [day, 3 * day, 7 * day];
export const planGraceMs = 3 * day;
export const keysKeptMs = 30 * day;
export const reversibleMs = 540 * day;
/** Somewhat longer than it can be taken back, for the answer to be that it is too old. */
export const rememberedMs = reversibleMs + keysKeptMs;
export const holdMsMax = 30 * day;
export const subscriptionsMax = 200;
export const holdsMax = 100;
export const balanceMax = 9_007_199_254_740_991n;

/** 55 of 100, and what is left over below a whole unit is the creator's. */
export function shareOf(amount: bigint): bigint {
  const whole = (amount * 55n) / 100n;
  return whole * 100n === amount * 55n ? whole : whole + 1n;
}
