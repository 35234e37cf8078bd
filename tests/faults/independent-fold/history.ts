// A user's history in the fold's own words: how much of what, whom they follow, whom they keep away, the latest 4,096 dealings
// with videos, whose objection was whose, a row each.
import type { UserActivity } from '../../../schemas/generated.ts';
import type { Kept, Place, Reading } from './record.ts';

type Past = {
  events: number;
  firstAt: number;
  lastAt: number;
  oldestAt: number;
  newestAt: number;
  watchMs: number;
  actions: Record<string, number>;
  follows: [string, number][];
  /** The load of a seed exposes nobody to an experiment. */
  exposures: [];
  interactions: number;
  blocks: [string, number, string][];
  reports: [string, number, string][];
};

const latestMax = 4_096;
const followsMax = 1_000;
const keptAwayMax = 1_000;
const placesOfObjections = 16_384;
const objections = new Set<string>(['not_interested', 'skip', 'block', 'report']);
const reachesTheVideo = new Set<string>(['view', 'skip', 'like', 'unlike', 'share', 'comment', 'not_interested']);

const videoOf = (event: UserActivity) => ('videoId' in event ? event.videoId : null);
const watchedOf = (event: UserActivity) => ('watchDurationMs' in event ? event.watchDurationMs : null);
const isFollowing = (event: UserActivity) => event.action === 'follow' || event.action === 'unfollow';

export const historyReading: Reading<UserActivity> = {
  processor: 'history',
  topic: 'user_activity',
  arrivesFirst: true,
  take(kept, event, place) {
    const past = remembered(kept, event, place);
    kept.row('user_swipe_history', rowKeyOf(event), rowOf(event, place));
    if (objections.has(event.action)) {
      const owner = JSON.stringify([event.eventId, event.userId]);
      kept.field('feedback', String(placeOf(event.eventId)), owner);
    }
    const video = videoOf(event);
    if (!video) return;
    const latest: unknown[] = [video, event.action, watchedOf(event) ?? 0, place.now, place.partition, place.offset];
    if (event.action === 'skip') latest.push(event.eventId);
    if (event.action === 'not_interested') {
      const isPointed = event.reason === 'creator' || event.reason === 'topic';
      latest.push(event.eventId, isPointed ? event.reason : 'video');
    }
    kept.field(`recent:${event.userId}`, String((past.interactions - 1) % latestMax), JSON.stringify(latest));
  },
  derive(event) {
    if (!reachesTheVideo.has(event.action)) return [];
    const videoId = videoOf(event);
    const watchDurationMs = event.action === 'view' || event.action === 'skip' ? event.watchDurationMs : null;
    const reason = event.action === 'not_interested' ? event.reason : null;
    const about = { action: event.action, videoId, userId: event.userId, watchDurationMs, reason };
    return [{ topic: 'video_engagement', key: videoId ?? '', event: about }];
  },
};

function remembered(kept: Kept, event: UserActivity, { key, now, offset }: Place): Past {
  const before = kept.states.get(key) as Past | undefined;
  const past: Past = before
    ? { ...before, actions: { ...before.actions } }
    : {
        events: 0,
        firstAt: now,
        lastAt: 0,
        oldestAt: event.occurredAt,
        newestAt: 0,
        watchMs: 0,
        actions: {},
        follows: [],
        exposures: [],
        interactions: 0,
        blocks: [],
        reports: [],
      };
  past.events += 1;
  past.firstAt = Math.min(past.firstAt, now);
  past.lastAt = Math.max(past.lastAt, now);
  past.oldestAt = Math.min(past.oldestAt, event.occurredAt);
  past.newestAt = Math.max(past.newestAt, event.occurredAt);
  past.actions[event.action] = (past.actions[event.action] ?? 0) + 1;
  if (event.action === 'view') past.watchMs += event.watchDurationMs;
  if (event.action === 'follow' || event.action === 'unfollow') {
    past.follows = past.follows.filter(([creator]) => creator !== event.creatorId);
    const isBlocked = past.blocks.some(([blocked]) => blocked === event.creatorId);
    if (event.action === 'follow') {
      past.reports = past.reports.filter(([reported]) => reported !== event.creatorId);
      if (!isBlocked) past.follows = [...past.follows, [event.creatorId, offset] as [string, number]];
    }
    past.follows = past.follows.slice(-followsMax);
  }
  if (videoOf(event)) past.interactions += 1;
  if (event.action === 'block' || event.action === 'report') {
    const list = event.action === 'block' ? 'blocks' : 'reports';
    const target = event.targetUserId;
    past[list] = [
      ...past[list].filter(([other]) => other !== target),
      [target, offset, event.eventId] as [string, number, string],
    ];
    past[list] = past[list].slice(-keptAwayMax);
    if (event.action === 'block') past.follows = past.follows.filter(([creator]) => creator !== target);
  }
  kept.states.set(key, past);
  return past;
}

/** FNV-1a over the characters, mixed, by the number of places. */
function placeOf(id: string): number {
  let sum = 2_166_136_261;
  for (const letter of id) sum = Math.imul(sum ^ letter.charCodeAt(0), 16_777_619);
  sum = Math.imul(sum ^ (sum >>> 16), 2_246_822_507);
  sum = Math.imul(sum ^ (sum >>> 13), 3_266_489_909);
  return ((sum ^ (sum >>> 16)) >>> 0) % placesOfObjections;
}

const monthOf = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 7);

const rowKeyOf = (event: UserActivity): string =>
  [event.userId, monthOf(event.occurredAt), event.occurredAt, event.eventId].join(' ');

function rowOf(event: UserActivity, { partition, offset }: Place) {
  const target = 'targetUserId' in event ? event.targetUserId : null;
  const creator = isFollowing(event) && 'creatorId' in event ? event.creatorId : null;
  return {
    user_id: event.userId,
    month: monthOf(event.occurredAt),
    timestamp: event.occurredAt,
    event_id: event.eventId,
    action: event.action,
    video_id: videoOf(event),
    target_id: creator ?? target,
    watch_duration_ms: watchedOf(event),
    source: event.source,
    partition,
    offset,
    personal: 'personal' in event ? event.personal : null,
  };
}
