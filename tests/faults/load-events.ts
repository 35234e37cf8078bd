// The events of a seed: every kind that producers can publish, by chance, many late, some dated a little ahead. Pure.
import type { Random } from '../../producers/simulate/random.ts';
import type { Payments } from './load-payments.ts';

export type LoadTopic = 'user_activity' | 'video_uploads' | 'payment_transactions' | 'live_battles' | 'dating_pairs';
export type LoadEvent = Readonly<Record<string, unknown>> & { readonly eventId: string };
export type Planned = { readonly topic: LoadTopic; readonly event: LoadEvent; readonly isClients: boolean };

export const users = 40;
export const videos = 60;
export const daters = 12;
const categories = ['music', 'comedy', 'sport', 'food', 'travel'];
const minuteMs = 60_000;
const dayMs = 86_400_000;

type Fields = Readonly<Record<string, unknown>>;
type Maker = (random: Random) => Fields;

const userId = (random: Random) => `user_${random.rank(users, 0.7)}`;
const videoId = (random: Random) => `video_${random.rank(videos, 0.7)}`;
const sometimes = (random: Random, fields: Fields) => (random.next() < 0.5 ? fields : {});
const aboutVideo: Maker = (random) => ({ videoId: videoId(random) });
const aboutUser: Maker = (random) => ({ targetUserId: userId(random) });
const following: Maker = (random) => ({
  creatorId: `creator_${random.whole(15)}`,
  ...sometimes(random, aboutVideo(random)),
});
const watched = (random: Random) => ({ watchDurationMs: random.whole(40_000) });

/** What clients post through the API. */
const clients: Readonly<Record<string, Maker>> = {
  view: (random) => ({ ...aboutVideo(random), ...watched(random) }),
  skip: (random) => ({ ...aboutVideo(random), ...sometimes(random, watched(random)) }),
  like: aboutVideo,
  unlike: aboutVideo,
  share: aboutVideo,
  comment: (random) => ({ ...aboutVideo(random), ...sometimes(random, { text: `so ${random.whole(1_000)}` }) }),
  follow: following,
  unfollow: following,
  not_interested: (random) => ({ ...aboutVideo(random), ...sometimes(random, { reason: 'seen_it' }) }),
};
const services: Readonly<Record<string, Maker>> = {
  swipe: (random) => ({ ...aboutUser(random), direction: random.pick(['LEFT', 'RIGHT', 'SUPER_LIKE']) }),
  undo: aboutUser,
  match: (random) => ({ ...aboutUser(random), matchId: `match_${random.whole(40)}` }),
  match_change: (random) => ({
    ...{ ...aboutUser(random), matchId: `match_${random.whole(40)}` },
    status: random.pick(['unlocked', 'ended']),
  }),
  // Now and then an account ends: nothing of it counts in dating from then on.
  dating_profile: (random) =>
    random.next() < 0.05
      ? { status: 'deleted' }
      : {
          ...{ status: random.pick(['visible', 'paused']), dating: { name: 'someone', birthDate: '1990-01-31' } },
          ...sometimes(random, { ageBand: random.pick(['18-24', '55+']) }),
        },
  dating_status: (random) => ({ status: random.pick(['visible', 'paused', 'deleted']) }),
  block: aboutUser,
  report: (random) => ({ ...aboutUser(random), reason: 'spam', ...sometimes(random, { text: 'look' }) }),
  registration: (random) => ({
    timeZone: 'Europe/Lisbon',
    ...sometimes(random, { username: 'someone', ageBand: '25-34' }),
  }),
  profile_change: (random) => sometimes(random, { biography: 'about me', region: 'PT' }),
};
const uploads: Readonly<Record<string, Maker>> = {
  uploaded: (random) => ({ ...owned(random), originalUrl: 'https://example.com/a.mp4' }),
  processed: (random) => ({ ...of(owned(random), 'videoId', 'creatorId'), durationMs: 5_000 + random.whole(50_000) }),
  published: (random) => ({
    ...owned(random),
    durationMs: 5_000 + random.whole(50_000),
    publishedAt: 1_790_000_000_000,
  }),
  moderated: (random) => ({ ...aboutVideo(random), reason: 'violence' }),
  removed: (random) => ({ ...aboutVideo(random), ...sometimes(random, { reason: 'by_owner' }) }),
};
const battleId = (random: Random) => ({ battleId: `battle_${random.whole(20)}` });
const battles: Readonly<Record<string, Maker>> = {
  started: (random) => ({ ...battleId(random), hostId: userId(random), opponentId: userId(random) }),
  gift_scored: (random) => ({
    ...battleId(random),
    recipientId: userId(random),
    points: 1 + random.whole(90),
    transactionId: `t_${random.whole(1e6)}`,
  }),
  ended: (random) => ({ ...battleId(random), ...sometimes(random, { winnerId: userId(random) }) }),
};

/** Few enough that they meet; swipes and unlocks come from the ledger. */
function betweenTwo(random: Random): Fields {
  const who = random.whole(daters);
  const key = { idempotencyKey: `between_${random.whole(400)}`, ...sometimes(random, { fingerprint: 'body' }) };
  return { userId: `user_${who}`, targetUserId: `user_${(who + 1 + random.whole(daters - 1)) % daters}`, ...key };
}
const pairs: Readonly<Record<string, Maker>> = {
  undo: betweenTwo,
  block: betweenTwo,
  unblock: betweenTwo,
  report: (random) => ({ ...betweenTwo(random), reason: 'spam', ...sometimes(random, { text: 'rude' }) }),
};

/** A video keeps its category, creator and title. */
function owned(random: Random): Fields {
  const video = random.rank(videos, 0.7);
  const category = categories[video % categories.length];
  return {
    videoId: `video_${video}`,
    creatorId: `creator_${video % 15}`,
    title: `Video ${video}`,
    category,
    tags: ['a'],
  };
}
const of = (fields: Fields, ...names: string[]) => Object.fromEntries(names.map((name) => [name, fields[name]]));

/** @param number counts the seed's events @param now ms @param payments those that there have been */
export function plannedEvent(random: Random, number: number, now: number, payments: Payments): Planned {
  const eventId = `e${number}`;
  const made = (topic: LoadTopic, tag: string, makers: Readonly<Record<string, Maker>>, more: Fields = {}): Planned => {
    const name = random.pick(Object.keys(makers));
    const event = { [tag]: name, ...more, ...makers[name]?.(random), eventId, occurredAt: timeOf(random, now) };
    return { topic, event, isClients: makers === clients };
  };
  const chance = random.next();
  if (chance < 0.55) return made('user_activity', 'action', clients, { userId: userId(random) });
  if (chance < 0.67) return made('user_activity', 'action', services, { userId: userId(random) });
  if (chance < 0.75) return made('video_uploads', 'action', uploads);
  if (chance < 0.78) return made('dating_pairs', 'type', pairs);
  if (chance >= 0.97) return made('live_battles', 'type', battles);
  const event = { ...payments.next(random, eventId), eventId, occurredAt: timeOf(random, now) };
  return { topic: 'payment_transactions', event, isClients: false };
}

function timeOf(random: Random, now: number): number {
  const chance = random.next();
  if (chance < 0.1) return now - random.whole(60) * dayMs;
  return chance < 0.13 ? now + 4 * minuteMs : now - random.whole(2_000);
}
