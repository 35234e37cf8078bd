// Block, unblock and report: either ends a match for good, and keeps the two apart from the moment that it is folded.
import { type Draft, dropTimer, refused, settleAllHolds, tellBoth, tellPerson, type Verdict } from './domain-draft.ts';
import { unlockTimer } from './domain-outcomes.ts';
import { ownValue, without, withValue } from './domain-pair.ts';

/** A block that stands already is accepted and changes nothing. */
export function block(draft: Draft): Verdict {
  const { actor, other, at } = draft;
  if (ownValue(draft.blocks, actor) !== undefined) return null;
  draft.blocks = withValue(draft.blocks, actor, at.now);
  end(draft);
  tellPerson(draft, { userId: actor, targetUserId: other }, { action: 'block' });
  return null;
}

/** Lifts the own block alone; what it has ended stays ended. */
export function unblock(draft: Draft): Verdict {
  if (ownValue(draft.blocks, draft.actor) === undefined) return refused('not_blocked');
  draft.blocks = without(draft.blocks, draft.actor);
  return null;
}

/** Stands for good; each further one is another report. The words stay encrypted under the key of who wrote them. */
export function report(draft: Draft): Verdict {
  const { actor, other, at, event } = draft;
  const { reason, personal } = event;
  draft.reports = withValue(draft.reports, actor, at.now);
  end(draft);
  tellPerson(draft, { userId: actor, targetUserId: other }, { action: 'report', reason, personal });
  return null;
}

/** What was held goes back before anybody hears of the end. */
function end(draft: Draft): void {
  settleAllHolds(draft, 'hold_release');
  dropTimer(draft, unlockTimer);
  if (draft.match === null || draft.match.status === 'ended') return;
  draft.match = { ...draft.match, status: 'ended' };
  tellBoth(draft, { action: 'match_change', matchId: draft.match.matchId, status: 'ended' });
}
