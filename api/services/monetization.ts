// Gifts, tips, subscriptions, unlocks and payouts: each is one event under the payer's key, answered with what the ledger decided.
import { currentRules } from '../../schemas/money.ts';
import type { Call, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { rememberedAnswer, settled } from './money-requests.ts';

type About = { readonly video_id?: string; readonly battle_id?: string };
export type SendGift = About & {
  readonly sender_id: string;
  readonly recipient_id: string;
  readonly gift_type: string;
  readonly quantity: number;
};
export type SendTip = About & { readonly sender_id: string; readonly recipient_id: string; readonly amount: number };
export type Subscribe = { readonly subscriber_id: string; readonly creator_id: string; readonly tier: number };
export type CancelSubscription = { readonly subscriber_id: string; readonly creator_id: string };
export type CancelPlan = { readonly user_id: string };
export type Unlock = { readonly user_id: string; readonly video_id: string };
export type RequestPayout = {
  readonly creator_id: string;
  readonly asset: string;
  readonly amount: number;
  readonly provider: string;
  readonly destination: string;
};

export async function sendGift(services: Services, request: SendGift, call: Call) {
  const { sender_id, recipient_id, gift_type: giftType, quantity } = request;
  const price = currentRules.gifts[giftType] ?? 0;
  const known = await recipient(services, recipient_id);
  if (known instanceof Refusal) return known;
  const line = { giftType, quantity, asset: 'COIN', amount: price * quantity, ...aboutOf(request) };
  const event = { type: 'gift', accountId: sender_id, ...known, ...line } as const;
  return settled(services, call, event, { request, answer: 'gift' });
}

export async function sendTip(services: Services, request: SendTip, call: Call) {
  const { sender_id, recipient_id, amount } = request;
  const known = await recipient(services, recipient_id);
  if (known instanceof Refusal) return known;
  const event = { type: 'tip', accountId: sender_id, ...known, asset: 'COIN', amount, ...aboutOf(request) } as const;
  return settled(services, call, event, { request, answer: 'tip' });
}

export async function subscribe(services: Services, request: Subscribe, call: Call) {
  const { subscriber_id, creator_id, tier } = request;
  const known = await recipient(services, creator_id);
  if (known instanceof Refusal) return known;
  const price = currentRules.tiers[tier] ?? 0;
  const event = {
    type: 'subscription',
    accountId: subscriber_id,
    ...known,
    asset: 'CREDIT',
    amount: price,
    tier,
  } as const;
  return settled(services, call, event, { request, answer: 'subscription' });
}

export function cancelSubscription(services: Services, request: CancelSubscription, call: Call) {
  const { subscriber_id, creator_id } = request;
  const event = { type: 'subscription_cancel', accountId: subscriber_id, counterpartyId: creator_id } as const;
  return settled(services, call, event, { request, answer: 'subscription_cancel' });
}

/**
 * The providers are asked first to bill no more: should nothing else come of this call, they tell that they have ended the plan, and
 * it is cancelled all the same.
 */
export async function cancelPlan(services: Services, request: CancelPlan, call: Call) {
  const { user_id: accountId } = request;
  const asked = { request, answer: 'plan_cancel' } as const;
  // A plan that was bought since goes on.
  const before = await rememberedAnswer(services, call, accountId, asked);
  if (before) return before;
  const idempotencyKey = call.idempotencyKey ?? '';
  for (const paymentId of (await services.wallets.account(accountId))?.plan?.paymentIds ?? []) {
    const event = { kind: 'plan_cancel_request', paymentId, idempotencyKey, actorId: accountId } as const;
    await services.payments.publish(event, call.requestId);
  }
  return settled(services, call, { type: 'plan_cancel', accountId }, asked);
}

/** The price is the video's, never the client's. */
export async function unlock(services: Services, request: Unlock, call: Call) {
  const { user_id: accountId, video_id: videoId } = request;
  const price = await priceOf(services, videoId);
  const asked = { request, answer: 'unlock' } as const;
  // A repeat has its first answer, whatever has become of the video.
  if (price instanceof Refusal) return (await rememberedAnswer(services, call, accountId, asked)) ?? price;
  const event = { type: 'unlock', accountId, ...price, videoId, counterpartyKnown: true } as const;
  return settled(services, call, event, asked);
}

export async function requestPayout(services: Services, request: RequestPayout, call: Call) {
  const { creator_id: accountId, ...rest } = request;
  const asked = { request, answer: 'payout' } as const;
  const wrong = unpayable(services, request);
  if (wrong) return (await rememberedAnswer(services, call, accountId, asked)) ?? wrong;
  return settled(services, call, { type: 'payout', accountId, ...rest }, asked);
}

/** What no provider could ever carry out would be held for good. */
function unpayable({ payments: { providers } }: Services, { provider, destination }: RequestPayout): Refusal | null {
  const known = providers.get(provider);
  if (!known) {
    const detail = `provider must be one of ${[...providers.keys()].join(', ')}`;
    return new Refusal('invalid_field', detail, { field: 'provider' });
  }
  if (known.isDestination?.(destination) ?? true) return null;
  return new Refusal('invalid_field', `destination cannot be an account at ${provider}`, { field: 'destination' });
}

function aboutOf({ video_id: videoId, battle_id: battleId }: About) {
  return { ...(videoId !== undefined && { videoId }), ...(battleId !== undefined && { battleId }) };
}

/** Who is unknown is told so by the ledger, which remembers it under the key. */
async function recipient(services: Services, counterpartyId: string) {
  const counterpartyKnown = await services.recipients.isKnown(counterpartyId);
  if (counterpartyKnown !== null) return { counterpartyId, counterpartyKnown };
  return new Refusal(
    'not_ready',
    'people and videos are still being read: whether the recipient exists is not known yet',
  );
}

async function priceOf(services: Services, videoId: string) {
  const video = (await services.videos.figures(videoId))?.candidate;
  if (video?.status !== 'published')
    return new Refusal('not_found', `there is no video ${videoId}`, { field: 'video_id' });
  if (video.premiumCoins > 0) return { asset: 'COIN', amount: video.premiumCoins, counterpartyId: video.creatorId };
  const detail = video.premiumTier > 0 ? 'this video comes with a subscription only' : 'this video is free';
  return new Refusal('not_for_sale', detail, { field: 'video_id' });
}
