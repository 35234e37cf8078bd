// Payment events of a seed: every kind that moves money, about earlier ones of the same seed, with keys and ids used again. Pure.
import type { Random } from '../../producers/simulate/random.ts';

type Fields = Readonly<Record<string, unknown>>;
type Maker = (random: Random, payments: Payments) => Fields;
/** What later events are about: who, and how much of what. */
type Earlier = { readonly id: string; readonly accountId: string; readonly amount: number };

const dayMs = 86_400_000;
const rememberedMax = 200;
/** Reversals are mostly of these, in small parts, so that one is reversed several times. */
const recentMax = 8;
const smallPart = 40;
const payers = 12;
const creators = 5;
/** More than there are payers, so that many are swiped once. */
const liked = 40;
const zones = [
  'UTC',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Nowhere/Land',
  '+02:00',
];
const gifts = { ROSE: 10, HEART: 50, DIAMOND: 100, ROCKET: 500, CASTLE: 1_000, UNICORN: 7 };
const tiers = [50, 150, 300, 1_000];
const products = { plan_starter: 999, plan_pro: 2_999, plan_vip: 9_999, plan_enterprise: 49_999, plan_none: 1 };
const placements = ['pre_roll', 'mid_roll', 'post_roll', 'sponsored', 'in_feed', 'skywriting'];
const assets = ['COIN', 'CREDIT'];
/** Nobody has more than what a number can say. */
const fortunes = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 5, 5, 1];

const payer = (random: Random) => ({ accountId: `user_${random.whole(payers)}` });
const creator = (random: Random) => `creator_${random.whole(creators)}`;
/** Mostly a creator, now and then oneself or nobody. */
function recipient(random: Random, { accountId }: { accountId: string }): Fields {
  const chance = random.next();
  if (chance < 0.05) return { counterpartyId: accountId };
  if (chance < 0.1) return { counterpartyId: 'nobody', counterpartyKnown: false };
  return { counterpartyId: creator(random), ...(chance < 0.5 ? { counterpartyKnown: true } : {}) };
}
const key = (random: Random) => ({
  idempotencyKey: `key_${random.whole(1e9)}`,
  ...(random.next() < 0.8 ? { fingerprint: `body_${random.whole(1e9)}` } : {}),
});
const asking = (random: Random) => ({ ...payer(random), ...key(random) });
const reasonIn = (random: Random, ...reasons: string[]) => ({ reason: random.pick(reasons) });

