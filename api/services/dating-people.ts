// What people see of each other: a profile without what is private, and matches without those who are gone.

import { partitionOf } from '../../infra/kafka.ts';
import { unlockTimer } from '../../processors/pairs/domain-outcomes.ts';
import { isBarred, type KeptPair, ownValue } from '../../processors/pairs/domain-pair.ts';
import type { MatchCursor, MatchEntry } from '../../projections/match-history.ts';
import { ageOn } from '../../schemas/dating.ts';
import { topics } from '../../schemas/topics.ts';
import { decodeCursor, encodeCursor, wrongCursor } from '../cursors.ts';
import type { Fields } from '../names.ts';
import type { DatingPerson } from '../people-door.ts';
import type { Services } from '../ports.ts';
import { refusedIfDeleted } from './deleted-account.ts';
import { timeOf } from './money-answers.ts';

/** Age instead of the birth date, no place, nothing of what is wished for; null if it is not theirs to see. */
export async function others(services: Services, viewerId: string, userId: string, { profile }: DatingPerson) {
  if (services.people.isErased(viewerId) || !profile?.details) return null;
  const pair = await services.people.pair(viewerId, userId);
  const isMatched = pair?.match != null && pair.match.status !== 'ended';
  if ((pair && isBarred(pair)) || (profile.status !== 'visible' && !isMatched)) return null;
  const { name, birthDate, gender, interests, prompts, videoId, wish } = profile.details;
  const shown = { name, age: ageOn(birthDate, services.now()), gender, interests, prompts, video_id: videoId };
  return { user_id: userId, status: profile.status, ...shown, intention: wish.intention };
}

type Shown = DatingPerson['matches'][number];

/** Newest first; those whose account was deleted are nowhere. */
export const matchesShown = (services: Services, matches: readonly Shown[]): readonly Shown[] =>
  matches.filter(({ userId }) => !services.people.isErased(userId)).reverse();

type Entry = Pick<MatchEntry, 'matchId' | 'userId' | 'at' | 'changedAt'> & { readonly status: string };

const entryOf = (match: Entry, pair: KeptPair | undefined) => ({
  match_id: match.matchId,
  user_id: match.userId,
  status: match.status,
  ...waitingIn(match, pair),
  matched_at: new Date(match.at).toISOString(),
  changed_at: new Date(match.changedAt).toISOString(),
});

/** Who has paid for a match that is locked yet and waits for the other, until when; the pair alone knows. */
function waitingIn({ matchId, status }: Entry, pair: KeptPair | undefined) {
  const isLocked = status === 'locked' && pair?.match?.status === 'locked' && pair.match.matchId === matchId;
  const until = isLocked ? ownValue(pair.timers, unlockTimer) : undefined;
  return { paid_by: isLocked ? Object.keys(pair.holds).sort() : [], waits_until: until ? timeOf(until) : null };
}

/** With what the pairs know of them beyond each one's own history. */
async function entriesOf(services: Services, userId: string, matches: readonly Entry[]) {
  const locked = matches.flatMap((match) => (match.status === 'locked' ? [match.userId] : []));
  const pairs = await services.people.pairs(userId, locked);
  return matches.map((match) => entryOf(match, pairs.get(match.userId)));
}

export type GetMatchHistory = { readonly user_id: string; readonly limit: number; readonly cursor?: string };

export async function getMatchHistory(services: Services, { user_id: userId, limit, cursor }: GetMatchHistory) {
  const deleted = refusedIfDeleted(services, userId);
  if (deleted) return deleted;
  const of = { list: 'match_history', id: userId } as const;
  const after = cursor === undefined ? undefined : decodeCursor(of, cursor, isMatchCursor);
  if (after === null) return wrongCursor();
  const { entries, next } = await services.people.matchHistory({ userId, limit, ...(after && { after }) });
  const shown = entries.filter((entry) => !services.people.isErased(entry.userId));
  return {
    user_id: userId,
    matches: await entriesOf(services, userId, shown),
    next_cursor: next && encodeCursor(of, next),
  };
}

export function isMatchCursor(value: Fields): value is Fields & MatchCursor {
  const { at, matchId } = value;
  return (
    Number.isInteger(at) && Math.abs(at as number) <= 8.64e15 && typeof matchId === 'string' && matchId.length <= 128
  );
}

const shownMax = 50;
const eventsMax = 10;

/** What a socket shows of somebody's matches, and as `events` what was new last; a token tells which are new. */
export async function datingShown(services: Services, userId: string, person: DatingPerson | null) {
  const matches = matchesShown(services, person?.matches ?? []);
  return {
    user_id: userId,
    status: person?.profile?.status ?? null,
    matches: await entriesOf(services, userId, matches.slice(0, shownMax)),
    events: datingEvents(services, userId, person)
      .slice(-eventsMax)
      .reverse()
      .map(({ offset: _, ...event }) => event),
  };
}

/** All that is known to have happened to the matches, oldest first. */
export function datingEvents(services: Services, userId: string, person: DatingPerson | null) {
  return matchesShown(services, person?.matches ?? [])
    .flatMap((match) => [
      { type: 'match', ...idsOf(match), at: match.at, offset: match.madeOffset },
      ...(match.unlocked ? [{ type: 'unlocked', ...idsOf(match), ...match.unlocked }] : []),
      ...(match.status === 'ended'
        ? [{ type: 'ended', ...idsOf(match), at: match.changedAt, offset: match.offset }]
        : []),
    ])
    .sort((one, other) => one.offset - other.offset)
    .map((event) => ({ ...event, at: new Date(event.at).toISOString(), token: tokenOf(userId, event.offset) }));
}

const idsOf = ({ matchId, userId }: Shown) => ({ match_id: matchId, user_id: userId });

const tokenOf = (userId: string, offset: number): string =>
  `user_activity:${partitionOf(userId, topics.user_activity.partitions)}:${offset}`;
