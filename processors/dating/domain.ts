// What dating knows of one user: the profile (ciphertext), when they are online, their latest matches; folded from user_activity by user.
import type { UserActivity } from '../../schemas/generated.ts';
import { adultAgeBands, datingStatuses } from '../../schemas/ids.ts';
import type { Moment } from '../runtime/processor.ts';
import { neverOnline, type Online, onlineAfter } from './domain-online.ts';

export const matchesMax = 200;

export type Profile = {
  readonly status: 'visible' | 'paused';
  readonly ageBand: string;
  /** Base64, under the person's key. */
  readonly personal: string;
  /** Append time in ms, and offset, of the event that made it what it is. */
  readonly at: number;
  readonly offset: number;
};

export type Match = {
  readonly matchId: string;
  /** The other. */
  readonly userId: string;
  readonly at: number;
  readonly status: 'locked' | 'unlocked' | 'ended';
  /** Of the event that made it. */
  readonly madeOffset: number;
  /** When it was unlocked, whatever has become of it since; null if it never was. */
  readonly unlocked: { readonly at: number; readonly offset: number } | null;
  /** Of the last change. */
  readonly changedAt: number;
  readonly offset: number;
};

export type Dating = Online & {
  readonly profile: Profile | null;
  /** The latest, oldest first. */
  readonly matches: readonly Match[];
  /** Offset of the last event of those that are not among them any more; -1 while all are. */
  readonly forgottenOffset: number;
  /** Append time in ms of the account's deletion, after which nothing of it is ever known here again; 0 while it is there. */
  readonly deletedAt: number;
};

export const initialState = (): Dating => ({
  profile: null,
  ...neverOnline,
  matches: [],
  forgottenOffset: -1,
  deletedAt: 0,
});

/** What others or the platform did: nobody is online by it. */
const notOnesOwn: ReadonlySet<string> = new Set(['match', 'match_change', 'exposed']);

/**
 * Where an account is deleted (a profile of the status `deleted`) all later events of it count for nothing, whatever they were encrypted
 * under. A profile alone is taken away by a change of status; another can follow.
 */
export function evolve(before: Dating, event: UserActivity, at: Moment): Dating {
  if (before.deletedAt > 0) return before;
  if (event.action === 'dating_profile' && event.status === 'deleted')
    return { ...initialState(), deletedAt: Math.max(1, at.now) };
  const online = notOnesOwn.has(event.action) ? before : onlineAfter(before, at.now);
  return changed(online === before ? before : { ...before, ...online }, event, at);
}

function changed(state: Dating, event: UserActivity, at: Moment): Dating {
  switch (event.action) {
    case 'dating_profile':
      return withProfile(state, event, at);
    case 'dating_status':
      return withStatus(state, event.status, at);
    case 'match':
      return withMatch(state, event, at);
    case 'match_change':
      return withMatchChange(state, event, at);
    default:
      return state;
  }
}

type Of<Action> = Extract<UserActivity, { readonly action: Action }>;

const isAdult = (band: string | null): band is string => (adultAgeBands as readonly string[]).includes(band ?? '');

/** A whole profile replaces the one before; one that no adult can have is none. */
function withProfile(state: Dating, { status, ageBand, personal }: Of<'dating_profile'>, at: Moment): Dating {
  if ((status !== 'visible' && status !== 'paused') || !isAdult(ageBand) || !personal) return state;
  const ciphertext = Buffer.from(personal).toString('base64');
  return { ...state, profile: { status, ageBand, personal: ciphertext, at: at.now, offset: at.offset } };
}

function withStatus(state: Dating, status: string, at: Moment): Dating {
  const known = datingStatuses.find((one) => one === status);
  if (!state.profile || !known || known === state.profile.status) return state;
  if (known === 'deleted') return { ...state, profile: null };
  return { ...state, profile: { ...state.profile, status: known, at: at.now, offset: at.offset } };
}

function withMatch(state: Dating, { matchId, targetUserId }: Of<'match'>, { now, offset }: Moment): Dating {
  if (state.matches.some((match) => match.matchId === matchId)) return state;
  const match: Match = {
    matchId,
    userId: targetUserId,
    at: now,
    status: 'locked',
    madeOffset: offset,
    unlocked: null,
    changedAt: now,
    offset,
  };
  const matches = [...state.matches, match];
  const forgotten = matches.slice(0, -matchesMax).map((one) => one.offset);
  return {
    ...state,
    matches: matches.slice(-matchesMax),
    forgottenOffset: Math.max(state.forgottenOffset, ...forgotten),
  };
}

function withMatchChange(state: Dating, { matchId, status }: Of<'match_change'>, { now, offset }: Moment): Dating {
  if (status !== 'unlocked' && status !== 'ended') return state;
  const isChanged = (match: Match) => match.matchId === matchId && match.status !== 'ended' && match.status !== status;
  if (!state.matches.some(isChanged)) return state;
  const unlocked = status === 'unlocked' ? { unlocked: { at: now, offset } } : {};
  const change = { status, changedAt: now, offset, ...unlocked } as const;
  return { ...state, matches: state.matches.map((match) => (isChanged(match) ? { ...match, ...change } : match)) };
}
