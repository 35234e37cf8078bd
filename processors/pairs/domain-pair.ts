// Two people of dating as one state: how each swiped, their match, what is held for its unlock, and what keeps them apart.
import type { Emission } from '../runtime/processor.ts';
import type { Outcome, RefusalReason } from './domain-outcomes.ts';

export type Swipe = {
  readonly direction: string;
  /** Append time in ms. */
  readonly at: number;
  /** The ledger's, which it is taken back under. */
  readonly transactionId: string;
};

export type Match = {
  /** The event id of the swipe that made it. */
  readonly matchId: string;
  readonly at: number;
  readonly status: 'locked' | 'unlocked' | 'ended';
  readonly unlockedAt: number | null;
};

/** What a person's account has set aside for the unlock; the ledger keeps it until this pair captures or releases it. */
export type Hold = {
  readonly transactionId: string;
  readonly mode: 'both' | 'instant';
  readonly at: number;
};

/** All records are by user. */
export type Pair = {
  /** As they stand: taken back ones are gone, a later one replaces. */
  readonly swipes: Readonly<Record<string, Swipe>>;
  /** Who has taken a swipe back: each can once. */
  readonly undone: Readonly<Record<string, true>>;
  /** At most one ever: what has ended does not begin again. */
  readonly match: Match | null;
  /** Of those who wait for the other to pay as well. */
  readonly holds: Readonly<Record<string, Hold>>;
  readonly blocks: Readonly<Record<string, number>>;
  readonly reports: Readonly<Record<string, number>>;
  /** Timer id → when it is due, in ms. */
  readonly timers: Readonly<Record<string, number>>;
  /** Of the last event alone; not kept. */
  readonly decided: Decision | null;
};

/** As it is kept: without what was decided about the last record. */
export type KeptPair = Omit<Pair, 'decided'>;

/** What was decided about one record, with all that its commit writes and publishes. */
export type Decision = {
  readonly outcome: 'accepted' | 'refused' | 'repeated' | 'misused' | 'ignored';
  readonly reason: RefusalReason | string | null;
  readonly memo: { readonly key: string; readonly value: RequestMemo; readonly until: number } | null;
  /** Timers set (when due) and taken away (null). */
  readonly timers: readonly (readonly [timerId: string, due: number | null])[];
  readonly emissions: readonly Emission[];
};

/** `until` (ms of append time) is part of it, so that a memo that lingers counts no longer than one that is forgotten. */
export type RequestMemo = { readonly fingerprint: string | null; readonly outcome: Outcome; readonly until: number };

export const initialState = (): Pair => ({
  swipes: {},
  undone: {},
  match: null,
  holds: {},
  blocks: {},
  reports: {},
  timers: {},
  decided: null,
});

/** Whether either has blocked or reported the other: they are not shown to each other, and nothing begins between them. */
export const isBarred = ({ blocks, reports }: Pick<Pair, 'blocks' | 'reports'>): boolean =>
  Object.keys(blocks).length > 0 || Object.keys(reports).length > 0;

/** Names come from outside: `constructor` is a user like any other. */
export const ownValue = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

export const withValue = <T>(record: Readonly<Record<string, T>>, name: string, value: T): Record<string, T> => ({
  ...record,
  [name]: value,
});

export function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  const { [name]: _, ...rest } = record;
  return rest;
}

/** @returns null for what names no two different people in their order */
export function peopleOf(pairId: string): readonly [smaller: string, larger: string] | null {
  const [smaller, larger, ...more] = pairId.split(':');
  return smaller && larger && more.length === 0 && smaller < larger ? [smaller, larger] : null;
}
