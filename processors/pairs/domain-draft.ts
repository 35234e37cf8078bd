// One decision about a pair in the making: what it may look at, what it changes, what follows in accounts and histories.
import { currentRuleSet, currentRules, type MoneyRules, rulesOf } from '../../schemas/money.ts';
import type { Emission, Moment } from '../runtime/processor.ts';
import type { IgnoredReason, RefusalReason } from './domain-outcomes.ts';
import { type Hold, type Pair, without, withValue } from './domain-pair.ts';

/** A decoded record of dating_pairs: every field of the topic, null where its type has none. */
export type Fields = {
  readonly [name in
    | 'userId'
    | 'targetUserId'
    | 'direction'
    | 'transactionId'
    | 'matchId'
    | 'mode'
    | 'reason'
    | 'idempotencyKey'
    | 'fingerprint'
    | 'timerId'
    | 'origin']: string | null;
} & {
  readonly type: string;
  readonly eventId: string;
  readonly pairId: string;
  readonly ruleSet: number;
  readonly personal: Buffer | null;
};

type Changes = { -readonly [name in keyof Omit<Pair, 'decided'>]: Pair[name] };

export type Draft = Changes & {
  readonly event: Fields;
  readonly at: Moment;
  readonly rules: MoneyRules;
  /** Whose request it is, and the other of the two. */
  readonly actor: string;
  readonly other: string;
  matched: boolean;
  readonly emissions: Emission[];
  readonly timerChanges: [timerId: string, due: number | null][];
};

/** Null: accepted. */
export type Verdict = null | Refused | Ignored;
type Refused = { readonly outcome: 'refused'; readonly reason: RefusalReason };
type Ignored = { readonly outcome: 'ignored'; readonly reason: IgnoredReason };

export const refused = (reason: RefusalReason): Refused => ({ outcome: 'refused', reason });
export const ignored = (reason: IgnoredReason): Ignored => ({ outcome: 'ignored', reason });

export function newDraft(before: Pair, event: Fields, at: Moment): Draft {
  const { swipes, undone, match, holds, blocks, reports, timers } = before;
  const about = { event, at, rules: rulesOf(event.ruleSet) ?? currentRules };
  const people = { actor: event.userId ?? '', other: event.targetUserId ?? '' };
  const made = { matched: false, emissions: [], timerChanges: [] };
  return { swipes, undone, match, holds, blocks, reports, timers, ...about, ...people, ...made };
}

export function setTimer(draft: Draft, timerId: string, due: number): void {
  draft.timers = withValue(draft.timers, timerId, due);
  draft.timerChanges.push([timerId, due]);
}

export function dropTimer(draft: Draft, timerId: string): void {
  if (!Object.hasOwn(draft.timers, timerId)) return;
  draft.timers = without(draft.timers, timerId);
  draft.timerChanges.push([timerId, null]);
}

/** Into a person's account. The ledger stops at rules that it does not know: those of a newer build do not travel on. */
function tellLedger({ event, emissions }: Draft, accountId: string, about: Readonly<Record<string, unknown>>): void {
  const ruleSet = rulesOf(event.ruleSet) === null ? currentRuleSet : event.ruleSet;
  emissions.push({ topic: 'payment_transactions', key: accountId, event: { accountId, ...about, ruleSet } });
}

/** What a swipe has cost goes back: the coins, or the free one. */
export function giveBackSwipe(draft: Draft, transactionId: string, reason: string | null): void {
  const { actor, other } = draft;
  tellLedger(draft, actor, { type: 'swipe_undone', counterpartyId: other, transactionId, reason });
}

const heldAssets = ['COIN', 'CREDIT'] as const;

/** What one person has set aside under a transaction is paid, or goes back. */
export function settleHold(draft: Draft, type: 'hold_capture' | 'hold_release', of: HoldOf): void {
  for (const asset of heldAssets)
    tellLedger(draft, of.userId, {
      type,
      transactionId: `${of.transactionId}:${asset}`,
      ...(type === 'hold_capture' && { stream: 'premium' }),
    });
}
type HoldOf = Pick<Hold, 'transactionId'> & { readonly userId: string };

/** All that is held is paid, or goes back; nobody waits any more. */
export function settleAllHolds(draft: Draft, type: 'hold_capture' | 'hold_release'): void {
  for (const userId of inOrder(draft)) {
    const hold = Object.hasOwn(draft.holds, userId) ? draft.holds[userId] : undefined;
    if (hold) settleHold(draft, type, { userId, transactionId: hold.transactionId });
  }
  draft.holds = {};
}

/** Into one person's own history. */
export function tellPerson(
  { emissions }: Draft,
  { userId, targetUserId }: { readonly userId: string; readonly targetUserId: string },
  about: Readonly<Record<string, unknown>>,
): void {
  emissions.push({ topic: 'user_activity', key: userId, event: { userId, targetUserId, ...about } });
}

export function tellBoth(draft: Draft, about: Readonly<Record<string, unknown>>): void {
  const [smaller, larger] = inOrder(draft);
  tellPerson(draft, { userId: smaller, targetUserId: larger }, about);
  tellPerson(draft, { userId: larger, targetUserId: smaller }, about);
}

const inOrder = ({ event }: Draft): readonly [string, string] => event.pairId.split(':') as [string, string];
