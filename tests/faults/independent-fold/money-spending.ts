// Gifts, tips, subscriptions, unlocks and boosts in the fold's own words, what the payee gets of them, and how they are taken back.
import { arriving, type Case, type CaseOf, remembered, taken } from './money-account.ts';
import {
  boostCoins,
  boostMs,
  coinsPerGift,
  creditsPerMonth,
  giftsAtOnceMax,
  monthMs,
  rememberedMs,
  reversibleMs,
  shareOf,
  subscriptionsMax,
  tipMax,
} from './money-prices.ts';
import { accepted, credit, ignored, inTransit, refused, type Spending, shared, type Verdict } from './money-verdict.ts';

type Wanted = {
  readonly asset: string;
  readonly amount: bigint;
  readonly stream: string;
  readonly payee: string | null;
  readonly item?: string;
  readonly kind?: string;
  readonly paidFor?: { readonly id: string; readonly until: number };
};

/** Charges the payer now, under the record's own id. */
export function charge(one: Case, wanted: Wanted, effect: () => void): Verdict {
  const { asset, amount, stream, payee, item, paidFor, kind = one.event.type } = wanted;
  const { account, books, event, now, appendedAt } = one;
  const about = { counterpartyId: payee, asset, amount };
  if (account.has('user', asset) < amount) return refused('insufficient_funds', about);
  const spending: Spending = { asset, amount, stream, payee, share: payee === null ? 0n : shareOf(amount) };
  return accepted({
    ...about,
    stream,
    creatorShare: spending.share,
    postings: shared(`user:${event.accountId}`, spending),
    following: credit(one, event.eventId, { ...spending, kind }),
    effect() {
      const { accountId: payer } = event;
      const what = { payer, payee, kind, asset, amount, stream, item: item ?? null, paidFor: paidFor ?? null };
      const spent = { ...what, at: now, appendedAt, reversed: 0n };
      books.spent.set(`${payer} ${event.eventId}`, spent);
      effect();
    },
  });
}

/** Why nobody may spend on this person at all. */
function wrongPayee(event: {
  accountId: string;
  counterpartyId: string | null;
  counterpartyKnown: boolean | null;
}): Verdict | null {
  if (event.accountId === event.counterpartyId) return refused('own_gift');
  return event.counterpartyKnown === false ? refused('unknown_recipient') : null;
}

const nothingElse = () => {};
/** What is charged at the renewal alone. */
const free = { amount: 0n, creatorShare: 0n };

export function gift(one: CaseOf<'gift'>): Verdict {
  const { event } = one;
  const { counterpartyId: payee, giftType, asset } = event;
  const wrong = wrongPayee(event);
  if (wrong) return wrong;
  const quantity = event.quantity ?? 1;
  const each = giftType === null ? null : coinsPerGift.get(giftType);
  const amount = BigInt(event.amount);
  if (asset !== 'COIN' || amount <= 0n) return refused('invalid_amount');
  if (each === undefined) return refused('unknown_gift');
  if (each !== null && quantity > giftsAtOnceMax) return refused('limit');
  if (each !== null && each * BigInt(quantity) !== amount) return refused('invalid_amount');
  return charge(one, { asset, amount, stream: 'gifts', payee }, nothingElse);
}

export function tip(one: CaseOf<'tip'>): Verdict {
  const { counterpartyId: payee, asset } = one.event;
  const wrong = wrongPayee(one.event);
  if (wrong) return wrong;
  const amount = BigInt(one.event.amount);
  if (asset !== 'COIN' || amount <= 0n) return refused('invalid_amount');
  if (amount > tipMax) return refused('limit');
  return charge(one, { asset, amount, stream: 'gifts', payee }, nothingElse);
}

export function unlock(one: CaseOf<'unlock'>): Verdict {
  const { event, books } = one;
  const { asset, counterpartyId: payee, accountId } = event;
  const item = event.product ?? event.videoId;
  const wrong = wrongPayee(event);
  if (wrong) return wrong;
  const amount = BigInt(event.amount);
  if (item === null) return refused('unknown_product');
  if ((asset !== 'COIN' && asset !== 'CREDIT') || amount <= 0n) return refused('invalid_amount');
  const name = `${accountId} ${item}`;
  const originalId = books.unlocked.get(name);
  if (originalId !== undefined) return refused('already_unlocked', { originalId });
  return charge(one, { asset, amount, stream: 'premium', payee, item }, () => books.unlocked.set(name, event.eventId));
}

export function boost(one: CaseOf<'boost'>): Verdict {
  const { asset } = one.event;
  const amount = BigInt(one.event.amount);
  if (asset !== 'COIN' || amount !== boostCoins) return refused('invalid_amount');
  const { account, now } = one;
  const until = (account.boostUntil > now ? account.boostUntil : now) + boostMs;
  const lift = () => {
    account.boostUntil = until;
  };
  const verdict = charge(one, { asset, amount, stream: 'premium', payee: null }, lift);
  return verdict.outcome === 'accepted' ? { ...verdict, boostUntil: until } : verdict;
}

