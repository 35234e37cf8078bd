// What a pair can answer: outcomes, the closed lists of reasons, and the memos that keep them.

/** Why a request was refused; a refusal is an outcome like any other. */
export const refusalReasons = [
  'already_requested',
  'already_undone',
  'already_unlocked',
  'blocked',
  'has_matched',
  'match_ended',
  'no_match',
  'not_blocked',
  'nothing_to_undo',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Why what nobody asked for changed nothing. */
export const ignoredReasons = ['not_from_ledger', 'timer_gone', 'timer_not_due', 'wrong_key', 'wrong_pair'] as const;
export type IgnoredReason = (typeof ignoredReasons)[number];

/** The answer to a request, as it is given to whoever asks again with the same key. */
export type Outcome = {
  readonly accepted: boolean;
  readonly reason: RefusalReason | null;
  readonly kind: string;
  /** The pair's match after it, whichever way it stands; null where there was never one. */
  readonly matchId: string | null;
  /** Whether this swipe has made it. */
  readonly matched: boolean;
  readonly status: 'locked' | 'unlocked' | 'ended' | null;
  /** Append time in ms, and place, of the record that was decided. */
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
};

export const requestMemoPrefix = 'request:';

export type RequestName = {
  readonly pairId: string;
  readonly userId: string;
  /** The request's idempotency key; of a swipe or an unlock the ledger's transaction. */
  readonly key: string;
};

/** A key is of one person about one other: pairs do not know of each other. */
export const requestMemo = ({ pairId, userId, key }: RequestName): string =>
  `${requestMemoPrefix}${pairId}:${userId}:${key}`;

/** The board of what is due: member `<pairId> <timerId>`, score the time in ms. */
export const timersBoard = 'timers';
export const timerMember = (pairId: string, timerId: string): string => `${pairId} ${timerId}`;

/** Until then the other can pay as well. */
export const unlockTimer = 'unlock';
