// The demo's videos and activity: deterministic for a seed and a start time; people mostly watch what they like. Pure.
import type { UserActivityInput } from '../activity.ts';
import type { VideoUploadInput } from '../uploads.ts';
import { type Category, channels, type Person, people } from './people.ts';
import { type Random, seeded } from './random.ts';

const hourMs = 3_600_000;
/** Videos are up to so old; activity goes back two days. */
const videoAgeHoursMax = 14 * 24;
const activityHours = 48;
/** Few, so that much of what they would like is still new to them. */
const viewingsOfNamed = 9;
/** The one video that has to be paid for, and its price; the rest is free. */
export const premiumVideo = { videoId: 'video2', coins: 25 } as const;

export type DemoVideo = {
  readonly videoId: string;
  readonly creatorId: string;
  readonly title: string;
  readonly category: Category;
  readonly tags: readonly string[];
  readonly durationMs: number;
  readonly publishedAt: number;
  /** Nothing lies there: it shows who is told an address. */
  readonly originalUrl: string;
  readonly premiumCoins?: number;
};

export function demoVideos(seed: number, nowMs: number): DemoVideo[] {
  const random = seeded(seed);
  const made = channels.flatMap(({ creatorId, category, tags, titles }) =>
    titles.map((title) => ({
      creatorId,
      title,
      category,
      tags: [...tags],
      durationMs: 8_000 + random.whole(52) * 1_000,
      publishedAt: nowMs - Math.floor(random.next() ** 2 * videoAgeHoursMax * hourMs),
    })),
  );
  return made.map((video, i) => ({ ...video, ...playable(`video${i + 1}`) }));
}

const playable = (videoId: string) => ({
  videoId,
  originalUrl: `https://media.example.com/${videoId}.mp4`,
  ...(videoId === premiumVideo.videoId && { premiumCoins: premiumVideo.coins }),
});

export const uploadOf = (video: DemoVideo): VideoUploadInput => ({
  ...video,
  action: 'published',
  actorId: video.creatorId,
  source: 'simulator',
  eventId: `demo_upload_${video.videoId}`,
});

/** Registrations and follows first, then what everyone watches, in order of time. */
export function demoActivity(seed: number, nowMs: number, events: number): UserActivityInput[] {
  const random = seeded(seed + 1);
  const videos = demoVideos(seed, nowMs);
  const crowd = strangers(random, 60);
  const activity = [...people, ...crowd].flatMap((person) => beginnings(person, nowMs - activityHours * hourMs));
  for (const person of people)
    for (let i = 0; i < viewingsOfNamed; i++) activity.push(...viewing(random, { person, videos, nowMs }));
  while (activity.length < events) {
    const person = crowd[random.rank(crowd.length, 0.5)] as Person;
    activity.push(...viewing(random, { person, videos, nowMs }));
  }
  const inOrder = activity.slice(0, events).sort((a, b) => (a.occurredAt ?? 0) - (b.occurredAt ?? 0));
  return inOrder.map((event, i) => ({ ...event, source: 'simulator', eventId: `demo_${seed}_${i}` }));
}

function strangers(random: Random, count: number): Person[] {
  const categories = [...new Set(channels.map(({ category }) => category))];
  return Array.from({ length: count }, (_, i) => ({
    userId: `demo_user_${i + 1}`,
    likes: [random.pick(categories), random.pick(categories)],
    follows: random.next() < 0.4 ? [random.pick(channels).creatorId] : [],
  }));
}

function beginnings({ userId, follows }: Person, at: number): UserActivityInput[] {
  return [
    { userId, action: 'registration', timeZone: 'Europe/Berlin', occurredAt: at },
    ...follows.map(
      (creatorId, i): UserActivityInput => ({ userId, action: 'follow', creatorId, occurredAt: at + 1_000 * (i + 1) }),
    ),
  ];
}

type Viewing = { readonly person: Person; readonly videos: readonly DemoVideo[]; readonly nowMs: number };

/** One view, and what it leads to: liked categories are watched to the end more often, and liked. */
function viewing(random: Random, { person, videos, nowMs }: Viewing): UserActivityInput[] {
  const video = chosen(random, person, videos);
  const isLiked = person.likes.includes(video.category);
  const earliest = Math.max(video.publishedAt, nowMs - activityHours * hourMs + 60_000);
  const occurredAt = earliest + Math.floor(random.next() * Math.max(0, nowMs - earliest));
  const about = { userId: person.userId, videoId: video.videoId, occurredAt };
  if (!isLiked && random.next() < 0.35) return [{ ...about, action: 'skip' }];
  const share = isLiked ? 0.6 + 0.5 * random.next() : 0.6 * random.next();
  const view: UserActivityInput = {
    ...about,
    action: 'view',
    watchDurationMs: Math.floor(video.durationMs * Math.min(1.05, share)),
  };
  return [view, ...reactions(random, isLiked, about)];
}

function chosen(random: Random, person: Person, videos: readonly DemoVideo[]): DemoVideo {
  const liked = videos.filter(({ category }) => person.likes.includes(category));
  return random.next() < 0.65 && liked.length > 0
    ? (liked[random.rank(liked.length, 0.7)] as DemoVideo)
    : (videos[random.rank(videos.length, 0.9)] as DemoVideo);
}

function reactions(
  random: Random,
  isLiked: boolean,
  about: { userId: string; videoId: string; occurredAt: number },
): UserActivityInput[] {
  const later = { ...about, occurredAt: about.occurredAt + 1 };
  if (isLiked && random.next() < 0.25) return [{ ...later, action: 'like' }];
  if (isLiked && random.next() < 0.08) return [{ ...later, action: 'share' }];
  if (!isLiked && random.next() < 0.05) return [{ ...later, action: 'not_interested' }];
  return [];
}
