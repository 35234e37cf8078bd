// Subscriptions to creators: started, changed, cancelled, renewed when their timer fires, tried again in grace, and lapsed.
import type { Subscription } from './domain-account.ts';
import {
  amountOf,
  type Draft,
  dropTimer,
  ownValue,
  refused,
  setTimer,
  sizeOf,
  type Verdict,
  without,
  withValue,
} from './domain-draft.ts';
import { refusedRecipient, spend } from './domain-spending.ts';
import { subscriptionTimer } from './domain-timer-names.ts';

const priceOf = ({ rules }: Draft, tier: number): bigint | null => {
  const price = ownValue(rules.tiers as Readonly<Record<string, number>>, String(tier));
  return price === undefined ? null : BigInt(price);
};

export function subscription(draft: Draft): Verdict {
  const { event, rules } = draft;
  const creatorId = event.counterpartyId ?? '';
  const tier = event.tier ?? 0;
  draft.stream = 'premium';
  const wrong = refusedRecipient(draft, creatorId);
  if (wrong) return wrong;
  const price = priceOf(draft, tier);
  if (price === null) return refused('unknown_tier');
  if (event.asset !== 'CREDIT' || amountOf(event.amount) !== price) return refused('invalid_amount');
  const present = ownValue(draft.subscriptions, creatorId);
  if (!present) {
    if (sizeOf(draft.subscriptions) >= rules.subscriptionsMax) return refused('limit');
    return pay(draft, creatorId, begun(draft, tier));
  }
  if (present.status === 'grace') return pay(draft, creatorId, renewed(draft, present, tier));
  if (present.cancelled || present.nextTier !== tier)
    return change(draft, creatorId, { ...present, nextTier: tier, cancelled: false });
  return refused('already_subscribed');
}

const begun = ({ transactionId, now, rules }: Draft, tier: number): Subscription => ({
  id: transactionId,
  tier,
  nextTier: tier,
  since: now,
  renewsAt: now + rules.periodMs,
  status: 'active',
  cancelled: false,
  tries: 0,
});

/** From when it was due, as it held meanwhile. */
const renewed = ({ rules }: Draft, present: Subscription, tier: number): Subscription => ({
  ...present,
  tier,
  nextTier: tier,
  renewsAt: present.renewsAt + rules.periodMs,
  status: 'active',
  cancelled: false,
  tries: 0,
});

/** Charges the tier of a subscription as it will be. */
function pay(draft: Draft, creatorId: string, next: Subscription): Verdict {
  const amount = priceOf(draft, next.tier);
  if (amount === null) return refused('unknown_tier');
  const paid = { id: next.id, paidUntil: next.renewsAt };
  const about = { stream: 'premium', kind: 'subscription', counterpartyId: creatorId, subscription: paid };
  const failed = spend(draft, { asset: 'CREDIT', amount, ...about });
  if (failed) return failed;
  keep(draft, creatorId, next);
  return null;
}

/** Nothing is charged before the renewal. */
function change(draft: Draft, creatorId: string, next: Subscription): Verdict {
  Object.assign(draft, { amount: 0n, creatorShare: 0n, platformShare: 0n });
  keep(draft, creatorId, next);
  return null;
}

function keep(draft: Draft, creatorId: string, next: Subscription, due: number = next.renewsAt): void {
  draft.subscriptions = withValue(draft.subscriptions, creatorId, next);
  const timer = subscriptionTimer(creatorId);
  if (ownValue(draft.timers, timer) !== due) setTimer(draft, timer, due);
}

/** At the end of what is paid. */
export function subscriptionCancel(draft: Draft): Verdict {
  const creatorId = draft.event.counterpartyId ?? '';
  const present = ownValue(draft.subscriptions, creatorId);
  draft.stream = 'premium';
  if (!present) return refused('not_subscribed');
  keep(draft, creatorId, { ...present, cancelled: true });
  return null;
}

/** Its timer has fired: it ends, is paid for another month, or is tried again later. */
export function renewal(draft: Draft, creatorId: string): Verdict {
  const present = ownValue(draft.subscriptions, creatorId);
  Object.assign(draft, { stream: 'premium', counterpartyId: creatorId, originalId: present?.id ?? null });
  if (!present || present.cancelled) {
    end(draft, creatorId);
    return null;
  }
  const failed = pay(draft, creatorId, renewed(draft, present, present.nextTier));
  if (!failed) return null;
  Object.assign(draft, { asset: 'CREDIT', amount: priceOf(draft, present.nextTier) });
  const retryAfter = draft.rules.renewalRetriesMs[present.tries];
  if (retryAfter === undefined) end(draft, creatorId);
  else keep(draft, creatorId, { ...present, status: 'grace', tries: present.tries + 1 }, present.renewsAt + retryAfter);
  return failed;
}

function end(draft: Draft, creatorId: string): void {
  draft.subscriptions = without(draft.subscriptions, creatorId);
  dropTimer(draft, subscriptionTimer(creatorId));
}
