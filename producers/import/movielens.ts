// MovieLens ratings as uploads and activity: each rating is a view, 4 or more also a like, less than 3 also "not interested". Pure.
import type { UserActivityInput } from '../activity.ts';
import type { VideoUploadInput } from '../uploads.ts';
import { type ImportedLog, inOrderOfTime, type LogRow } from './log.ts';

export type MovieLensItem = Readonly<Record<'item' | 'title' | 'release_date' | 'genres', string>>;
export type MovieLensRating = Readonly<Record<'user' | 'item' | 'rating' | 'timestamp', string>>;

const likedFrom = 4;
const dislikedBelow = 3;

export const videoIdOf = (item: string) => `ml_${item}`;
export const userIdOf = (user: string) => `ml_${user}`;

export function movieLensLog(
  name: string,
  items: readonly MovieLensItem[],
  ratings: readonly MovieLensRating[],
): ImportedLog {
  return { name, uploads: items.map(uploadOf), rows: inOrderOfTime(ratings.map(rowOf)) };
}

/** The data names no directors, so each film has a creator of its own; its length is unknown. */
function uploadOf({ item, title, release_date, genres }: MovieLensItem): VideoUploadInput {
  const tags = genres.split('|').filter(Boolean);
  const released = Date.parse(`${release_date} UTC`);
  const publishedAt = Number.isFinite(released) ? Math.max(0, released) : 0;
  const creatorId = `ml_creator_${item}`;
  const facts = { title: title || `Film ${item}`, category: tags[0] ?? 'unknown', tags, durationMs: 0, publishedAt };
  return {
    videoId: videoIdOf(item),
    action: 'published',
    creatorId,
    actorId: creatorId,
    occurredAt: publishedAt,
    ...facts,
  };
}

function rowOf({ user, item, rating, timestamp }: MovieLensRating): LogRow {
  const occurredAt = Number(timestamp) * 1_000;
  const about = { userId: userIdOf(user), videoId: videoIdOf(item), occurredAt };
  const events: UserActivityInput[] = [{ ...about, action: 'view', watchDurationMs: 0 }];
  if (Number(rating) >= likedFrom) events.push({ ...about, action: 'like' });
  if (Number(rating) < dislikedBelow) events.push({ ...about, action: 'not_interested' });
  return { at: occurredAt, events };
}
