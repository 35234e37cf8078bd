// A small log with something to learn: even users like even videos, odd ones odd videos; and a model that was trained on it.
import { train } from '../learning/train.ts';
import type { UserActivity, VideoUpload } from '../schemas/generated.ts';

const hour = 3_600_000;
export const now = Date.now();
/** Imported, so that it counts at its own times. */
const base = { correlationId: 'test', source: 'import', ruleSet: 0, origin: null };
export const videoCount = 40;
const userCount = 60;
const likesEach = 12;

export function likes() {
  return Array.from({ length: userCount }, (_, user) => user).flatMap((user) =>
    Array.from({ length: likesEach }, (_, nth) => nth).flatMap((nth) => {
      const even = (user * 7 + nth * 2) % videoCount;
      const [userId, videoId] = [`user${user}`, `v${even - (even % 2) + (user % 2)}`];
      const occurredAt = now - (likesEach - nth) * hour;
      return ['view', 'like'].map((action) => {
        const eventId = `${userId}-${nth}-${action}`;
        return { ...base, eventId, occurredAt, actorId: userId, userId, action, videoId, watchDurationMs: 9_000 };
      });
    }),
  );
}

export const uploads = () =>
  Array.from({ length: videoCount }, (_, n) => ({
    ...base,
    eventId: `u${n}`,
    occurredAt: now - 30 * hour,
    actorId: `c${n % 5}`,
    videoId: `v${n}`,
    action: 'published',
    creatorId: `c${n % 5}`,
    title: `Video ${n}`,
    category: ['music', 'food', 'news'][n % 3],
    tags: [`t${n % 4}`],
    durationMs: 10_000,
    publishedAt: now - (30 + n) * hour,
    originalUrl: null,
  }));

/** In the order of their times. */
const activity = () => likes().sort((a, b) => a.occurredAt - b.occurredAt) as unknown as UserActivity[];

export const smallModel = () =>
  train({ uploads: uploads() as unknown as VideoUpload[], activity: activity(), now, seed: 1 });
