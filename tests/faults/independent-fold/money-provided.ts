// What providers confirm, in the fold's own words: coins and plans that were bought, refunds, advertising, and payouts with their ends.
import { arriving, type Case, type CaseOf, type Paid, type Posting, remembered, taken } from './money-account.ts';
import {
  holdsMax,
  leastPayout,
  monthMs,
  placements,
  planGraceMs,
  plans,
  rememberedMs,
  reversibleMs,
  shareOf,
} from './money-prices.ts';
import { accepted, ignored, refused, type Verdict } from './money-verdict.ts';

/** A payment is refunded in so many steps at most. */
const refundsMax = 100;
/** Of the payments that renew a plan the last so many are known. */
const renewersMax = 10;

type Bought = Omit<Paid, 'references' | 'refunded' | 'taken' | 'at' | 'appendedAt' | 'account'>;

function buy(one: Case, id: string, bought: Bought, effect: () => void): Verdict {
  const { books, event, now, appendedAt } = one;
  const about = { transactionId: id };
  if (remembered(books.paid, id, { appendedAt, forMs: rememberedMs })) return ignored('already_booked', about);
  const { provider, asset, amount, currency, price, period } = bought;
  if ((asset !== 'COIN' && asset !== 'CREDIT') || amount <= 0n) return refused('invalid_amount', about);
  const money: Posting[] =
    currency === null || price === null
      ? []
      : [
          [`provider:${provider}`, currency, -price],
          [period ? 'platform:subscriptions' : 'platform:sales', currency, price],
        ];
  return accepted({
    ...about,
    asset,
    amount,
    postings: [...money, ['world', asset, -amount], ...arriving(one, 'user', { asset, amount })],
    effect() {
      const none = { references: new Set<string>(), refunded: 0n, taken: 0n };
      books.paid.set(id, { ...bought, ...none, account: event.accountId, at: now, appendedAt });
      effect();
    },
  });
}

const priceOf = ({ price, currency }: { price: number | null; currency: string | null }) =>
  price === null || currency === null ? { price: null, currency: null } : { price: BigInt(price), currency };

export function coinPurchase(one: CaseOf<'coin_purchase'>): Verdict {
  const { event } = one;
  const { provider, asset } = event;
  const bought = { provider, asset, amount: BigInt(event.amount), ...priceOf(event), period: null };
  return buy(one, event.transactionId ?? event.eventId, bought, () => {});
}

export function planPurchase(one: CaseOf<'plan_purchase'>): Verdict {
  const { event, account, now, appendedAt } = one;
  const { provider, product, transactionId, referenceId } = event;
  const plan = plans.get(product);
  if (!plan)
    return remembered(one.books.paid, transactionId, { appendedAt, forMs: rememberedMs })
      ? ignored('already_booked', { transactionId })
      : refused('unknown_product', { transactionId });
  const from = Math.max(now, account.plan?.until ?? 0);
  const until = event.periodEnd ?? from + monthMs;
  const bought = { provider, asset: 'CREDIT', amount: plan.credits, ...priceOf(event), period: { from, until } };
  const verdict = buy(one, transactionId, bought, () => {
    const renewers = new Set(account.plan?.paymentIds);
    if (referenceId !== null) {
      renewers.delete(referenceId);
      renewers.add(referenceId);
    }
    account.plan = { name: plan.name, product, until, cancelled: false, paymentIds: [...renewers].slice(-renewersMax) };
    account.timers.set('plan', until + planGraceMs);
  });
  return { ...verdict, stream: 'subscriptions' };
}

export function planCancel({ account, event }: CaseOf<'plan_cancel'>): Verdict {
  const { plan } = account;
  if (!plan) return refused('no_plan');
  const ended = event.transactionId;
  const about = ended === null ? {} : { originalId: ended };
  const left = plan.paymentIds.filter((id) => id !== ended);
  if (ended !== null && left.length === plan.paymentIds.length) return ignored('unknown_payment', about);
  return accepted({
    ...about,
    effect() {
      plan.paymentIds = left;
      if (ended !== null && left.length > 0) return;
      plan.cancelled = true;
      account.timers.set('plan', plan.until);
    },
  });
}

