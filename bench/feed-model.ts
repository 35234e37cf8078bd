// A model for benchmarks, trained on what made-up people of one taste each do with the 2,000 most popular videos.
import { train } from '../learning/train.ts';
import type { PublishedModel } from '../processors/feed/ranking/published-model.ts';
import type { UserActivity, VideoUpload } from '../schemas/generated.ts';
import { benchNow, chance, skewed, videoOf } from './feed-catalogue.ts';

const videos = 2_000;
const users = 600;
const viewsEach = 60;
const tastes = 6;
const hourMs = 3_600_000;
const base = { actorId: 'a', correlationId: 'c', source: 'bench', ruleSet: 0, origin: null };

export function trainedModel(): PublishedModel {
  const next = chance(3);
  const uploads = Array.from({ length: videos }, (_, n) => {
    const { id: videoId, candidate } = videoOf(next, n, videos);
    const occurredAt = candidate.publishedAt;
    return { ...base, ...candidate, eventId: `u${n}`, occurredAt, videoId, action: 'published', originalUrl: null };
  });
  const activity = Array.from({ length: users * viewsEach }, (_, n) => {
    const user = n % users;
    const near = skewed(next, videos);
    const videoId = `v${near - (near % tastes) + (user % tastes)}`;
    const occurredAt = benchNow - (users * viewsEach - n) * (hourMs / 50);
    const action = next() < 0.4 ? 'like' : 'view';
    return { ...base, eventId: `e${n}`, occurredAt, userId: `user${user}`, videoId, action, watchDurationMs: 9_000 };
  });
  const model = train({
    uploads: uploads as unknown as VideoUpload[],
    activity: activity as unknown as UserActivity[],
    now: benchNow,
    seed: 1,
  });
  return { model, position: { topic: 'models', partition: 0, offset: 0 } };
}
