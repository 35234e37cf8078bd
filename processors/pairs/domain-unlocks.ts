// Unlocking a match: at once by one, or by both, the first of whom waits for the other until time runs out.
import {
  type Draft,
  dropTimer,
  ignored,
  refused,
  setTimer,
  settleAllHolds,
  settleHold,
  tellBoth,
  type Verdict,
} from './domain-draft.ts';
import { type RefusalReason, unlockTimer } from './domain-outcomes.ts';
import { type Hold, type Match, ownValue, withValue } from './domain-pair.ts';

/** The price is held already: whatever is refused here goes back at once, for nothing else would ever release it. */
export function unlock(draft: Draft): Verdict {
  const { event, at, actor, other } = draft;
  const { transactionId } = event;
  if (transactionId === null) return ignored('not_from_ledger');
  const why = whyNot(draft);
  if (why !== null) {
    settleHold(draft, 'hold_release', { userId: actor, transactionId });
    return refused(why);
  }
  const mode: Hold['mode'] = event.mode === 'instant' ? 'instant' : 'both';
  if (mode === 'instant') {
    settleHold(draft, 'hold_capture', { userId: actor, transactionId });
    settleAllHolds(draft, 'hold_release');
    opened(draft);
    return null;
  }
  draft.holds = withValue(draft.holds, actor, { transactionId, mode, at: at.now });
  if (ownValue(draft.holds, other)) {
    settleAllHolds(draft, 'hold_capture');
    opened(draft);
  } else setTimer(draft, unlockTimer, at.now + draft.rules.matchUnlockWaitMs);
  return null;
}

function whyNot({ event, match, holds, actor }: Draft): RefusalReason | null {
  if (match === null || match.matchId !== event.matchId) return 'no_match';
  if (match.status === 'ended') return 'match_ended';
  if (match.status === 'unlocked') return 'already_unlocked';
  return ownValue(holds, actor) ? 'already_requested' : null;
}

function opened(draft: Draft): void {
  const match = draft.match as Match;
  dropTimer(draft, unlockTimer);
  draft.match = { ...match, status: 'unlocked', unlockedAt: draft.at.now };
  tellBoth(draft, { action: 'match_change', matchId: match.matchId, status: 'unlocked' });
}

/** It counts only if the pair still lists it, and its time has come. */
export function timerFired(draft: Draft): Verdict {
  const timerId = draft.event.timerId ?? '';
  const due = ownValue(draft.timers, timerId);
  if (due === undefined) return ignored('timer_gone');
  if (draft.at.now < due) return ignored('timer_not_due');
  dropTimer(draft, timerId);
  settleAllHolds(draft, 'hold_release');
  return null;
}