/** Of what was bought so much goes back, rounded up, as was refunded of its price. */
export function refund(one: CaseOf<'refund'>): Verdict {
  const { event, books, now, appendedAt } = one;
  const about = { originalId: event.transactionId };
  const paid = remembered(books.paid, event.transactionId, { appendedAt, forMs: rememberedMs });
  if (paid?.account !== event.accountId) return ignored('unknown_payment', about);
  const reference = event.referenceId ?? event.eventId;
  if (paid.references.has(reference)) return ignored('already_booked', about);
  if (now - paid.at >= reversibleMs) return ignored('too_old', about);
  const { asset, currency, period, provider } = paid;
  const price = paid.price ?? paid.amount;
  const refundedNow = BigInt(event.amount);
  const refunded = paid.refunded + refundedNow;
  if (refunded > price || paid.references.size >= refundsMax) return ignored('exceeds_remaining', about);
  const money: Posting[] =
    currency === null
      ? []
      : [
          [period ? 'platform:subscriptions' : 'platform:sales', currency, -refundedNow],
          [`provider:${provider}`, currency, refundedNow],
        ];
  const due = paid.amount * refunded;
  const amount = due / price + (due % price === 0n ? 0n : 1n) - paid.taken;
  return accepted({
    ...about,
    asset,
    amount,
    postings: [...money, ...taken(one, 'user', { asset, amount }), ['world', asset, amount]],
    effect() {
      paid.refunded = refunded;
      paid.taken += amount;
      paid.references.add(reference);
      if (period && refunded === price) shorten(one, period);
    },
  });
}

/** The time that was paid for is taken away, as far as it has not passed; with none left the plan ends. */
function shorten({ account, now }: Case, { from, until }: { readonly from: number; readonly until: number }): void {
  const { plan } = account;
  if (!plan) return;
  plan.until -= Math.max(0, until - Math.max(now, from));
  if (plan.until > now) account.timers.set('plan', plan.cancelled ? plan.until : plan.until + planGraceMs);
  else {
    account.plan = null;
    account.timers.delete('plan');
  }
}

export function adRevenue(one: CaseOf<'ad_revenue'>): Verdict {
  const { event, books, account, appendedAt } = one;
  const { asset, product } = event;
  const id = event.transactionId ?? event.eventId;
  const about = { transactionId: id, stream: 'advertising', asset };
  if (remembered(books.ads, id, { appendedAt, forMs: reversibleMs })) return ignored('already_booked', about);
  if (product === null || !placements.has(product)) return refused('unknown_placement', about);
  if (!leastPayout.has(asset)) return refused('invalid_amount', about);
  const amount = BigInt(event.amount);
  const share = shareOf(amount);
  return accepted({
    ...about,
    amount,
    creatorShare: share,
    postings: [
      [`provider:${event.provider ?? 'unknown'}`, asset, -amount],
      ['platform:advertising', asset, amount - share],
      ...arriving(one, 'creator', { asset, amount: share }),
    ],
    effect() {
      books.ads.set(id, { appendedAt });
      account.earn('advertising', asset, share);
    },
  });
}

export function payout(one: CaseOf<'payout'>): Verdict {
  const { event, account } = one;
  const { accountId, asset, provider, eventId } = event;
  const amount = BigInt(event.amount);
  if (account.holds.has(eventId)) return ignored('already_held');
  const least = leastPayout.get(asset);
  if (least === undefined) return refused('invalid_amount');
  if (amount < least) return refused('below_minimum');
  if (account.holds.size >= holdsMax) return refused('limit');
  if (account.has('creator', asset) < amount) return refused('insufficient_funds');
  const intent = { kind: 'payout', intentId: eventId, subjectId: accountId, userId: accountId };
  const what = { provider, asset, amount: event.amount, personal: event.personal };
  return accepted({
    asset,
    amount,
    postings: [
      [`creator:${accountId}`, asset, -amount],
      [`held:${accountId}`, asset, amount],
    ],
    following: [{ topic: 'payment_intents', key: accountId, event: { ...intent, ...what } }],
    effect: () => account.holds.set(eventId, { purpose: 'payout', asset, amount, provider, at: one.now }),
  });
}

export function payoutEnded(one: CaseOf<'payout_settled'> | CaseOf<'payout_failed'>): Verdict {
  const { event, account } = one;
  const { accountId, transactionId, provider } = event;
  const about = { originalId: transactionId };
  const held = account.holds.get(transactionId);
  if (held?.purpose !== 'payout') return ignored('unknown_payout', about);
  const { asset, amount } = held;
  const out: Posting = [`held:${accountId}`, asset, -amount];
  const isCurrency = asset === 'USD';
  const paidOut: Posting[] = isCurrency
    ? [out, [`provider:${provider}`, 'USD', amount]]
    : [out, ['world', asset, amount], ['platform:sales', 'USD', -amount], [`provider:${provider}`, 'USD', amount]];
  const settled = { kind: 'settled', intentId: transactionId, subjectId: accountId };
  return accepted({
    ...about,
    reason: event.type === 'payout_failed' ? event.reason : null,
    asset,
    amount,
    postings: event.type === 'payout_settled' ? paidOut : [out, ...arriving(one, 'creator', { asset, amount })],
    following: [{ topic: 'payment_intents', key: accountId, event: settled }],
    effect: () => account.holds.delete(transactionId),
  });
}