const paymentMakers: Readonly<Record<string, Maker>> = {
  coin_purchase: (random) => {
    const isFortune = random.next() < 0.03;
    if (isFortune) return { accountId: 'rich', asset: 'COIN', amount: random.pick(fortunes), provider: 'local' };
    const amount = 1 + random.whole(20_000);
    const priced = random.next() < 0.8 ? { currency: 'USD', price: 1 + random.whole(amount) } : {};
    const named = random.next() < 0.8 ? { transactionId: `payment_${random.whole(400)}` } : {};
    return {
      ...payer(random),
      asset: random.pick(assets),
      amount,
      provider: random.pick(['local', 'stripe']),
      ...priced,
      ...named,
    };
  },
  plan_purchase: (random) => {
    const product = random.pick(Object.keys(products)) as keyof typeof products;
    const paid = {
      provider: 'stripe',
      transactionId: `plan_${random.whole(400)}`,
      currency: 'USD',
      price: products[product],
    };
    return { ...payer(random), product, ...paid, ...(random.next() < 0.8 && { referenceId: renewer(random) }) };
  },
  plan_cancel: (random) => ({ ...asking(random), ...(random.next() < 0.5 && { transactionId: renewer(random) }) }),
  gift: (random) => {
    const from = asking(random);
    const giftType = random.pick(Object.keys(gifts)) as keyof typeof gifts;
    const quantity = 1 + random.whole(9);
    const amount = gifts[giftType] * quantity + (random.next() < 0.05 ? 1 : 0);
    const typed = random.next() < 0.8 ? { giftType, quantity } : {};
    return {
      ...from,
      ...recipient(random, from),
      asset: 'COIN',
      amount,
      ...typed,
      videoId: `video_${random.whole(9)}`,
    };
  },
  tip: (random) => {
    const from = asking(random);
    const amount = random.next() < 0.03 ? 1_000_001 : 1 + random.whole(999);
    return { ...from, ...recipient(random, from), asset: random.next() < 0.95 ? 'COIN' : 'CREDIT', amount };
  },
  subscription: (random) => {
    const from = asking(random);
    const tier = 1 + random.whole(tiers.length);
    return { ...from, ...recipient(random, from), asset: 'CREDIT', amount: tiers[tier - 1], tier };
  },
  subscription_cancel: (random) => ({ ...asking(random), counterpartyId: creator(random) }),
  unlock: (random) => {
    const from = asking(random);
    const to = random.next() < 0.7 ? recipient(random, from) : {};
    const item =
      random.next() < 0.5 ? { videoId: `video_${random.whole(20)}` } : { product: `show_${random.whole(20)}` };
    return { ...from, ...to, asset: random.pick(assets), amount: 1 + random.whole(300), ...item };
  },
  boost: (random) => ({ ...asking(random), asset: 'COIN', amount: random.next() < 0.9 ? 200 : 1 }),
  reversal: (random, { spent, paid, payouts }) => {
    const original = pickedFrom(random, random.next() < 0.9 ? spent.slice(-recentMax) : [...paid, ...payouts]);
    const amount = random.next() < 0.5 ? {} : { amount: 1 + random.whole(Math.min(original.amount, smallPart)) };
    const whose = random.next() < 0.9 ? { accountId: original.accountId } : payer(random);
    return { ...key(random), ...whose, transactionId: original.id, ...amount, ...reasonIn(random, 'mistake', 'fraud') };
  },
  refund: (random, { paid }) => {
    const original = pickedFrom(random, paid);
    const amount = 1 + random.whole(Math.max(1, original.amount));
    const named = random.next() < 0.8 ? { referenceId: `refund_${random.whole(4)}` } : {};
    const about = { accountId: original.accountId, transactionId: original.id, asset: 'COIN', amount, ...named };
    return {
      ...about,
      ...(random.next() < 0.5 ? { provider: 'stripe' } : {}),
      ...reasonIn(random, 'refund', 'chargeback'),
    };
  },
  ad_revenue: (random) => {
    const named = random.next() < 0.8 ? { transactionId: `ad_${random.whole(400)}` } : {};
    const about = {
      accountId: creator(random),
      asset: 'USD',
      amount: 1 + random.whole(5_000),
      product: random.pick(placements),
    };
    return { ...about, ...named, ...(random.next() < 0.8 ? { provider: 'adnetwork' } : {}) };
  },
  payout: (random) => {
    const asset = random.pick(['COIN', 'CREDIT', 'USD']);
    const keyed = random.next() < 0.5 ? key(random) : {};
    return { accountId: creator(random), asset, amount: 900 + random.whole(1_200), provider: 'local', ...keyed };
  },
  payout_settled: (random, { payouts }) => ended(random, payouts),
  payout_failed: (random, { payouts }) => ({ ...ended(random, payouts), reason: 'account_closed' }),
  hold: (random) => {
    const transactionId = `hold_${random.whole(40)}`;
    const expiresAfterMs = random.next() < 0.5 ? random.whole(5_000) : random.whole(dayMs);
    const keyed = random.next() < 0.5 ? key(random) : {};
    return {
      ...payer(random),
      transactionId,
      asset: random.pick(assets),
      amount: 1 + random.whole(500),
      expiresAfterMs,
      ...keyed,
    };
  },
  hold_capture: (random, { holds }) => {
    const { accountId, id: transactionId } = pickedFrom(random, holds);
    const to = random.next() < 0.5 ? { counterpartyId: creator(random) } : {};
    return { accountId, transactionId, ...to, ...(random.next() < 0.7 ? { stream: 'premium' } : {}) };
  },
  hold_release: (random, { holds }) => {
    const { accountId, id: transactionId } = pickedFrom(random, holds);
    return { accountId, transactionId, ...reasonIn(random, 'no_match') };
  },
  swipe: (random) => ({ ...swiping(random), direction: random.pick(['LEFT', 'RIGHT', 'RIGHT', 'SUPER_LIKE']) }),
  match_unlock: (random) => ({
    ...swiping(random),
    matchId: `match_${random.whole(9)}`,
    mode: random.pick(['both', 'instant']),
  }),
  time_zone: (random) => ({ ...payer(random), timeZone: random.pick(zones) }),
  /** Nobody but the pair may give a swipe back. */
  swipe_undone: (random, { spent }) => {
    const { accountId, id: transactionId } = pickedFrom(random, spent);
    return { accountId, counterpartyId: `user_${random.whole(liked)}`, transactionId };
  },
  /** Nobody but the ledger may credit or debit, whatever it says. */
  credit: (random, { spent }) => forged(random, spent),
  debit: (random, { spent }) => forged(random, spent),
  timer_fired: (random, { holds }) => {
    const { accountId, id } = pickedFrom(random, holds);
    const timerId = random.pick([`hold:${id}`, `subscription:${creator(random)}`, 'plan', 'nothing']);
    return { accountId, timerId, due: 1_790_000_000_000 };
  },
};

