// Prices, shares, products and limits: numbered rule sets, never edited, only superseded. All amounts are whole numbers.

export const assets = ['COIN', 'CREDIT', 'USD'] as const;
/** COIN and CREDIT are counted whole, a currency in its minor units; one coin = one credit = one US cent. */
export type Asset = (typeof assets)[number];

export const streams = ['subscriptions', 'gifts', 'premium', 'advertising'] as const;
/** Subscriptions: platform plans. Gifts: battle gifts, tips, super-likes. Premium: creators' subscriptions, unlocks. */
export type Stream = (typeof streams)[number];

export const adPlacements = ['pre_roll', 'mid_roll', 'post_roll', 'sponsored', 'in_feed'] as const;

export type Product = { readonly price: number; readonly currency: 'USD' } & (
  | { readonly kind: 'coins' | 'credits'; readonly asset: Asset; readonly amount: number }
  | { readonly kind: 'plan'; readonly plan: Plan }
);

/** What a platform plan buys, per paid month. */
export type Plan = {
  readonly name: string;
  readonly credits: number;
  readonly freeSwipesPerDay: number;
  readonly showsAds: boolean;
};

const dayMs = 86_400_000;

const plan = (name: string, price: number, buys: Omit<Plan, 'name'>): Product => ({
  kind: 'plan',
  price,
  currency: 'USD',
  plan: { name, ...buys },
});

const ruleSet1 = {
  /** Coins a piece. */
  gifts: { ROSE: 10, HEART: 50, DIAMOND: 100, ROCKET: 500, CASTLE: 1_000 } as Readonly<Record<string, number>>,
  giftQuantityMax: 10_000,
  /** Coins of one tip. */
  tipMax: 1_000_000,
  /** Credits a month, by tier. */
  tiers: { 1: 50, 2: 150, 3: 300 } as Readonly<Record<number, number>>,
  freeSwipesPerDay: 5,
  swipe: 10,
  superLike: 50,
  boost: { coins: 200, ms: 30 * 60_000 },
  matchUnlock: { credits: 50, coins: 25 },
  instantUnlock: { credits: 150, coins: 100 },
  /** So long the one who first pays for a match waits for the other; then both get back what they paid. */
  matchUnlockWaitMs: 2 * dayMs,
  /** So long a swiped person does not come back, and cannot be swiped again. */
  swipeCooldownMs: { LEFT: 30 * dayMs, RIGHT: 90 * dayMs, SUPER_LIKE: 90 * dayMs } as Readonly<Record<string, number>>,
  /** A creator's share of a line, in percent, rounded up to a whole unit; the platform gets the rest. */
  creatorPercent: 55,
  products: {
    coins_100: { kind: 'coins', asset: 'COIN', amount: 100, price: 100, currency: 'USD' },
    coins_1000: { kind: 'coins', asset: 'COIN', amount: 1_000, price: 1_000, currency: 'USD' },
    credits_100: { kind: 'credits', asset: 'CREDIT', amount: 100, price: 100, currency: 'USD' },
    credits_1000: { kind: 'credits', asset: 'CREDIT', amount: 1_000, price: 1_000, currency: 'USD' },
    plan_starter: plan('starter', 999, { credits: 500, freeSwipesPerDay: 20, showsAds: true }),
    plan_pro: plan('pro', 2_999, { credits: 1_750, freeSwipesPerDay: 50, showsAds: false }),
    plan_vip: plan('vip', 9_999, { credits: 6_500, freeSwipesPerDay: 200, showsAds: false }),
    plan_enterprise: plan('enterprise', 49_999, { credits: 35_000, freeSwipesPerDay: 1_000, showsAds: false }),
  } as Readonly<Record<string, Product>>,
  /** The least that is paid out at once: coins, credits, cents. */
  payoutMin: { COIN: 1_000, CREDIT: 1_000, USD: 1_000 } as Readonly<Record<Asset, number>>,
  /** A creator's subscription month, and a plan's. */
  periodMs: 30 * dayMs,
  /** A renewal that could not be paid is tried again so long after it was due; after the last it lapses. */
  renewalRetriesMs: [dayMs, 3 * dayMs, 7 * dayMs] as readonly number[],
  /** A plan stays for so long after it has ended, for its provider to renew it. */
  planGraceMs: 3 * dayMs,
  idempotencyKeptMs: 30 * dayMs,
  /** What can be reversed, refunded or charged back must not be older. */
  reversibleMs: 540 * dayMs,
  holdMsMax: 30 * dayMs,
  subscriptionsMax: 200,
  holdsMax: 100,
} as const;

export type MoneyRules = typeof ruleSet1;

const ruleSets: Readonly<Record<number, MoneyRules>> = { 1: ruleSet1 };

/** The rules that new requests are decided under. */
export const currentRuleSet = 1;
export const currentRules: MoneyRules = ruleSet1;

/** @returns the rules of a request's number (0: written before there were numbers, so the first); null if this build knows none */
export const rulesOf = (ruleSet: number): MoneyRules | null => ruleSets[ruleSet === 0 ? 1 : ruleSet] ?? null;

/** ceil(amount × percent / 100): the creator's share of a whole line, in the line's own units. */
export const creatorShareOf = (amount: bigint, { creatorPercent }: Pick<MoneyRules, 'creatorPercent'>): bigint =>
  (amount * BigInt(creatorPercent) + 99n) / 100n;
