// The outcome of a request for money as its caller is told: always made of what was remembered, so that a repeat is told the same.
import type { Outcome } from '../../processors/ledger/domain-outcomes.ts';

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

export function refusedAs({ kind, reason, balance, amount, asset }: Outcome): string {
  if (kind === 'payout' && reason === 'insufficient_funds')
    return `the earnings that can be paid out are less than ${amount ?? 'that'} ${asset ?? ''}`.trimEnd();
  const has = `the wallet has ${balance.coins} coins and ${balance.credits} credits`;
  switch (reason) {
    case 'insufficient_funds':
      return `this takes ${amount ?? 'more'} ${asset ?? ''}; ${has}`.replace('  ', ' ');
    case 'unknown_recipient':
      return 'nobody with this id has done anything here yet';
    case 'own_gift':
      return 'payer and recipient are the same person';
    case 'own_swipe':
      return 'both are the same person';
    case 'already_swiped':
      return 'this person was swiped already, and comes back when the time for it is over';
    case 'no_plan':
      return 'there is no plan to cancel';
    default:
      return `the account has refused this: ${reason ?? 'for no reason told'}`;
  }
}
