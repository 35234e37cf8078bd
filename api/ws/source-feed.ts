// A user's first page of the feed; the sequence is how far that user's events had been folded when it was ranked.
import { partitionOf } from '../../infra/kafka.ts';
import { topics } from '../../schemas/topics.ts';
import type { Services } from '../ports.ts';
import type { ValueSource } from './sources.ts';

const feedLength = 10;
const folding = { processor: 'history', topic: 'user_activity' } as const;

export function feedSource(userId: string, services: Services): ValueSource {
  const partition = partitionOf(userId, topics.user_activity.partitions);
  return {
    kind: 'value',
    // The page depends on videos and on time as well: the same place in the log may have another.
    isExact: false,
    read: async () => {
      // Before the ranking: it can only know more.
      const { generation, next } = await services.positions.of(folding, partition);
      const data = await services.feed.rank({ userId, limit: feedLength, now: services.now() });
      return { sequence: { generation, offset: next - 1, index: 0 }, data };
    },
    changes: (listener) => services.feed.onFeedChange(userId, listener),
    fingerprint: (data) => JSON.stringify((data as { videos: readonly FeedEntry[] }).videos.map(whatIsShown)),
  };
}

type FeedEntry = { readonly video_id: string; readonly final_score: number; readonly explanation?: unknown };

/** Receipts are new at every reading and scores fade by themselves: neither alone is a change. */
const whatIsShown = ({ video_id, final_score, explanation }: FeedEntry) => [
  video_id,
  final_score.toFixed(3),
  explanation,
];
