// Swipes, unlocks and boosts: the ledger decides what they cost and whether that is there, then the pair what comes of them.
import { isBarred, type RequestMemo } from '../../processors/pairs/domain-pair.ts';
import { currentRules } from '../../schemas/money.ts';
import type { Call, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { Reply } from '../reply.ts';
import { notOneself, type OfTwo, placeOf, refusalOf, refusedByPair } from './dating-pairs.ts';
import { freeOnesUsed, noProfile, notSuited, refusedAt, swipePrice } from './dating-refusals.ts';
import { refusedIfDeleted } from './deleted-account.ts';
import { timeOf, tokenOf } from './money-answers.ts';
import { type Decision, decided, pending, remembered, replied } from './money-requests.ts';

export type Swipe = OfTwo & { readonly direction: string };
export type UnlockMatch = OfTwo & { readonly match_id?: string; readonly mode: 'both' | 'instant' };
export type Boost = { readonly user_id: string };

export async function swipe(services: Services, request: Swipe, call: Call): Promise<Reply | Refusal> {
  const answer = await decidedSwipe(services, request, call);
  services.metrics.swipes.inc({ direction: request.direction, result: resultOf(answer) });
  return answer;
}

function resultOf(answer: Reply | Refusal): string {
  if (answer instanceof Refusal) return answer.reason;
  const { match_id, coins_charged } = answer.body as { match_id?: string | null; coins_charged?: number };
  if (coins_charged === undefined) return 'pending';
  if (match_id) return 'matched';
  return coins_charged > 0 ? 'paid' : 'free';
}

async function decidedSwipe(services: Services, request: Swipe, call: Call): Promise<Reply | Refusal> {
  const { user_id: accountId, target_user_id: counterpartyId, direction } = request;
  const deleted = refusedIfDeleted(services, accountId);
  if (deleted) return deleted;
  const asked = { request, answer: 'swipe', refused: refusedAt(swipePrice(direction), freeOnesUsed(direction)) };
  const hindrance = await swipeHindrance(services, request);
  // A repeat has its first answer, whatever has become of the two.
  const before = hindrance && (await remembered(services, call, accountId, asked));
  if (hindrance && !before) return hindrance;
  const event = { type: 'swipe', accountId, counterpartyId, direction } as const;
  const counterpartyKnown = (await services.profiles.isVisible(counterpartyId)) ?? false;
  const decision = before ?? (await decided(services, call, { ...event, counterpartyKnown }, asked));
  if (decision instanceof Refusal || decision instanceof Reply) return decision;
  const verdict = await verdictOn(services, request, call, decision);
  if (verdict instanceof Refusal || verdict instanceof Reply) return verdict;
  return replied(swiped(decision, verdict), decision.isRepeat);
}

/** What needs no ledger to be refused: nothing is charged for it, and nothing is remembered. */
async function swipeHindrance(services: Services, { user_id, target_user_id }: OfTwo): Promise<Refusal | null> {
  const [seen, target] = await Promise.all([user_id, target_user_id].map((id) => services.profiles.isVisible(id)));
  if (seen === null || target === null)
    return new Refusal('not_ready', 'profiles are still being read: who is there is not known yet');
  if (!seen) return noProfile();
  const pair = await services.pairs.pair(user_id, target_user_id);
  if (pair && isBarred(pair)) return refusalOf('blocked');
  // Oneself and nobody are the ledger's to refuse.
  if (!target || user_id === target_user_id) return null;
  return services.candidates.suits(user_id, target_user_id, services.now()) === false ? notSuited() : null;
}

/** The pair's word on what the ledger has accepted: it may yet be refused, and then costs nothing. */
async function verdictOn(
  services: Services,
  request: OfTwo,
  call: Call,
  { outcome, isRepeat }: Decision,
): Promise<RequestMemo | Reply | Refusal> {
  const { transactionId } = outcome;
  const of = { userId: request.user_id, targetUserId: request.target_user_id, transactionId };
  const verdict = await services.datingDoor.verdict(of, call.ended);
  if (!verdict) return pending(placeOf(request, call.idempotencyKey ?? ''), tokenOf(outcome));
  return verdict.outcome.accepted ? verdict : refusedByPair(verdict, isRepeat, transactionId);
}

function swiped({ outcome }: Decision, verdict: RequestMemo) {
  return {
    accepted: true,
    reason: null,
    match_id: verdict.outcome.matched ? verdict.outcome.matchId : null,
    free_swipes_left: outcome.swipe?.freeLeft ?? 0,
    coins_charged: Number(outcome.swipe?.coinsCharged ?? 0),
    transaction_id: outcome.transactionId,
    balance: Number(outcome.balance.coins),
    // What has come of it is in whatever has seen the ledger's record, and what came of that.
    token: tokenOf(outcome),
  };
}

export async function unlockMatch(services: Services, request: UnlockMatch, call: Call): Promise<Reply | Refusal> {
  const { user_id: accountId, target_user_id: counterpartyId, mode } = request;
  if (accountId === counterpartyId) return notOneself();
  const deleted = refusedIfDeleted(services, accountId);
  if (deleted) return deleted;
  const asked = { request, answer: 'match_unlock', refused: refusedAt(unlockPrice(mode)) };
  const matchId = await unlockable(services, request);
  const before = matchId instanceof Refusal ? await remembered(services, call, accountId, asked) : null;
  if (matchId instanceof Refusal && !before) return matchId;
  const event = { type: 'match_unlock', accountId, counterpartyId, matchId: String(matchId), mode } as const;
  const decision = before ?? (await decided(services, call, event, asked));
  if (decision instanceof Refusal || decision instanceof Reply) return decision;
  const verdict = await verdictOn(services, request, call, decision);
  if (verdict instanceof Refusal || verdict instanceof Reply) return verdict;
  return replied(unlocked(decision, verdict, request), decision.isRepeat);
}

const unlockPrice = (mode: UnlockMatch['mode']) =>
  mode === 'both' ? currentRules.matchUnlock : currentRules.instantUnlock;

/** The match of the two, or why nothing need be held for it. */
async function unlockable(services: Services, request: UnlockMatch): Promise<string | Refusal> {
  const pair = await services.pairs.pair(request.user_id, request.target_user_id);
  if (pair && isBarred(pair)) return refusalOf('blocked');
  // Nobody pays for a match with somebody whose account is gone.
  if (pair?.match && services.people.isErased(request.target_user_id)) return refusalOf('match_ended');
  const match = pair?.match;
  if (!match || (request.match_id !== undefined && request.match_id !== match.matchId)) return refusalOf('no_match');
  if (match.status === 'ended') return refusalOf('match_ended');
  return match.status === 'unlocked' ? refusalOf('already_unlocked') : match.matchId;
}

function unlocked({ outcome }: Decision, { outcome: verdict }: RequestMemo, request: UnlockMatch) {
  const { mode, user_id: userId, target_user_id: otherId } = request;
  const isUnlocked = verdict.status === 'unlocked';
  const { coins, credits } = unlockPrice(mode);
  return {
    accepted: true,
    reason: null,
    match_id: verdict.matchId,
    status: isUnlocked ? 'unlocked' : 'waiting',
    mode,
    coins,
    credits,
    held_until: isUnlocked ? null : timeOf(verdict.at + currentRules.matchUnlockWaitMs),
    paid_by: isUnlocked && mode === 'both' ? [userId, otherId].sort() : [userId],
    transaction_id: outcome.transactionId,
    token: tokenOf(outcome),
  };
}

export async function boost(services: Services, request: Boost, call: Call): Promise<Reply | Refusal> {
  const { user_id: accountId } = request;
  const deleted = refusedIfDeleted(services, accountId);
  if (deleted) return deleted;
  const asked = { request, answer: 'boost', refused: refusedAt(currentRules.boost) };
  const isVisible = await services.profiles.isVisible(accountId);
  if (isVisible === null) return new Refusal('not_ready', 'profiles are still being read');
  const before = isVisible ? null : await remembered(services, call, accountId, asked);
  if (!isVisible && !before) return noProfile();
  const event = { type: 'boost', accountId, asset: 'COIN', amount: currentRules.boost.coins } as const;
  const decision = before ?? (await decided(services, call, event, asked));
  if (decision instanceof Refusal || decision instanceof Reply) return decision;
  const { outcome, isRepeat } = decision;
  const until = timeOf(outcome.boostUntil ?? outcome.at + currentRules.boost.ms);
  const cost = { coins_charged: currentRules.boost.coins, transaction_id: outcome.transactionId };
  const balance = Number(outcome.balance.coins);
  return replied(
    { accepted: true, reason: null, boosted_until: until, ...cost, balance, token: tokenOf(outcome) },
    isRepeat,
  );
}
