// What a network pays for advertising beside a creator's videos: shared as all else is, booked once.
import { adPlacements, assets, creatorShareOf } from '../../schemas/money.ts';
import {
  addEarned,
  amountOf,
  type Draft,
  ignored,
  keepMemo,
  memoOf,
  postShared,
  receive,
  refused,
  type Verdict,
} from './domain-draft.ts';
import { adMemo } from './domain-outcomes.ts';

export const adIdOf = ({ transactionId, eventId }: Draft['event']): string => transactionId ?? eventId;

export function adRevenue(draft: Draft): Verdict {
  const { event, rules, appendedAt } = draft;
  const asset = assets.find((name) => name === event.asset);
  const amount = amountOf(event.amount);
  const key = adMemo(adIdOf(event));
  draft.transactionId = adIdOf(event);
  draft.stream = 'advertising';
  if (memoOf(draft, key)) return ignored('already_booked');
  if (!adPlacements.some((placement) => placement === event.product)) return refused('unknown_placement');
  if (amount === null || asset === undefined) return refused('invalid_amount');
  const share = creatorShareOf(amount, rules);
  postShared(draft, `provider:${event.provider ?? 'unknown'}`, asset, -amount);
  postShared(draft, 'platform:advertising', asset, amount - share);
  receive(draft, 'creator', asset, share);
  addEarned(draft, 'advertising', asset, share);
  Object.assign(draft, { creatorShare: share, platformShare: amount - share });
  keepMemo(draft, key, { until: appendedAt + rules.reversibleMs });
  return null;
}
