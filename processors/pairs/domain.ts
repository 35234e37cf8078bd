// The pair: alone decides match, undo, unlock, block and expiry between two people, and says what becomes of what they paid or hold.
import type { DatingPair } from '../../schemas/generated.ts';
import type { Beside, Moment } from '../runtime/processor.ts';
import { type Draft, type Fields, ignored, newDraft, settleHold, type Verdict } from './domain-draft.ts';
import { requestMemo } from './domain-outcomes.ts';
import { type Decision, type Pair, peopleOf, type RequestMemo } from './domain-pair.ts';
import { block, report, unblock } from './domain-safety.ts';
import { swipe, undo } from './domain-swipes.ts';
import { timerFired, unlock } from './domain-unlocks.ts';

export { initialState, type Pair } from './domain-pair.ts';

const deciders: Readonly<Record<DatingPair['type'], (draft: Draft) => Verdict>> = {
  swipe,
  unlock,
  undo,
  block,
  unblock,
  report,
  timer_fired: timerFired,
};

/** Whatever is wrong is a refusal or ignored. */
export function evolve(pair: Pair, given: DatingPair, at: Moment, beside: Beside): Pair {
  const event = given as unknown as Fields;
  const draft = newDraft(pair, event, at);
  const stranger = strangerOf(draft, beside);
  if (stranger) return concluded(draft, { ...stranger, memo: null });
  const before = earlier(event, beside);
  if (before) return concluded(draft, { outcome: before, reason: null, memo: null });
  const verdict = deciders[given.type](draft);
  const answer = verdict?.outcome === 'ignored' ? null : memoAfter(draft, verdict, beside);
  return concluded(draft, { outcome: 'accepted', reason: null, ...verdict, memo: answer });
}

/** What does not belong here; what the ledger holds for it goes back all the same. */
function strangerOf(draft: Draft, { record }: Beside): Verdict {
  const { event, actor, other } = draft;
  const people = peopleOf(event.pairId);
  if (event.type === 'swipe' || event.type === 'unlock') {
    if (!event.origin?.startsWith('ledger/')) return ignored('not_from_ledger');
  }
  if (record.key !== event.pairId) return ignored('wrong_key');
  if (people && event.type === 'timer_fired') return null;
  if (people && actor !== other && people.includes(actor) && people.includes(other)) return null;
  if (event.type === 'unlock' && event.transactionId !== null)
    settleHold(draft, 'hold_release', { userId: actor, transactionId: event.transactionId });
  return ignored('wrong_pair');
}

/** The ledger's are decided whatever was answered before: it has sent each once, and somebody's money waits for it. */
const requestKeyOf = ({ type, pairId, userId, idempotencyKey }: Fields): string | null =>
  userId === null || idempotencyKey === null || type === 'swipe' || type === 'unlock' || type === 'timer_fired'
    ? null
    : requestMemo({ pairId, userId, key: idempotencyKey });

function earlier(event: Fields, { record, memo }: Beside): 'repeated' | 'misused' | null {
  const key = requestKeyOf(event);
  const found = key === null ? null : (memo(key) as RequestMemo | null);
  if (!found || record.time >= found.until) return null;
  return found.fingerprint === event.fingerprint ? 'repeated' : 'misused';
}

/** Under the request's key, or under the transaction of what came through the ledger. */
function memoAfter(draft: Draft, verdict: Verdict, { record }: Beside): Decision['memo'] {
  const { event, match, matched, at, rules } = draft;
  const { pairId, userId, transactionId, fingerprint, type: kind } = event;
  const key =
    requestKeyOf(event) ?? (userId && transactionId ? requestMemo({ pairId, userId, key: transactionId }) : null);
  if (key === null) return null;
  const until = record.time + rules.idempotencyKeptMs;
  const answer = { accepted: verdict === null, reason: verdict?.outcome === 'refused' ? verdict.reason : null };
  const after = { kind, matchId: match?.matchId ?? null, matched, status: match?.status ?? null };
  const place = { at: at.now, partition: at.partition, offset: at.offset };
  return { key, value: { fingerprint, outcome: { ...answer, ...after, ...place }, until }, until };
}

type Made = Pick<Decision, 'outcome' | 'reason' | 'memo'>;

function concluded(draft: Draft, { outcome, reason, memo }: Made): Pair {
  const { swipes, undone, match, holds, blocks, reports, timers, timerChanges, emissions } = draft;
  const decided = { outcome, reason, memo, timers: timerChanges, emissions };
  return { swipes, undone, match, holds, blocks, reports, timers, decided };
}

/** The memo of the request that an event is. */
export function memosOf(event: DatingPair): string[] {
  const key = requestKeyOf(event as unknown as Fields);
  return key === null ? [] : [key];
}
