// What is held and what falls due, in the fold's own words: holds with their expiry, renewals with their retries, the end of a plan.
import { arriving, type Case, type CaseOf, type Held, remembered } from './money-account.ts';
import {
  creditsPerMonth,
  holdMsMax,
  holdsMax,
  monthMs,
  rememberedMs,
  shareOf,
  triedAgainAfterMs,
} from './money-prices.ts';
import { charge } from './money-spending.ts';
import { isFromPairs } from './money-swipes.ts';
import { accepted, credit, ignored, refused, shared, type Verdict } from './money-verdict.ts';

export function hold(one: CaseOf<'hold'>): Verdict {
  const { event, account, books, now, appendedAt } = one;
  const { accountId, asset, transactionId } = event;
  const amount = BigInt(event.amount);
  const about = { transactionId, asset, amount };
  const isSpent =
    remembered(books.spent, `${accountId} ${transactionId}`, { appendedAt, forMs: rememberedMs }) !== null;
  if (account.holds.has(transactionId) || isSpent) return ignored('already_held', about);
  if (asset !== 'COIN' && asset !== 'CREDIT') return refused('invalid_amount', about);
  if (event.expiresAfterMs > holdMsMax || account.holds.size >= holdsMax) return refused('limit', about);
  if (account.has('user', asset) < amount) return refused('insufficient_funds', about);
  return accepted({
    ...about,
    postings: [
      [`user:${accountId}`, asset, -amount],
      [`held:${accountId}`, asset, amount],
    ],
    effect() {
      account.holds.set(transactionId, { purpose: 'hold', asset, amount, provider: null, at: now });
      account.timers.set(`hold:${transactionId}`, now + event.expiresAfterMs);
    },
  });
}

function release(one: Case, id: string, { asset, amount }: Held): Verdict {
  const { event, account } = one;
  return accepted({
    originalId: id,
    asset,
    amount,
    postings: [[`held:${event.accountId}`, asset, -amount], ...arriving(one, 'user', { asset, amount })],
    effect() {
      account.holds.delete(id);
      account.timers.delete(`hold:${id}`);
    },
  });
}

/** A match's are for its pair alone to end. */
const heldFor = ({ account }: Pick<Case, 'account'>, id: string) => {
  const held = account.holds.get(id);
  return held && held.purpose !== 'payout' ? held : null;
};
const isNotTheirs = ({ purpose }: Held, origin: string | null) => purpose === 'match' && !isFromPairs(origin);

export function holdRelease(one: CaseOf<'hold_release'>): Verdict {
  const { transactionId } = one.event;
  const held = heldFor(one, transactionId);
  if (!held) return ignored('unknown_hold', { originalId: transactionId });
  if (isNotTheirs(held, one.event.origin)) return ignored('not_from_pairs', { originalId: transactionId });
  return release(one, transactionId, held);
}

const streams = new Set(['subscriptions', 'gifts', 'premium', 'advertising']);

export function holdCapture(one: CaseOf<'hold_capture'>): Verdict {
  const { event, account, books, now, appendedAt } = one;
  const { accountId, transactionId } = event;
  const held = heldFor(one, transactionId);
  if (!held) return ignored('unknown_hold', { originalId: transactionId });
  if (isNotTheirs(held, event.origin)) return ignored('not_from_pairs', { originalId: transactionId });
  const { asset, amount, purpose } = held;
  const payee = purpose === 'match' ? null : event.counterpartyId;
  if (payee === accountId) return refused('own_gift', { originalId: transactionId });
  const stream = purpose === 'hold' && streams.has(event.stream ?? '') ? (event.stream as string) : 'premium';
  const spending = { asset, amount, stream, payee, share: payee === null ? 0n : shareOf(amount) };
  return accepted({
    transactionId,
    originalId: transactionId,
    stream,
    counterpartyId: payee,
    asset,
    amount,
    creatorShare: spending.share,
    postings: shared(`held:${accountId}`, spending),
    following: credit(one, transactionId, { ...spending, kind: 'hold_capture' }),
    effect() {
      const kept = { payer: accountId, kind: 'hold_capture', item: null, paidFor: null, at: now, appendedAt };
      books.spent.set(`${accountId} ${transactionId}`, { ...kept, payee, asset, amount, stream, reversed: 0n });
      account.holds.delete(transactionId);
      account.timers.delete(`hold:${transactionId}`);
    },
  });
}

export function timerFired(one: CaseOf<'timer_fired'>): Verdict {
  const { event, account, now } = one;
  const { timerId } = event;
  const due = account.timers.get(timerId);
  if (due === undefined) return ignored('timer_gone');
  if (now < due) return ignored('timer_not_due');
  if (timerId === 'plan') {
    const lapse = () => {
      account.plan = null;
      account.timers.delete('plan');
    };
    return accepted({ effect: lapse });
  }
  const [kind, id] = [timerId.slice(0, timerId.indexOf(':')), timerId.slice(timerId.indexOf(':') + 1)];
  if (kind === 'subscription') return renewal(one, id);
  const held = heldFor(one, id);
  return held ? release(one, id, held) : ignored('timer_gone');
}

/** A renewal counts from when it was due; what cannot be paid is tried again, until it lapses. */
function renewal(one: CaseOf<'timer_fired'>, creator: string): Verdict {
  const { account } = one;
  const timer = `subscription:${creator}`;
  const there = account.subscriptions.get(creator);
  if (!there) return ignored('timer_gone');
  const end = () => {
    account.subscriptions.delete(creator);
    account.timers.delete(timer);
  };
  const about = { counterpartyId: creator, originalId: there.id };
  if (there.cancelled) return accepted({ ...about, effect: end });
  const price = creditsPerMonth.get(there.nextTier) ?? 0n;
  const paidFor = { id: there.id, until: there.renewsAt + monthMs };
  const wanted = { asset: 'CREDIT', amount: price, stream: 'premium', kind: 'subscription', paidFor };
  const renew = () => {
    Object.assign(there, { tier: there.nextTier, status: 'active', tries: 0 });
    there.renewsAt += monthMs;
    account.timers.set(timer, there.renewsAt);
  };
  const verdict = charge(one, { ...wanted, payee: creator }, renew);
  if (verdict.outcome === 'accepted') return { ...verdict, ...about };
  const fail = () => {
    const after = triedAgainAfterMs[there.tries];
    if (after === undefined) return end();
    there.status = 'grace';
    there.tries += 1;
    account.timers.set(timer, there.renewsAt + after);
  };
  return { ...verdict, ...about, effect: fail };
}
