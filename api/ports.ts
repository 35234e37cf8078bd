// What the services ask of the rest of the platform; a part that is still connecting answers by refusing.

import type { TrendOf } from '../processors/feed/ranking/rank-trending.ts';
import type { HistoryPage, HistoryReader } from '../projections/history-reader.ts';
import type { Leaderboards } from '../projections/leaderboards.ts';
import type { Topology } from '../projections/topology.ts';
import type { VideoFigures } from '../projections/videos.ts';
import type { Visibility } from '../projections/visibility.ts';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';
import type { Refusal } from './problems.ts';
import { type Dependency, Unavailable } from './unavailable.ts';

export type FeedItem = Readonly<Record<string, unknown>> & { readonly video_id: string; readonly final_score: number };
export type FeedPage = { readonly videos: readonly FeedItem[]; readonly next_cursor: string | null };
export type PageRequest = { readonly limit: number; readonly cursor?: string; readonly now: number };

export type Feed = {
  rank(request: PageRequest & { readonly userId: string }): Promise<FeedPage>;
  trending(request: PageRequest & TrendOf): Promise<FeedPage>;
  receipt(id: string): Promise<object | null>;
  candidateCount(): number;
  onFeedChange(userId: string, listener: () => void): () => void;
  onVideoChange(videoId: string, listener: () => void): () => void;
};

export type Acknowledgement = {
  readonly eventId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly token: string;
};

export type EventOrigin = { readonly correlationId: string; readonly now: number };

/** The door for what clients post: validates, publishes, waits for the broker's acknowledgement. */
export type Events = {
  post(event: object, origin: EventOrigin): Promise<Acknowledgement | Refusal>;
};

export type HistoryQuestion = Parameters<HistoryReader['page']>[0];

export type Services = {
  readonly feed: Feed;
  readonly events: Events;
  readonly history: { page(question: HistoryQuestion): Promise<HistoryPage> };
  readonly videos: { figures(videoId: string): Promise<VideoFigures | null> };
  readonly leaderboards: Pick<Leaderboards, 'topVideos' | 'topCreators'>;
  readonly visibility: Visibility;
  readonly topology: Topology;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly now: () => number;
};

/** What belongs to one call, whichever way it came. */
export type Call = { readonly requestId: string };

export type Provide = <Name extends keyof Services>(name: Name, part: Services[Name]) => void;
const dependencyOf: Partial<Record<keyof Services, Dependency>> = { events: 'kafka', history: 'cassandra' };

/** Services whose parts come one by one: until a part is there, whoever asks for it gets `Unavailable`. */
export function lateServices(): { readonly services: Services; readonly provide: Provide } {
  const parts = new Map<string | symbol, unknown>();
  const services = new Proxy({} as Services, {
    get(_target, name) {
      if (parts.has(name)) return parts.get(name);
      const dependency = dependencyOf[name as keyof Services] ?? 'redis';
      throw new Unavailable(dependency, `still connecting to ${dependency}`);
    },
  });
  return { services, provide: (name, part) => void parts.set(name, part) };
}
