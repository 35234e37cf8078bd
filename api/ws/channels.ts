// The channels of /ws: a user's current top 10, a video's live counters, a user's wallet with what has come and gone, and a user's matches.
import { countersOf } from '../../projections/videos.ts';
import { idPattern } from '../../schemas/ids.ts';
import type { Services } from '../ports.ts';
import { datingShown } from '../services/dating-people.ts';
import { walletShown } from '../services/wallet-shown.ts';

/** What a channel shows, read whole each time; `changes` calls back when it may have changed. */
export type Source = {
  readonly read: () => Promise<unknown>;
  readonly changes: (listener: () => void) => () => void;
  /** Two readings with the same fingerprint need not both be sent. */
  readonly fingerprint: (data: unknown) => string;
};

const channelPattern = new RegExp(`^(feed|video|wallet|dating):(${idPattern.slice(1, -1)})$`);
export const channelsExpected = 'feed:<userId>, video:<videoId>, wallet:<userId> or dating:<userId>';
const feedLength = 10;

/** @returns null unless it is the name of a channel. */
export function sourceOf(channel: string, services: Services): Source | null {
  const [, kind, id] = channelPattern.exec(channel) ?? [];
  if (id === undefined) return null;
  if (kind === 'wallet') return walletOf(id, services);
  if (kind === 'dating') return datingOf(id, services);
  return kind === 'feed' ? feedOf(id, services) : videoOf(id, services);
}

function walletOf(userId: string, services: Services): Source {
  return {
    read: () => walletShown(services, userId),
    changes: (listener) => services.wallets.onChange(userId, listener),
    fingerprint: (data) => JSON.stringify(data),
  };
}

/** Of one partition, read whole from its commit: each match and unlock is told as it is committed, and once. */
function datingOf(userId: string, services: Services): Source {
  return {
    read: () => datingShown(services, userId),
    changes: (listener) => services.people.onChange(userId, listener),
    fingerprint: (data) => JSON.stringify(data),
  };
}

function feedOf(userId: string, services: Services): Source {
  return {
    read: () => services.feed.rank({ userId, limit: feedLength, now: services.now() }),
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

function videoOf(videoId: string, services: Services): Source {
  return {
    read: async () => {
      const figures = await services.videos.figures(videoId);
      return {
        video_id: videoId,
        offset: figures?.engagement?.offset ?? null,
        ...countersOf(figures?.engagement ?? null),
      };
    },
    changes: (listener) => services.feed.onVideoChange(videoId, listener),
    fingerprint: (data) => JSON.stringify(data),
  };
}