export function subscription(one: CaseOf<'subscription'>): Verdict {
  const { event, account, now } = one;
  const { counterpartyId: creator, asset } = event;
  const wrong = wrongPayee(event);
  if (wrong) return wrong;
  const tier = event.tier ?? 0;
  const price = creditsPerMonth.get(tier);
  if (price === undefined) return refused('unknown_tier');
  if (asset !== 'CREDIT' || BigInt(event.amount) !== price) return refused('invalid_amount');
  const about = { counterpartyId: creator };
  const there = account.subscriptions.get(creator);
  const paidFor = { id: there?.id ?? event.eventId, until: (there?.renewsAt ?? now) + monthMs };
  const wanted = { asset, amount: price, stream: 'premium', payee: creator, paidFor };
  if (!there) {
    if (account.subscriptions.size >= subscriptionsMax) return refused('limit', about);
    const begin = () => {
      const fresh = { tier, nextTier: tier, since: now, renewsAt: now + monthMs, cancelled: false, tries: 0 };
      account.subscriptions.set(creator, { ...fresh, id: event.eventId, status: 'active' });
      account.timers.set(`subscription:${creator}`, now + monthMs);
    };
    return charge(one, wanted, begin);
  }
  if (there.status === 'grace') {
    const pay = () => {
      Object.assign(there, { tier, nextTier: tier, status: 'active', cancelled: false, tries: 0 });
      there.renewsAt += monthMs;
      account.timers.set(`subscription:${creator}`, there.renewsAt);
    };
    return charge(one, wanted, pay);
  }
  if (!there.cancelled && there.nextTier === tier) return refused('already_subscribed', about);
  return accepted({
    ...about,
    ...free,
    stream: 'premium',
    effect: () => Object.assign(there, { nextTier: tier, cancelled: false }),
  });
}

export function subscriptionCancel({ event, account }: CaseOf<'subscription_cancel'>): Verdict {
  const there = account.subscriptions.get(event.counterpartyId);
  const about = { counterpartyId: event.counterpartyId };
  if (!there) return refused('not_subscribed', about);
  const cancel = () => {
    there.cancelled = true;
    account.timers.set(`subscription:${event.counterpartyId}`, there.renewsAt);
  };
  return accepted({ ...about, effect: cancel });
}

const isFromLedger = (origin: string | null) => origin?.startsWith('ledger/') === true;

export function arrivedCredit(one: CaseOf<'credit'>): Verdict {
  const { event, account } = one;
  if (!isFromLedger(event.origin)) return ignored('not_from_ledger', { originalId: event.transactionId });
  const { asset, transactionId: originalId, counterpartyId } = event;
  const [amount, stream] = [BigInt(event.amount), event.stream ?? 'gifts'];
  return accepted({
    originalId,
    stream,
    counterpartyId,
    asset,
    amount,
    postings: [[inTransit, asset, -amount], ...arriving(one, 'creator', { asset, amount })],
    effect: () => account.earn(stream, asset, amount),
  });
}

export function arrivedDebit(one: CaseOf<'debit'>): Verdict {
  const { event, account } = one;
  if (!isFromLedger(event.origin)) return ignored('not_from_ledger', { originalId: event.transactionId });
  const { asset, transactionId: originalId, counterpartyId } = event;
  const [amount, stream] = [BigInt(event.amount), event.stream ?? 'gifts'];
  return accepted({
    originalId,
    stream,
    counterpartyId,
    asset,
    amount,
    postings: [[inTransit, asset, amount], ...taken(one, 'creator', { asset, amount })],
    effect: () => account.earn(stream, asset, -amount),
  });
}

/** The creator's share goes back by as much as the share of what is reversed has grown. */
export function reversal(one: CaseOf<'reversal'>): Verdict {
  const { event, books, account, now, appendedAt } = one;
  const known = { appendedAt, forMs: rememberedMs };
  const spent = remembered(books.spent, `${event.accountId} ${event.transactionId}`, known);
  const original = { originalId: event.transactionId };
  if (!spent) {
    const isOther =
      account.holds.has(event.transactionId) || remembered(books.paid, event.transactionId, known) !== null;
    return refused(isOther ? 'not_reversible' : 'unknown_transaction', original);
  }
  const there = { ...original, originalAt: spent.at, asset: spent.asset };
  if (spent.kind === 'swipe') return refused('not_reversible', there);
  if (now - spent.at >= reversibleMs) return refused('too_old', there);
  const left = spent.amount - spent.reversed;
  if (left === 0n) return refused('already_reversed', there);
  const amount = event.amount === null ? left : BigInt(event.amount);
  if (amount > left) return refused('exceeds_remaining', there);
  const { asset, stream, payee, kind } = spent;
  const back = payee === null ? 0n : shareOf(spent.reversed + amount) - shareOf(spent.reversed);
  const about = { ...there, stream, counterpartyId: payee, asset, amount, creatorShare: back };
  const debit = { type: 'debit', accountId: payee, counterpartyId: event.accountId, amount: Number(back), asset };
  const told = { ...debit, transactionId: event.transactionId, stream, kind, reason: event.reason };
  return accepted({
    ...about,
    postings: [
      ...arriving(one, 'user', { asset, amount }),
      [`platform:${stream}`, asset, back - amount],
      [inTransit, asset, -back],
    ],
    following: payee === null || back === 0n ? [] : [{ topic: 'payment_transactions', key: payee, event: told }],
    effect() {
      spent.reversed += amount;
      if (spent.reversed < spent.amount) return;
      if (spent.item !== null) books.unlocked.delete(`${event.accountId} ${spent.item}`);
      const subscribed = payee === null ? undefined : account.subscriptions.get(payee);
      if (!subscribed || !spent.paidFor) return;
      if (subscribed.id !== spent.paidFor.id || subscribed.renewsAt !== spent.paidFor.until) return;
      account.subscriptions.delete(payee as string);
      account.timers.delete(`subscription:${payee}`);
    },
  });
}
