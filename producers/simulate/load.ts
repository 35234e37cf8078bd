// The simulated load: a population with heavy-tailed habits and tastes, and the endless, deterministic stream of what it does. Pure.
import type { UserActivityInput } from '../activity.ts';
import type { VideoUploadInput } from '../uploads.ts';
import { type Category, categories } from './people.ts';
import { type Random, seeded } from './random.ts';

export type LoadShape = { readonly users: number; readonly videos: number; readonly seed: number };

type SimulatedVideo = {
  readonly videoId: string;
  readonly creatorId: string;
  readonly category: Category;
  readonly durationMs: number;
};

const dayMs = 86_400_000;

function videosOf({ videos, seed }: LoadShape): SimulatedVideo[] {
  const random = seeded(seed);
  return Array.from({ length: videos }, (_, i) => ({
    videoId: `sim${seed}_video_${i}`,
    creatorId: `sim${seed}_creator_${random.rank(Math.max(1, Math.floor(videos / 8)), 0.6)}`,
    category: random.pick(categories),
    durationMs: 5_000 + random.whole(55_000),
  }));
}

export function loadUploads(shape: LoadShape, nowMs: number): VideoUploadInput[] {
  const random = seeded(shape.seed + 2);
  return videosOf(shape).map((video, i) => ({
    ...video,
    action: 'published',
    title: `${video.category} clip ${i}`,
    tags: [video.category, `${video.category}_${random.whole(6)}`],
    publishedAt: nowMs - Math.floor(random.next() ** 2 * 7 * dayMs),
    actorId: video.creatorId,
    source: 'simulator',
    eventId: `sim${shape.seed}_upload_${i}`,
  }));
}

/** What users do, one event after another, without times: popular videos and busy users come up far more often. */
export function* loadActivity(shape: LoadShape): Generator<UserActivityInput> {
  const random = seeded(shape.seed + 3);
  const videos = videosOf(shape);
  for (;;) {
    const user = random.rank(shape.users, 0.8);
    const userId = `sim${shape.seed}_user_${user}`;
    const sessionLength = 1 + random.rank(20, 1.2);
    for (let i = 0; i < sessionLength; i++)
      yield* watched(random, {
        userId,
        taste: tasteOf(user),
        video: videos[random.rank(videos.length, 1)] as SimulatedVideo,
      });
  }
}

/** Two categories that a user likes. */
const tasteOf = (user: number): readonly Category[] =>
  [user, user * 7 + 3].map((n) => categories[n % categories.length] as Category);

type Watched = { readonly userId: string; readonly taste: readonly Category[]; readonly video: SimulatedVideo };

function* watched(random: Random, { userId, taste, video }: Watched): Generator<UserActivityInput> {
  const { videoId, creatorId, durationMs } = video;
  const about = { userId, videoId, source: 'simulator' } as const;
  const isLiked = taste.includes(video.category);
  if (random.next() < (isLiked ? 0.1 : 0.4))
    return yield { ...about, action: 'skip', watchDurationMs: random.whole(2_000) };
  yield {
    ...about,
    action: 'view',
    watchDurationMs: Math.floor(durationMs * (isLiked ? 0.5 + 0.5 * random.next() : 0.5 * random.next())),
  };
  const mood = random.next();
  if (mood < (isLiked ? 0.15 : 0.01)) yield { ...about, action: 'like' };
  else if (isLiked && mood < 0.18) yield { ...about, action: 'share' };
  else if (isLiked && mood < 0.2) yield { userId, source: 'simulator', action: 'follow', creatorId };
  else if (!isLiked && mood < 0.06) yield { ...about, action: 'not_interested' };
}
