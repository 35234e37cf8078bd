// Swipes that the ledger has accepted, the match that two of them make, and taking one back.
import { type Draft, giveBackSwipe, ignored, refused, tellBoth, type Verdict } from './domain-draft.ts';
import { isBarred, ownValue, without, withValue } from './domain-pair.ts';

const isYes = (direction: string | undefined): boolean => direction === 'RIGHT' || direction === 'SUPER_LIKE';

/** Of a swipe that does not count between these two, its price goes back. */
export function swipe(draft: Draft): Verdict {
  const { event, at, actor, other } = draft;
  const { direction, transactionId } = event;
  if (direction === null || transactionId === null) return ignored('not_from_ledger');
  if (isBarred(draft)) {
    giveBackSwipe(draft, transactionId, 'blocked');
    return refused('blocked');
  }
  draft.swipes = withValue(draft.swipes, actor, { direction, at: at.now, transactionId });
  const isMutual = isYes(direction) && isYes(ownValue(draft.swipes, other)?.direction);
  if (!isMutual || draft.match !== null) return null;
  const matchId = event.eventId;
  draft.match = { matchId, at: at.now, status: 'locked', unlockedAt: null };
  draft.matched = true;
  tellBoth(draft, { action: 'match', matchId });
  return null;
}

/** Once per pair and person, and only as long as nothing has come of it. */
export function undo(draft: Draft): Verdict {
  const { actor } = draft;
  if (draft.match !== null) return refused('has_matched');
  if (ownValue(draft.undone, actor)) return refused('already_undone');
  const standing = ownValue(draft.swipes, actor);
  if (!standing) return refused('nothing_to_undo');
  draft.swipes = without(draft.swipes, actor);
  draft.undone = withValue(draft.undone, actor, true);
  giveBackSwipe(draft, standing.transactionId, null);
  return null;
}
