// Reads what is known of a user for a ranking: the state of the history and the latest interactions, in one round trip.
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import type { Evidence } from '../processors/feed/ranking/viewer.ts';
import type { History } from '../processors/history/domain.ts';
import { type LiveGenerations, type PartitionTag, stateKey, writeKey } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';
import { parseRecent, recentHash } from './history.ts';

export const userPartition = (userId: string): number => partitionOf(userId, topics.user_activity.partitions);

export type HistoryPlace = { readonly namespace: string; readonly generations: LiveGenerations };

/** The partition of `history` that holds a user. */
export const historyTag = ({ namespace, generations }: HistoryPlace, userId: string): PartitionTag => ({
  namespace,
  generation: generations.live('history'),
  processor: 'history',
  topic: 'user_activity',
  partition: userPartition(userId),
});

/** A user of whom nothing is known. */
export function strangerOf(userId: string): Evidence {
  return { userId, partition: userPartition(userId), history: null, interactions: [] };
}

export async function readEvidence(redis: Redis, place: HistoryPlace, userId: string): Promise<Evidence> {
  const tag = historyTag(place, userId);
  const [state, recent] = await Promise.all([
    redis.hget(stateKey(tag), userId),
    redis.hvals(writeKey(tag, recentHash(userId))),
  ]);
  const history = state === null ? null : (JSON.parse(state) as History);
  return { userId, partition: tag.partition, history, interactions: recent.map(parseRecent) };
}
