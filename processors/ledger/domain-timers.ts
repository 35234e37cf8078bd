// A timer that the clock says has fired: it counts only if the account still lists it, and its time has come.
import { type Draft, dropTimer, ignored, ownValue, type Verdict } from './domain-draft.ts';
import { release } from './domain-holds.ts';
import { endPlan } from './domain-purchases.ts';
import { renewal } from './domain-subscriptions.ts';
import { timerOf } from './domain-timer-names.ts';

export function timerFired(draft: Draft): Verdict {
  const timerId = draft.event.timerId ?? '';
  const due = ownValue(draft.timers, timerId);
  const timer = timerOf(timerId);
  if (due === undefined || timer === null) return ignored('timer_gone');
  if (draft.now < due) return ignored('timer_not_due');
  if (timer.kind === 'plan') endPlan(draft);
  else if (timer.kind === 'subscription') return renewal(draft, timer.about);
  else expire(draft, timer.about);
  return null;
}

function expire(draft: Draft, id: string): void {
  const hold = ownValue(draft.holds, id);
  draft.originalId = id;
  dropTimer(draft, draft.event.timerId ?? '');
  if (!hold) return;
  Object.assign(draft, { asset: hold.asset, amount: BigInt(hold.amount) });
  release(draft, id, hold);
}
