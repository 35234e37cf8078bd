// Where in Redis a user's history is, and what a ranking is given of somebody of whom nothing is known.
import { partitionOf } from '../infra/kafka.ts';
import type { Evidence } from '../processors/feed/ranking/viewer.ts';
import type { LiveGenerations, PartitionTag } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';

export const userPartition = (userId: string): number => partitionOf(userId, topics.user_activity.partitions);

export type HistoryPlace = { readonly namespace: string; readonly generations: LiveGenerations };

export const historyTagAt = ({ namespace, generations }: HistoryPlace, partition: number): PartitionTag => ({
  namespace,
  generation: generations.live('history'),
  processor: 'history',
  topic: 'user_activity',
  partition,
});

/** The partition of `history` that holds a user. */
export const historyTag = (place: HistoryPlace, userId: string): PartitionTag =>
  historyTagAt(place, userPartition(userId));

/** A user of whom nothing is known. */
export function strangerOf(userId: string): Evidence {
  return { userId, partition: userPartition(userId), history: null, interactions: [] };
}
