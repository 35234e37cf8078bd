// Gifts, tips, subscriptions, unlocks and payouts: each is one event under the payer's key, answered with what the ledger decided.
import { createHash } from 'node:crypto';
import { currentRuleSet, currentRules } from '../../schemas/money.ts';
import type { MoneyEvent } from '../money-door.ts';
import { hitHeader, idempotencyHeader } from '../names.ts';
import type { Call, Services } from '../ports.ts';
import { type Reason, Refusal } from '../problems.ts';
import { Reply } from '../reply.ts';
import { type Answer, answerOf, type Outcome, refusedAs, type SpentOn } from './money-answers.ts';

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

type Asked = {
  /** What the same key must always come with: the request as its caller made it, whatever prices have become since. */
  readonly request: object;
  readonly answer: SpentOn;
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

type Undecided<Event> = Event extends unknown ? Omit<Event, 'idempotencyKey' | 'fingerprint'> : never;

async function settled(
  services: Services,
  call: Call,
  event: Undecided<MoneyEvent>,
  asked: Asked,
): Promise<Answer | Reply | Refusal> {
  const idempotencyKey = call.idempotencyKey ?? '';
  const fingerprint = fingerprintOf(asked);
  const { accountId } = event;
  const decided = { ...event, idempotencyKey, fingerprint, ruleSet: currentRuleSet } as MoneyEvent;
  const outcome = await services.money.request(decided, call.requestId);
  if (outcome instanceof Refusal) return outcome;
  if (outcome.memo === null) return pending({ accountId, idempotencyKey, token: outcome.token });
  return told(outcome.memo.outcome, outcome.memo.fingerprint === fingerprint, outcome.isRepeat, asked);
}

/** What was decided under the key before, without asking again. */
async function rememberedAnswer(services: Services, call: Call, accountId: string, asked: Asked) {
  const memo = await services.wallets.request(accountId, call.idempotencyKey ?? '');
  return memo && told(memo.outcome, memo.fingerprint === fingerprintOf(asked), true, asked);
}

function told(
  outcome: Outcome,
  isSame: boolean,
  isRepeat: boolean,
  { answer, request }: Asked,
): Answer | Reply | Refusal {
  const { transactionId } = outcome;
  if (!isSame) {
    const detail = `this ${idempotencyHeader} was used for another request; a new request needs a new one`;
    return new Refusal('idempotency_key_reused', detail, { field: idempotencyHeader, transactionId });
  }
  const headers = isRepeat ? { [hitHeader]: 'true' } : undefined;
  if (outcome.accepted) return new Reply(answerOf(answer, outcome), headers && { headers });
  const reason = (outcome.reason ?? 'internal') as Reason;
  const { detail, ...more } = refusedAs(outcome, request);
  return new Refusal(reason, detail, { ...more, transactionId, ...(headers && { headers }) });
}

function pending({ accountId, idempotencyKey, token }: { accountId: string; idempotencyKey: string; token: string }) {
  const address = `/api/ledger/requests/${accountId}/${idempotencyKey}?token=${token}`;
  const body = { success: null, status: 'pending', status_url: address, token };
  return new Reply(body, { status: 202, headers: { location: address } });
}

/** Of the request with its defaults, whichever way it came and in whichever order its fields stood. */
export function fingerprintOf({ request, answer }: Asked): string {
  const fields = Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([answer, fields]))
    .digest('hex')
    .slice(0, 32);
}
