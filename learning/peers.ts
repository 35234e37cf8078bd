// What every recommender has to beat: chance, popularity, popularity that fades, and similarity of items by cosine.
import { stableHash } from '../processors/feed/ranking/stable-hash.ts';
import type { UserActivity } from '../schemas/generated.ts';

export type Scorer = (userId: string, videoId: string) => number;

const dayMs = 86_400_000;

/** @param activity the log to learn from, in its order; @param now its end in ms */
export function peersOf(activity: readonly UserActivity[], now: number): Readonly<Record<string, Scorer>> {
  const likes = activity.flatMap((event) => (event.action === 'like' ? [event] : []));
  return {
    random: (userId, videoId) => stableHash(`${userId}/${videoId}`) / 2 ** 32,
    popularity: fadingPopularity(likes, now, Number.POSITIVE_INFINITY),
    'recency 14 d': fadingPopularity(likes, now, 14),
    'recency 90 d': fadingPopularity(likes, now, 90),
    'item-kNN': itemNeighbours(likes),
  };
}

type Like = Extract<UserActivity, { action: 'like' }>;

/** Likes, each worth half after so many days. */
function fadingPopularity(likes: readonly Like[], now: number, halfLifeDays: number): Scorer {
  const points = new Map<string, number>();
  for (const { videoId, occurredAt } of likes) {
    points.set(videoId, (points.get(videoId) ?? 0) + 2 ** (-(now - occurredAt) / dayMs / halfLifeDays));
  }
  return (_user, videoId) => points.get(videoId) ?? 0;
}

/** The sum of the cosines of a video and those that the user liked: users of both / √(users of one × users of the other). */
function itemNeighbours(likes: readonly Like[]): Scorer {
  const usersOf = new Map<string, Set<string>>();
  const videosOf = new Map<string, Set<string>>();
  for (const { userId, videoId } of likes) {
    added(usersOf, videoId, userId);
    added(videosOf, userId, videoId);
  }
  const empty: ReadonlySet<string> = new Set();
  const cosine = (a: string, b: string) => {
    const [one, other] = [usersOf.get(a) ?? empty, usersOf.get(b) ?? empty];
    if (one.size === 0 || other.size === 0) return 0;
    const [small, large] = one.size < other.size ? [one, other] : [other, one];
    let both = 0;
    for (const user of small) if (large.has(user)) both += 1;
    return both / Math.sqrt(one.size * other.size);
  };
  return (userId, videoId) => {
    let sum = 0;
    for (const own of videosOf.get(userId) ?? empty) if (own !== videoId) sum += cosine(own, videoId);
    return sum;
  };
}

function added(sets: Map<string, Set<string>>, key: string, value: string): void {
  const known = sets.get(key);
  if (known) known.add(value);
  else sets.set(key, new Set([value]));
}
