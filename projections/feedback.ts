// Answers what a piece of negative feedback has done to its user's feed, and whose feedback an event id is.
import type { Redis } from 'ioredis';
import type { Catalogue } from '../processors/feed/ranking/catalogue.ts';
import type { Item } from '../processors/feed/ranking/item.ts';
import {
  type Effect,
  effectOn,
  evidenceWithout,
  type Feedback,
  feedbackOf,
  whatOf,
} from '../processors/feed/ranking/negative-effect.ts';
import type { Evidence } from '../processors/feed/ranking/viewer.ts';
import { writeKey } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';
import { feedbackHash, feedbackPlace } from './history.ts';
import { type HistoryPlace, historyTagAt, userPartition } from './viewer-evidence.ts';

export type EffectQuestion = {
  readonly eventId: string;
  /** Looked up by the event id where it is not given. */
  readonly userId?: string;
  /** So many of the next videos are looked at. */
  readonly items: number;
};

export type FeedbackEffect = Effect &
  Feedback & { readonly userId: string; readonly topic: 'user_activity'; readonly partition: number };

/** Why there is no answer. */
export type NoEffect = 'unknown_event' | 'unknown_video';

type Outside = {
  readonly evidence: (userId: string) => Promise<Evidence>;
  readonly catalogue: Catalogue;
  /** The next videos for what is known of a user. */
  readonly next: (evidence: Evidence, items: number) => readonly Item[];
};

export async function feedbackEffect(
  redis: Redis,
  place: HistoryPlace,
  { evidence, catalogue, next }: Outside,
  { eventId, userId: given, items }: EffectQuestion,
): Promise<FeedbackEffect | NoEffect> {
  const userId = given ?? (await userOf(redis, place, eventId));
  if (userId === null) return 'unknown_event';
  const known = await evidence(userId);
  const feedback = feedbackOf(known, eventId);
  if (!feedback) return 'unknown_event';
  const what = whatOf(feedback, catalogue);
  if (!what) return 'unknown_video';
  const before = next(evidenceWithout(known, feedback), items);
  const effect = effectOn(what, before, next(known, items), catalogue);
  return { ...feedback, ...effect, userId, topic: 'user_activity', partition: userPartition(userId) };
}

/** Asks every partition, as an event id does not tell its own; null once a later one has taken its place. */
async function userOf(redis: Redis, place: HistoryPlace, eventId: string): Promise<string | null> {
  const partitions = Array.from({ length: topics.user_activity.partitions }, (_, partition) => partition);
  const values = await Promise.all(
    partitions.map((partition) =>
      redis.hget(writeKey(historyTagAt(place, partition), feedbackHash), feedbackPlace(eventId)),
    ),
  );
  for (const value of values) {
    const [id, userId] = value === null ? [] : (JSON.parse(value) as string[]);
    if (id === eventId) return userId ?? null;
  }
  return null;
}
