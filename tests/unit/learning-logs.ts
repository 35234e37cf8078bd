// Small logs for the tests of learning: people of two tastes, who watch what is theirs and dislike the rest.
import { randomOf, wholeBelow } from '../../learning/random.ts';
import type { UserActivity, VideoUpload } from '../../schemas/generated.ts';

export const start = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;

const base = { eventId: '', actorId: '', correlationId: '', source: 'test', ruleSet: 1, origin: null };

export function published(videoId: string, category: string, publishedAt = start): VideoUpload {
  const facts = {
    title: videoId,
    category,
    tags: [category],
    durationMs: 0,
    publishedAt,
    originalUrl: null,
    premiumCoins: null,
    premiumTier: null,
  };
  return { ...base, occurredAt: publishedAt, videoId, action: 'published', creatorId: `creator ${videoId}`, ...facts };
}

export function acted(
  userId: string,
  videoId: string,
  action: 'view' | 'like' | 'not_interested',
  occurredAt: number,
): UserActivity {
  const common = { ...base, occurredAt, userId, videoId };
  if (action === 'view') return { ...common, action, watchDurationMs: 0 };
  return action === 'like' ? { ...common, action } : { ...common, action, reason: null };
}

/** Users and videos with an even number are of one taste, the others of the other. */
export function twoTastes(users: number, videos: number, views: number, seed: number) {
  const random = randomOf(seed);
  const uploads = Array.from({ length: videos }, (_, at) => published(`video ${at}`, at % 2 === 0 ? 'even' : 'odd'));
  const activity: UserActivity[] = [];
  for (let user = 0; user < users; user++) {
    for (let view = 0; view < views; view++) {
      const video = wholeBelow(random, videos);
      const at = start + (1 + user + view * users) * hourMs;
      if (video % 2 !== user % 2 && random() < 0.8) continue;
      activity.push(acted(`user ${user}`, `video ${video}`, 'view', at));
      const opinion = video % 2 === user % 2 ? 'like' : 'not_interested';
      activity.push(acted(`user ${user}`, `video ${video}`, opinion, at));
    }
  }
  activity.sort((a, b) => a.occurredAt - b.occurredAt);
  return { uploads, activity, now: activity.at(-1)?.occurredAt ?? start };
}
