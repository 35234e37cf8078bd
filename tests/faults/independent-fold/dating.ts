// Dating in the fold's own words: the profile as it stands (ciphertext), hours of the day that fade, matches that begin, open and end.
import type { UserActivity } from '../../../schemas/generated.ts';
import type { Kept, Memo, Place, Reading } from './record.ts';

type Entry = { status: string; ageBand: string; personal: string; at: number; offset: number };
type Meeting = {
  matchId: string;
  userId: string;
  at: number;
  status: string;
  madeOffset: number;
  unlocked: { at: number; offset: number } | null;
  changedAt: number;
  offset: number;
};
type Dater = {
  profile: Entry | null;
  online: number[];
  lastHour: number;
  matches: Meeting[];
  forgottenOffset: number;
  deletedAt: number;
};

const bands = ['18-24', '25-34', '35-44', '45-54', '55+'];
const done = new Set<string>(['view', 'skip', 'like', 'unlike', 'share', 'comment', 'follow', 'unfollow']);
for (const more of ['not_interested', 'swipe', 'undo', 'block', 'report', 'registration']) done.add(more);
for (const more of ['profile_change', 'dating_profile', 'dating_status']) done.add(more);
const matchesKept = 200;
const hour = 3_600_000;

/** By partition: whose entry stands, as others copy it. */
const entriesOf = new WeakMap<Kept, Map<string, Memo>>();

const nobody = (): Dater => ({
  profile: null,
  online: Array.from({ length: 24 }, () => 0),
  lastHour: -1,
  matches: [],
  forgottenOffset: -1,
  deletedAt: 0,
});

export const datingReading: Reading<UserActivity> = {
  processor: 'dating',
  topic: 'user_activity',
  arrivesFirst: true,
  take(kept, event, place) {
    const { key, now } = place;
    const dater = (kept.states.get(key) as Dater | undefined) ?? nobody();
    kept.states.set(key, dater);
    if (dater.deletedAt !== 0) return;
    if (event.action === 'dating_profile' && event.status === 'deleted') {
      kept.states.set(key, { ...nobody(), deletedAt: now === 0 ? 1 : now });
      entries(kept).delete(event.userId);
      return;
    }
    if (done.has(event.action)) pass(dater, Math.floor(now / hour));
    if (event.action === 'dating_profile') take(dater, event, place);
    if (event.action === 'dating_status') turn(dater, event.status, place);
    if (event.action === 'match' || event.action === 'match_change') meet(kept, dater, event, place);
    if (dater.profile === null) entries(kept).delete(event.userId);
    else entries(kept).set(event.userId, { value: { ...dater.profile, online: dater.online }, until: null });
  },
  derive: () => [],
  memos: (kept) => new Map([...entries(kept)].map(([userId, memo]) => [`profile:${userId}`, memo])),
};

function entries(kept: Kept): Map<string, Memo> {
  const there = entriesOf.get(kept) ?? new Map<string, Memo>();
  entriesOf.set(kept, there);
  return there;
}

function pass(dater: Dater, now: number): void {
  if (now <= dater.lastHour) return;
  const hours = dater.lastHour === -1 ? Number.POSITIVE_INFINITY : now - dater.lastHour;
  const times = dater.online.map((before) => before * 2 ** -(hours / 720));
  times[now % 24] = (times[now % 24] ?? 0) + 1;
  dater.online = times.map((time) => Math.round(time * 10_000) / 10_000);
  dater.lastHour = now;
}

type Profiled = Extract<UserActivity, { readonly action: 'dating_profile' }>;

function take(dater: Dater, { status, ageBand, personal }: Profiled, { now, offset }: Place): void {
  if (!['visible', 'paused'].includes(status) || ageBand === null || !bands.includes(ageBand)) return;
  if (personal === null) return;
  dater.profile = { status, ageBand, personal: Buffer.from(personal).toString('base64'), at: now, offset };
}

function turn(dater: Dater, status: string, { now, offset }: Place): void {
  if (dater.profile === null || dater.profile.status === status) return;
  if (status === 'deleted') dater.profile = null;
  else if (status === 'visible' || status === 'paused') dater.profile = { ...dater.profile, status, at: now, offset };
}

type Met = Extract<UserActivity, { readonly action: 'match' | 'match_change' }>;

function meet(kept: Kept, dater: Dater, event: Met, { key, partition, now, offset }: Place): void {
  const known = dater.matches.find(({ matchId }) => matchId === event.matchId);
  let meeting: Meeting;
  if (event.action === 'match') {
    if (known) return;
    const { matchId, targetUserId: userId } = event;
    const made = { matchId, userId, at: now, status: 'locked', madeOffset: offset };
    meeting = { ...made, unlocked: null, changedAt: now, offset };
    dater.matches = [...dater.matches, meeting];
    if (dater.matches.length > matchesKept)
      dater.forgottenOffset = Math.max(dater.forgottenOffset, dater.matches.shift()?.offset ?? -1);
  } else {
    const { status } = event;
    const mayTurn = known?.status === 'locked' || (known?.status === 'unlocked' && status === 'ended');
    if (!known || !mayTurn || !['unlocked', 'ended'].includes(status)) return;
    meeting = { ...known, status, changedAt: now, offset };
    if (status === 'unlocked') meeting.unlocked = { at: now, offset };
    dater.matches = dater.matches.map((one) => (one === known ? meeting : one));
  }
  kept.row('match_history', [event.userId, meeting.at, meeting.matchId].join(' '), {
    ...{ user_id: key, matched_at: meeting.at, match_id: meeting.matchId, other_id: meeting.userId },
    ...{ status: meeting.status, changed_at: meeting.changedAt, partition, offset: meeting.offset },
  });
}
