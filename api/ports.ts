// What the services ask of the rest of the platform; a part that is still connecting answers by refusing.

import type { TrendOf } from '../processors/feed/ranking/rank-trending.ts';
import type { WhyNot } from '../processors/feed/ranking/why-not.ts';
import type { DatingCandidates } from '../projections/dating-candidates.ts';
import type { Experiment } from '../projections/experiment-lifecycle.ts';
import type { ExperimentReader } from '../projections/experiment-results.ts';
import type { WhyNotQuestion } from '../projections/feed.ts';
import type { EffectQuestion, FeedbackEffect, NoEffect } from '../projections/feedback.ts';
import type { GiftBoards } from '../projections/gift-boards.ts';
import type { HistoryPage, HistoryReader } from '../projections/history-reader.ts';
import type { Leaderboards } from '../projections/leaderboards.ts';
import type { PairReader } from '../projections/pairs.ts';
import type { Positions } from '../projections/positions.ts';
import type { Recipients } from '../projections/recipients.ts';
import type { StatementReader } from '../projections/statements.ts';
import type { Topology } from '../projections/topology.ts';
import type { VideoFigures } from '../projections/videos.ts';
import type { Visibility } from '../projections/visibility.ts';
import type { WalletReader } from '../projections/wallets.ts';
import type { Caller } from './access.ts';
import type { Auth } from './account-door.ts';
import type { DatingDoor } from './dating-door.ts';
import type { Health } from './health.ts';
import type { Client } from './identity/sessions.ts';
import type { Peer } from './limits/addresses.ts';
import { type Limits, noLimits } from './limits/limits.ts';
import type { Metrics } from './metrics.ts';
import type { MoneyDoor } from './money-door.ts';
import type { PaymentDoor } from './payment-door.ts';
import type { People } from './people-door.ts';
import type { Refusal } from './problems.ts';
import type { SecurityDesk } from './security-desk.ts';
import type { Soon } from './soon.ts';
import { type Dependency, Unavailable } from './unavailable.ts';

export type FeedItem = Readonly<Record<string, unknown>> & { readonly video_id: string; readonly final_score: number };
export type FeedPage = {
  readonly variant: string;
  readonly videos: readonly FeedItem[];
  readonly next_cursor: string | null;
};
export type PageRequest = { readonly limit: number; readonly cursor?: string; readonly now: number };

export type Feed = {
  /**
   * At once where the page is ready.
   * @param request `unseen`: the page is shown to nobody; `isFresh`: no page does that was made before
   */
  rank(
    request: PageRequest & { readonly userId: string; readonly unseen?: boolean; readonly isFresh?: boolean },
  ): Soon<FeedPage>;
  trending(request: PageRequest & TrendOf): Promise<FeedPage>;
  receipt(id: string): Promise<object | null>;
  candidateCount(): number;
  onFeedChange(userId: string, listener: () => void): () => void;
  onVideoChange(videoId: string, listener: () => void): () => void;
};

/** What the feed makes of what a user does not want. */
export type Feedback = {
  effectOf(question: EffectQuestion & { readonly now: number }): Promise<FeedbackEffect | NoEffect>;
  whyNot(question: WhyNotQuestion): Promise<WhyNot | null>;
};

export type Acknowledgement = {
  readonly eventId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly token: string;
};

export type EventOrigin = { readonly correlationId: string; readonly now: number };

/** The door for what clients post: validates, publishes, waits for the broker's acknowledgement. What is refused is so at once. */
export type Events = {
  post(event: object, origin: EventOrigin): Soon<Acknowledgement | Refusal>;
};

export type HistoryQuestion = Parameters<HistoryReader['page']>[0];

export type ExperimentBook = {
  find(experimentId: string): Experiment | null;
  /** Newest first. */
  list(limit: number): readonly Experiment[];
  sums: ExperimentReader['sums'];
};

export type Wallets = Pick<WalletReader, 'account' | 'unlocked' | 'unlocks' | 'request'> & {
  /** Told when the statement of an account has a new line. */
  onChange(accountId: string, listener: () => void): () => void;
};

export type VisibleProfiles = {
  /** Whether this person can be seen by others; null if that cannot be said yet: a refusal would be remembered. */
  isVisible(userId: string): Promise<boolean | null>;
};

/** What a caller shows of itself, whichever door it came through. */
export type Credentials = {
  /** The value of `Authorization` (a header, or metadata in gRPC). */
  readonly authorization?: string | undefined;
};

