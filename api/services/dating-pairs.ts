// What the pair of two people decides alone (undo, block, unblock, report), and what a request of dating has come to.
import type { RequestMemo } from '../../processors/pairs/domain-pair.ts';
import type { PairInput } from '../../producers/pairs.ts';
import { currentRuleSet } from '../../schemas/money.ts';
import { hitHeader } from '../names.ts';
import type { Call, Services } from '../ports.ts';
import { type Reason, Refusal } from '../problems.ts';
import type { Reply } from '../reply.ts';
import { refusedIfDeleted } from './deleted-account.ts';
import { timeOf, tokenOf } from './money-answers.ts';
import { fingerprintOf, keyReused, pending, replied } from './money-requests.ts';

export type OfTwo = { readonly user_id: string; readonly target_user_id: string };
export type Report = OfTwo & { readonly reason: string; readonly text?: string };
export type GetRequest = OfTwo & { readonly idempotency_key: string };

export const undo = (services: Services, request: OfTwo, call: Call) => decidedByPair(services, request, call, 'undo');
export const block = (services: Services, request: OfTwo, call: Call) =>
  decidedByPair(services, request, call, 'block');
export const unblock = (services: Services, request: OfTwo, call: Call) =>
  decidedByPair(services, request, call, 'unblock');
export const report = (services: Services, request: Report, call: Call) =>
  decidedByPair(services, request, call, 'report');

async function decidedByPair(
  services: Services,
  request: OfTwo | Report,
  call: Call,
  type: PairInput['type'],
): Promise<Reply | Refusal> {
  const { user_id: userId, target_user_id: targetUserId, ...about } = request;
  if (userId === targetUserId) return notOneself();
  const deleted = refusedIfDeleted(services, userId);
  if (deleted) return deleted;
  const idempotencyKey = call.idempotencyKey ?? '';
  // Without the words of a report: a fingerprint stands in plain, and that of a few words could be guessed.
  const { text: _, ...named } = request as Partial<Report>;
  const fingerprint = fingerprintOf({ request: named, answer: type });
  const of = { userId, targetUserId, idempotencyKey, fingerprint, ruleSet: currentRuleSet };
  const event = { type, ...of, ...about } as PairInput;
  const answer = await services.datingDoor.request(event, call.requestId, call.ended);
  if (answer instanceof Refusal) return answer;
  if (answer.memo === null) return pending(placeOf(request, idempotencyKey), answer.token);
  const { memo, isRepeat } = answer;
  if (memo.fingerprint !== fingerprint) return keyReused();
  if (!memo.outcome.accepted) return refusedByPair(memo, isRepeat);
  return replied({ accepted: true, reason: null, token: pairToken(memo) }, isRepeat);
}

export function notOneself(): Refusal {
  return new Refusal('invalid_field', 'target_user_id must be somebody else', { field: 'target_user_id' });
}

/** Where the outcome of a request will be. */
export const placeOf = ({ user_id, target_user_id }: OfTwo, key: string): string =>
  `/api/dating/requests/${user_id}/${key}?target_user_id=${target_user_id}`;

/** The place of the pair's verdict, for reads that must see it. */
export const pairToken = ({ outcome: { partition, offset } }: RequestMemo): string =>
  `dating_pairs:${partition}:${offset}`;

const words: Readonly<Record<string, string>> = {
  already_requested: 'this side has paid for the match already; the other has not yet',
  already_undone: 'a swipe on somebody can be undone once',
  already_unlocked: 'this match is unlocked already',
  blocked: 'one of the two has blocked or reported the other',
  has_matched: 'this swipe has made a match: it has had its effect',
  match_ended: 'this match has ended',
  no_match: 'the two have no match',
  not_blocked: 'this side has not blocked the other',
  nothing_to_undo: 'there is no swipe on this person to undo',
};

/** Its token: what was held for it has gone back in whatever has seen that. */
export function refusedByPair(memo: RequestMemo, isRepeat: boolean, transactionId?: string): Refusal {
  const reason = (memo.outcome.reason ?? 'internal') as Reason;
  return refusalOf(reason, {
    about: { token: pairToken(memo) },
    ...(transactionId !== undefined && { transactionId }),
    ...(isRepeat && { headers: { [hitHeader]: 'true' } }),
  });
}

export const refusalOf = (reason: Reason, more: ConstructorParameters<typeof Refusal>[2] = {}): Refusal =>
  new Refusal(reason, words[reason] ?? `the pair has refused this: ${reason}`, more);

/** Of a swipe or an unlock the ledger decides first, then the pair under the ledger's transaction. */
export async function getRequest(services: Services, { user_id, target_user_id, idempotency_key }: GetRequest) {
  const paid = await services.wallets.request(user_id, idempotency_key);
  const key = paid ? paid.outcome.transactionId : idempotency_key;
  const verdict = paid && !paid.outcome.accepted ? null : await services.pairs.request(user_id, target_user_id, key);
  const names = { user_id, target_user_id, idempotency_key };
  if (verdict) {
    const { accepted, reason, kind, matchId: match_id, at } = verdict.outcome;
    return { ...names, kind, accepted, reason, match_id, decided_at: timeOf(at), token: pairToken(verdict) };
  }
  if (paid && !paid.outcome.accepted) {
    const { kind, reason, at } = paid.outcome;
    const decided = { kind, accepted: false, reason, match_id: null, decided_at: timeOf(at) };
    return { ...names, ...decided, token: tokenOf(paid.outcome) };
  }
  const none = 'nothing is decided under this key; a repeat of the request with it finds out';
  return new Refusal('not_found', none, { field: 'idempotency_key' });
}