/** Mostly somebody, now and then oneself. */
const swiping = (random: Random) => ({ ...asking(random), counterpartyId: `user_${random.whole(liked)}` });

const nobodys: Earlier = { id: 'never_was', accountId: 'user_0', amount: 1 };
const pickedFrom = (random: Random, all: readonly Earlier[]) =>
  all.length === 0 || random.next() < 0.05 ? nobodys : random.pick(all);
/** A payment that renews a plan: few, so that they meet. */
const renewer = (random: Random): string => `pay_${random.whole(4)}`;
const ended = (random: Random, payouts: readonly Earlier[]): Fields => {
  const { accountId, id: transactionId } = pickedFrom(random, payouts);
  return { accountId, transactionId, provider: 'local', referenceId: `transfer_${random.whole(1_000)}` };
};
const forged = (random: Random, spent: readonly Earlier[]): Fields => {
  const { id: transactionId, accountId: counterpartyId } = pickedFrom(random, spent);
  const about = {
    accountId: creator(random),
    counterpartyId,
    transactionId,
    asset: 'COIN',
    amount: 1 + random.whole(99),
  };
  return { ...about, stream: 'gifts', kind: 'gift' };
};

const spends = new Set(['gift', 'tip', 'subscription', 'unlock', 'boost', 'swipe']);

export class Payments {
  readonly spent: Earlier[] = [];
  readonly paid: Earlier[] = [];
  readonly payouts: Earlier[] = [];
  readonly holds: Earlier[] = [];
  readonly #requests: (Fields & { readonly type: string })[] = [];

  /** The next event but for its envelope; now and then an earlier request again, or its key with something else. */
  next(random: Random, eventId: string): Fields & { readonly type: string } {
    const chance = random.next();
    if (chance < 0.1 && this.#requests.length > 0) return random.pick(this.#requests);
    const type =
      chance < 0.3 ? random.pick(['coin_purchase', 'plan_purchase']) : random.pick(Object.keys(paymentMakers));
    const made = { type, ...paymentMakers[type]?.(random, this) } as Fields & { readonly type: string };
    const { accountId, idempotencyKey } = made;
    const used = this.#requests.filter((one) => one.accountId === accountId);
    const event =
      chance > 0.95 && idempotencyKey !== undefined && used.length > 0
        ? { ...made, idempotencyKey: random.pick(used).idempotencyKey }
        : made;
    this.#remember(event, eventId);
    return event;
  }

  #remember(event: Fields & { readonly type: string }, eventId: string): void {
    const { type, accountId, amount = 1, transactionId, price } = event;
    const one = { id: eventId, accountId: String(accountId), amount: Number(amount) };
    const named = { ...one, id: String(transactionId ?? eventId) };
    if (event.idempotencyKey !== undefined) keep(this.#requests, event);
    if (spends.has(type)) keep(this.spent, one);
    if (type === 'payout') keep(this.payouts, one);
    if (type === 'hold') keep(this.holds, named);
    if (type === 'coin_purchase' || type === 'plan_purchase') keep(this.paid, { ...named, amount: Number(price ?? 1) });
  }
}

function keep<T>(list: T[], one: T): void {
  list.push(one);
  if (list.length > rememberedMax) list.shift();
}