export type Identity = {
  /** The caller behind credentials; without any `demo` or `anonymous`, a bad, expired or revoked token is refused. */
  callerOf(credentials: Credentials): Soon<Caller | Refusal>;
  /** Headers of every answer, through whichever door (metadata in gRPC). */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Told of each session that ends, at once, on every instance: what is open in its name closes. */
  onSessionEnd?(listener: (sessionId: string) => void): () => void;
};

export type Services = {
  readonly identity: Identity;
  readonly limits: Limits;
  readonly auth: Auth;
  readonly money: MoneyDoor;
  readonly payments: PaymentDoor;
  readonly security: SecurityDesk;
  readonly wallets: Wallets;
  readonly candidates: Pick<DatingCandidates, 'page' | 'suits'>;
  readonly datingDoor: DatingDoor;
  readonly pairs: Pick<PairReader, 'pair' | 'request'>;
  readonly profiles: VisibleProfiles;
  readonly people: People;
  readonly statements: Pick<StatementReader, 'page' | 'asOf' | 'revenue' | 'after'>;
  readonly giftBoards: Pick<GiftBoards, 'top'>;
  readonly recipients: Pick<Recipients, 'isKnown'>;
  readonly feed: Feed;
  readonly feedback: Feedback;
  readonly events: Events;
  readonly history: { page(question: HistoryQuestion): Promise<HistoryPage> };
  readonly videos: { figures(videoId: string): Promise<VideoFigures | null> };
  readonly experiments: ExperimentBook;
  readonly leaderboards: Pick<Leaderboards, 'topVideos' | 'topCreators'>;
  readonly positions: Pick<Positions, 'generation' | 'of' | 'ofAll' | 'onGeneration'>;
  readonly visibility: Visibility;
  readonly topology: Topology;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly now: () => number;
};

/** What belongs to one call, whichever way it came. */
export type Call = {
  readonly requestId: string;
  readonly caller: Caller;
  /** Whose address it comes from. */
  readonly peer?: Peer;
  /** Headers for the answer that have nothing to do with what it says. */
  readonly tell?: (headers: Readonly<Record<string, string>>) => void;
  /** Where it comes from, where the door knows. */
  readonly client?: Client;
  /** Of a request for money, as the caller gave it. */
  readonly idempotencyKey?: string;
  /** The call has waited for an event: what was made before it does not answer it. */
  readonly hasWaited?: true;
  /** Aborted once nobody waits for the answer any more: its deadline has passed, or the caller has gone. */
  readonly ended?: () => AbortSignal;
};

/** What the services stand on: the feed and its videos, the doors to the log, people, the statements in Cassandra. */
export type Part = 'videos' | 'log' | 'people' | 'statements' | 'security';

export type Provide = <Name extends keyof Services>(name: Name, part: Services[Name]) => void;
const dependencyOf: Partial<Record<keyof Services, Dependency>> = {
  auth: 'kafka',
  events: 'kafka',
  experiments: 'kafka',
  history: 'cassandra',
  security: 'kafka',
  statements: 'cassandra',
};

/** What a service that is not there yet waits for, and on whom that depends. */
export type Awaited = { readonly dependency: Dependency; readonly detail: string };
type Late = {
  readonly services: Services;
  readonly provide: Provide;
  /** Who connects them knows better than this table what is missing. */
  readonly explain: (awaited: (usual: Dependency) => Awaited | null) => void;
};

/** Services whose parts come one by one: until a part is there, whoever asks for it gets `Unavailable`. */
export function lateServices(): Late {
  let explained: (usual: Dependency) => Awaited | null = () => null;
  const missing = new Proxy({} as Services, {
    get(_target, name) {
      const dependency = dependencyOf[name as keyof Services] ?? 'redis';
      const awaited = explained(dependency) ?? { dependency, detail: `still connecting to ${dependency}` };
      throw new Unavailable(awaited.dependency, awaited.detail);
    },
  });
  // What is there is found without the proxy, which every call would otherwise pass several times.
  const services = Object.create(missing, {
    limits: { value: noLimits, writable: true, configurable: true },
  }) as Services;
  const provide: Provide = (name, value) =>
    void Object.defineProperty(services, name, { value, writable: true, configurable: true, enumerable: true });
  const explain: Late['explain'] = (awaited) => {
    explained = awaited;
  };
  return { services, provide, explain };
}
