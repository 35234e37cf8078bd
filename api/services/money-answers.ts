// The outcome of a request for money as its caller is told: always made of what was remembered, so that a repeat is told the same.
import type { Outcome } from '../../processors/ledger/domain-outcomes.ts';
import { rulesOf } from '../../schemas/money.ts';

export type { Outcome };
export type SpentOn = 'gift' | 'tip' | 'subscription' | 'subscription_cancel' | 'plan_cancel' | 'unlock' | 'payout';
export type Answer = Readonly<Record<string, unknown>>;

/** The place of what decided it, for reads that must see it. */
export const tokenOf = ({ partition, offset }: Pick<Outcome, 'partition' | 'offset'>): string =>
  `payment_transactions:${partition}:${offset}`;

const whole = (text: string | null): number => Number(text ?? 0);
export const timeOf = (ms: number): string => new Date(ms).toISOString();

export function answerOf(kind: SpentOn, outcome: Outcome): Answer {
  const { transactionId: transaction_id, amount, balance } = outcome;
  const token = tokenOf(outcome);
  const shares = { creator_share: whole(outcome.creatorShare), platform_share: whole(outcome.platformShare) };
  switch (kind) {
    case 'gift':
    case 'tip':
    case 'unlock':
      return {
        success: true,
        transaction_id,
        coins_spent: whole(amount),
        ...shares,
        balance: whole(balance.coins),
        token,
      };
    case 'subscription':
    case 'subscription_cancel':
      return {
        success: true,
        transaction_id,
        ...subscriptionOf(outcome),
        credits_spent: whole(amount),
        ...shares,
        balance: whole(balance.credits),
        token,
      };
    case 'plan_cancel':
      return { success: true, transaction_id, cancelled: true, token };
    case 'payout': {
      const asked = { asset: outcome.asset, amount: whole(amount) };
      return { success: true, transaction_id, payout_id: transaction_id, status: 'held', ...asked, token };
    }
    default:
      return kind satisfies never;
  }
}

function subscriptionOf({ subscription }: Outcome) {
  return {
    subscription_id: subscription?.id ?? null,
    tier: subscription?.tier ?? null,
    next_tier: subscription?.nextTier ?? null,
    renews_at: subscription ? timeOf(subscription.renewsAt) : null,
    status: subscription?.status ?? null,
    cancelled: subscription?.cancelled ?? false,
  };
}

export type Told = { readonly detail: string; readonly field?: string; readonly about?: Answer };

type Parties = { readonly [name in 'recipient_id' | 'creator_id' | 'subscriber_id' | 'target_user_id']?: string };

/** A refusal in words and figures. @param request as its caller made it, whose fields are named */
export function refusedAs(outcome: Outcome, request: object): Told {
  const { kind, reason, balance, amount, asset, subscription, available, originalId } = outcome;
  const parties = request as Parties;
  const asked = [amount, asset].filter((part) => part !== null).join(' ') || 'more';
  switch (reason) {
    case 'insufficient_funds':
      if (kind === 'payout') return short(asked, available, asset);
      return { detail: `this takes ${asked}; the wallet has ${balance.coins} coins and ${balance.credits} credits` };
    case 'below_minimum': {
      const minimum = leastOf(outcome);
      const detail = `at least ${minimum} ${asset} are paid out at once; ${asked} were asked for`;
      return { detail, field: 'amount', about: { minimum, amount: whole(amount), asset } };
    }
    case 'already_subscribed': {
      const { tier, renews_at } = subscriptionOf(outcome);
      const detail = `the subscription has tier ${tier} already and renews at ${renews_at}`;
      return { detail, about: { subscription_id: subscription?.id ?? null, tier, renews_at } };
    }
    case 'already_unlocked':
      return { detail: `transaction ${originalId} has unlocked it`, about: { unlocked_by: originalId } };
    case 'not_subscribed':
      return { detail: `${parties.subscriber_id} has no subscription to ${parties.creator_id}`, field: 'creator_id' };
    case 'unknown_recipient': {
      const names = ['recipient_id', 'target_user_id'] as const;
      const field = names.find((name) => parties[name] !== undefined) ?? 'creator_id';
      return { detail: `nobody called ${parties[field] ?? 'so'} has done anything here yet`, field };
    }
    case 'own_gift':
      return { detail: 'payer and recipient are the same person' };
    case 'own_swipe':
      return { detail: 'both are the same person', field: 'target_user_id' };
    case 'already_swiped':
      return { detail: `transaction ${originalId} has swiped this person already`, about: { swiped_by: originalId } };
    case 'no_plan':
      return { detail: 'there is no plan to cancel' };
    default:
      return { detail: `the account has refused this: ${reason ?? 'for no reason told'}` };
  }
}

function short(asked: string, available: string | null, asset: string | null): Told {
  const detail = `${asked} were asked for; the earnings that can be paid out are ${available} ${asset}`;
  return { detail, field: 'amount', about: { available: whole(available), asset } };
}

/** Of the rules that it was decided by. */
function leastOf({ ruleSet, asset }: Outcome): number | null {
  const minimums: Readonly<Record<string, number>> = rulesOf(ruleSet)?.payoutMin ?? {};
  return minimums[asset ?? ''] ?? null;
}
