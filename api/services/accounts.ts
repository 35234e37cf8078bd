// A person's data as a whole: all of it handed out, or the account ended for good.
import type { HistoryEntry } from '../../projections/history-reader.ts';
import { parseToken } from '../../projections/visibility.ts';
import { decodeCursor, encodeCursor, wrongCursor } from '../cursors.ts';
import type { Fields } from '../names.ts';
import type { Call, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { getMatchHistory } from './dating-people.ts';
import { getProfile } from './dating-profile.ts';
import { refusedIfDeleted } from './deleted-account.ts';
import { endAccount } from './identity.ts';
import { isHistoryCursor } from './users.ts';
import { getStatement, getWallet } from './wallets.ts';

export type Export = { readonly id: string; readonly limit: number; readonly cursor?: string };

/** The parts come one after the other; each page goes on where the one before ended. */
const parts = ['person', 'events', 'matches', 'statement'] as const;
/** `after`: a cursor of the part's own list. */
type Place = { readonly part: (typeof parts)[number]; readonly after: string | null };
type Page = { readonly data: object; readonly after: string | null };

/** All that is kept of a person and readable, a bounded page at a time until `next_cursor` is null. */
export async function exportPerson(services: Services, { id: userId, limit, cursor }: Export) {
  const deleted = refusedIfDeleted(services, userId);
  if (deleted) return deleted;
  const of = { list: 'export', id: userId } as const;
  const place = cursor === undefined ? { part: parts[0], after: null } : decodeCursor(of, cursor, isPlace);
  if (place === null) return wrongCursor();
  const page = await readers[place.part](services, { userId, limit, after: place.after });
  if (page instanceof Refusal) return page;
  const next = page.after ? { part: place.part, after: page.after } : nextPart(place.part);
  return { user_id: userId, part: place.part, ...page.data, next_cursor: next && encodeCursor(of, next) };
}

function nextPart(part: Place['part']): Place | null {
  const next = parts[parts.indexOf(part) + 1];
  return next ? { part: next, after: null } : null;
}

function isPlace(value: Fields): value is Fields & Place {
  return (
    (parts as readonly unknown[]).includes(value.part) && (value.after === null || typeof value.after === 'string')
  );
}

type Question = { readonly userId: string; readonly limit: number; readonly after: string | null };
type Reader = (services: Services, question: Question) => Promise<Page | Refusal>;

const readers: Readonly<Record<Place['part'], Reader>> = {
  person: async (services, { userId, after }) => {
    if (after !== null) return wrongCursor();
    const profile = await getProfile(services, { user_id: userId });
    const wallet = await getWallet(services, { user_id: userId });
    const data = { profile: profile instanceof Refusal ? null : profile, wallet };
    return { data, after: null };
  },
  events: async (services, { userId, limit, after }) => {
    const of = { list: 'history', id: userId } as const;
    const from = after === null ? undefined : decodeCursor(of, after, isHistoryCursor);
    if (from === null) return wrongCursor();
    const { entries, next } = await services.history.page({ userId, limit, ...(from && { after: from }) });
    return { data: { events: entries.map(eventOf) }, after: next && encodeCursor(of, next) };
  },
  matches: (services, { userId, limit, after }) => {
    return paged(getMatchHistory(services, { user_id: userId, limit, ...(after && { cursor: after }) }));
  },
  statement: (services, { userId, limit, after }) => {
    const request = { user_id: userId, limit, format: 'json', ...(after && { cursor: after }) } as const;
    return paged(getStatement(services, request));
  },
};

/** A page of another service, whose cursor becomes part of the export's. */
async function paged(reading: Promise<unknown>): Promise<Page | Refusal> {
  const answer = await reading;
  if (answer instanceof Refusal) return answer;
  const { next_cursor: next, user_id: _, entries, ...rest } = answer as Fields;
  const data = entries === undefined ? rest : { statement: entries };
  return { data, after: typeof next === 'string' ? next : null };
}

const eventOf = ({ occurredAt, partition, offset, ...entry }: HistoryEntry) => ({
  event_id: entry.eventId,
  action: entry.action,
  video_id: entry.videoId,
  target_id: entry.targetId,
  watch_duration_ms: entry.watchDurationMs,
  occurred_at: new Date(occurredAt).toISOString(),
  source: entry.source,
  personal: entry.personal,
  token: `user_activity:${partition}:${offset}`,
});

/**
 * Ends an account for good: told in the log, then all keys are void. Others no longer see the person once that is here and visible,
 * which is waited for; sums and figures, which hold nothing personal, stay what they were.
 */
export async function deletePerson(services: Services, { id: userId }: { readonly id: string }, call: Call) {
  const deleted = { user_id: userId, deleted: true };
  if (services.people.isErased(userId)) {
    await endAccount(services, userId);
    return { ...deleted, visible: true, token: null };
  }
  const hasAccount = services.auth.accounts.ofUser(userId) !== null;
  const isKnown = hasAccount || (await services.recipients.isKnown(userId));
  if (isKnown === null) return new Refusal('not_ready', 'whether there is such a person is not known yet');
  if (!isKnown) return new Refusal('not_found', 'there is no such person', { field: 'id' });
  const { token } = await services.people.erase(userId, call.requestId);
  await endAccount(services, userId);
  const place = parseToken(token);
  const verdict = place && (await services.visibility.wait(place, ['dating', 'history'], call.ended?.()));
  return { ...deleted, visible: verdict === 'visible', token };
}
