// Serves feeds: reads the viewer from Redis, ranks the catalogue held in memory, and keeps a receipt of every item.
import type { Redis } from 'ioredis';
import type { Log } from '../infra/log.ts';
import type { Engagement } from '../processors/engagement/domain.ts';
import type { Candidate } from '../processors/feed/domain.ts';
import type { PublishedModel } from '../processors/feed/ranking/published-model.ts';
import { type Ranked, type RankedPage, rank } from '../processors/feed/ranking/rank.ts';
import { overallToday, rankTrending, type Trend, type TrendOf } from '../processors/feed/ranking/rank-trending.ts';
import { rankerIn } from '../processors/feed/ranking/rankers/list.ts';
import { type Receipt, receiptOf } from '../processors/feed/ranking/receipt.ts';
import { type Query, requestOf } from '../processors/feed/ranking/request.ts';
import { diversityOf } from '../processors/feed/ranking/scorers/diversity.ts';
import { defaultVariant, type VariantName } from '../processors/feed/ranking/variant-names.ts';
import { type Evidence, viewerOf } from '../processors/feed/ranking/viewer.ts';
import { type FactorName, factorNames } from '../processors/feed/ranking/weights.ts';
import { type WhyNot, whyNot } from '../processors/feed/ranking/why-not.ts';
import type { History } from '../processors/history/domain.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import type { Trending } from '../processors/trending/domain.ts';
import { EvidenceReader } from './evidence-reader.ts';
import { type EffectQuestion, type FeedbackEffect, feedbackEffect, type NoEffect } from './feedback.ts';
import { Listeners } from './listeners.ts';
import { PushChannels } from './push-channels.ts';
import { newPageId, Receipts, receiptIdOf, type ServedPage } from './receipts.ts';
import { Replica } from './replica.ts';
import { VideoCatalogue } from './video-catalogue.ts';
import { strangerOf } from './viewer-evidence.ts';

export { InvalidCursor } from './receipts.ts';
export type { Receipt };

export type FeedItem = {
  readonly video_id: string;
  readonly creator_id: string;
  readonly title: string;
  readonly final_score: number;
  readonly explanation: readonly string[];
  readonly confidence: number;
  /** Null if Redis could not keep it. */
  readonly receipt_id: string | null;
  readonly factors: Readonly<Record<FactorName, { value: number; weight: number; contribution: number }>>;
  /** Of a premium video: what it takes to see it. */
  readonly premium?: { readonly coins: number | null; readonly tier: number | null };
  /** In a trending feed, what its place is made of. */
  readonly trend?: Trend;
};

export type FeedPage = {
  /** Whose ranker made it; the default where the asked one has no model yet. */
  readonly variant: VariantName;
  readonly videos: readonly FeedItem[];
  readonly next_cursor: string | null;
};
export type PageQuestion = { readonly limit: number; readonly cursor?: string; readonly now: number };
/** `variant` is the user's own (the default one unless an experiment says otherwise) where it is not given. */
export type PersonalQuestion = PageQuestion & { readonly userId: string; readonly variant?: VariantName };
export type WhyNotQuestion = { readonly userId: string; readonly videoId: string; readonly now: number };
export type VideoStates = {
  readonly candidate: Candidate | null;
  readonly engagement: Engagement | null;
  readonly trending: Trending | null;
};

type Parts = {
  readonly redis: Redis;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly log: Log;
  /** Trained models; without them nothing learned is used. */
  readonly models?: { current(name: VariantName): PublishedModel | null };
  /** Of whom an experiment runs for; of the others null. */
  readonly variantOf?: (userId: string) => VariantName | null;
};
/** One user's scores of given videos. */
export type ScoresQuestion = {
  readonly userId: string;
  readonly videoIds: readonly string[];
  readonly variant: VariantName;
  readonly now: number;
};
type Asked = Pick<ServedPage, 'feed' | 'user_id'> & {
  readonly now: number;
  readonly served: readonly string[];
};

type Ranking = Pick<PersonalQuestion, 'now' | 'limit'> & { readonly variant?: VariantName | undefined };

/** Of the histories: pages that were made of them follow. */
export type HistoryListener = {
  /** Something of this user has been committed. */
  user(userId: string): void;
  /** Commits of this partition may have been missed: any of its users may have changed. */
  partition(partition: number): void;
};

/** A lost push of a history is noticed within this time: ready pages show a user's own events within 1 s. */
const historyCheckMs = 300;
/** A page as long as it is where no limit is given. */
const firstPage = 10;
/** A feed ends after so many videos; the next begins at the front again. */
const servedMax = 5_000;

export class FeedReader {
  readonly #parts: Parts;
  readonly #channels: PushChannels;
  readonly #videos: VideoCatalogue;
  readonly #history: Replica<History>;
  readonly #receipts: Receipts;
  readonly #evidenceReader: EvidenceReader;
  readonly #feedListeners = new Listeners();
  readonly #videoListeners = new Listeners();
  readonly #historyListeners: HistoryListener[] = [];
  /** The histories that personal pages were made of. */
  readonly #madeOf = new WeakMap<FeedPage, History | null>();
  #videosVersion = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#channels = new PushChannels(parts.redis, parts.log);
    const shared = { ...parts, channels: this.#channels };
    this.#videos = new VideoCatalogue(shared);
    this.#history = new Replica({
      ...shared,
      processor: 'history',
      topic: 'user_activity',
      keepsStates: false,
      checkMs: historyCheckMs,
    });
    this.#evidenceReader = new EvidenceReader(parts.redis, parts);
    this.#receipts = new Receipts(parts.redis, parts.namespace);
    this.#videos.onVideo((videoId) => this.#videoListeners.fire(videoId));
    this.#videos.candidates.onChange(() => {
      this.#videosVersion += 1;
    });
    // Who is told of a change may ask at once: what must not be served any more is gone before.
    this.#history.onChange((userId) => {
      this.#evidenceReader.outdate(userId);
      for (const listener of this.#historyListeners) listener.user(userId);
      this.#feedListeners.fire(userId);
    });
    this.#history.onReload((partition) => {
      for (const listener of this.#historyListeners) listener.partition(partition);
      this.#feedListeners.fireAll();
    });
  }

  /** Resolves when everything is loaded; while Redis is away it starts empty and goes on trying. */
  async start(): Promise<void> {
    await this.#channels.start();
    await Promise.all(this.#replicas().map((replica) => replica.start()));
  }

  async stop(): Promise<void> {
    for (const replica of this.#replicas()) replica.stop();
    this.#channels.stop();
  }

  /** A page for a user. @throws InvalidCursor, or what Redis threw while a cursor was looked up */
  async rank({ userId, limit, cursor, now, variant }: PersonalQuestion): Promise<FeedPage> {
    const feed = { feed: 'personal', user_id: userId } as const;
    const [evidence, served] = await Promise.all([this.#evidence(userId), this.#served(cursor, feed)]);
    const query = this.#query(evidence ?? strangerOf(userId), { now, limit, variant });
    const page = await this.#serve(rank({ ...query, served: new Set(served) }), { ...feed, now, served });
    const isWhole = page.videos.every(({ receipt_id }) => receipt_id !== null);
    if (evidence && isWhole) this.#madeOf.set(page, evidence.history);
    return page;
  }

  /** The history that a personal page was made of; undefined of one that is good for this once, as Redis was away. */
  madeOf(page: FeedPage): History | null | undefined {
    return this.#madeOf.get(page);
  }

  /** Another one whenever what any video is, or whether it may be shown, has changed. */
  get videosVersion(): number {
    return this.#videosVersion;
  }

  /** What a video is, the same object until that changes; null of one that may not be shown. */
  shownCandidate(videoId: string): Candidate | null {
    const item = this.#videos.ranking.get(videoId);
    return item?.live ? item.candidate.state : null;
  }

  onHistory(listener: HistoryListener): void {
    this.#historyListeners.push(listener);
  }

  /** A page of what is trending, the same for all; a cursor is one of its window and category. @throws as `rank` */
  async trending({ limit, cursor, now, ...asked }: PageQuestion & Partial<TrendOf>): Promise<FeedPage> {
    const { window, category } = { ...overallToday, ...asked };
    const of = { window, category: category?.trim().toLowerCase() ?? null };
    const feed = { feed: `trending:${of.window}:${of.category ?? ''}`, user_id: null } as const;
    const served = await this.#served(cursor, feed);
    const query = this.#query(strangerOf(''), { now, limit, variant: defaultVariant });
    const page = rankTrending({ ...query, served: new Set(served) }, of);
    return this.#serve(page, { ...feed, now, served });
  }

  /** What each video would score at the top of the user's page, filters aside; 0 for a video that is not known. */
  async scores({ userId, videoIds, variant, now }: ScoresQuestion): Promise<number[]> {
    const request = requestOf(this.#query(await this.userState(userId), { now, limit: 1, variant }));
    const ranker = rankerIn(request);
    return videoIds.map((videoId) => {
      const item = request.catalogue.get(videoId);
      return item ? ranker.base(item, request) + ranker.weights.diversity * diversityOf(item, 0, request) : 0;
    });
  }

  /** The user's next videos ranked twice at the same time: as if one piece of negative feedback had not been, and as it is. */
  effectOf({ now, ...question }: EffectQuestion & { readonly now: number }): Promise<FeedbackEffect | NoEffect> {
    const catalogue = this.#videos.ranking;
    const next = (evidence: Evidence, limit: number) =>
      rank(this.#query(evidence, { now, limit })).items.map(({ item }) => item);
    const outside = { evidence: (userId: string) => this.userState(userId), catalogue, next };
    return feedbackEffect(this.#parts.redis, this.#parts, outside, question);
  }

  /** Why a video is not on a user's first page; null for a video that is not known. */
  async whyNot({ userId, videoId, now }: WhyNotQuestion): Promise<WhyNot | null> {
    return whyNot(this.#query(await this.userState(userId), { now, limit: firstPage }), videoId);
  }

  /** The same bytes whenever it is read, for 24 h. */
  receipt(receiptId: string): Promise<Receipt | null> {
    return this.#receipts.receipt(receiptId);
  }

  /** Videos that are published now. */
  candidateCount(): number {
    return this.#videos.ranking.liveCount;
  }

  /** Whether somebody has a video that is listed. */
  hasVideosOf(creatorId: string): boolean {
    return this.#videos.ranking.byCreator(creatorId).length > 0;
  }

  video(videoId: string): VideoStates | null {
    const candidate = this.#videos.candidates.get(videoId) ?? null;
    const engagement = this.#videos.engagement.get(videoId) ?? null;
    const trending = this.#videos.trending.get(videoId) ?? null;
    return candidate || engagement || trending ? { candidate, engagement, trending } : null;
  }

  userState(userId: string): Promise<Evidence> {
    return this.#evidenceReader.read(userId);
  }

  /** Told of every commit of a processor that this instance copies or listens to. */
  onAdvance(listener: (slug: string, partition: number, offset: number) => void): void {
    const replicas = { ...this.#videos.replicas, history: this.#history };
    for (const [slug, replica] of Object.entries(replicas))
      replica.onAdvance((partition, offset) => listener(slug, partition, offset));
  }

  /** Whether the event at this offset is in what is served here; true for processors that are not copied. */
  caughtUp(slug: string, partition: number, offset: number): boolean {
    const replicas: Readonly<Record<string, Pick<Replica<unknown>, 'caughtUp'>>> = this.#videos.replicas;
    return replicas[slug]?.caughtUp(partition, offset) ?? true;
  }

  /** @returns a function that ends it */
  onFeedChange(userId: string, listener: () => void): () => void {
    return this.#feedListeners.add(userId, listener);
  }

  /** Whether anybody here is told of this user's feed. */
  isFollowed(userId: string): boolean {
    return this.#feedListeners.has(userId);
  }

  onVideoChange(videoId: string, listener: () => void): () => void {
    return this.#videoListeners.add(videoId, listener);
  }

  /** What a ranking for a user is about: the videos, the viewer, the variant and the model of this moment. */
  #query(evidence: Evidence, { now, limit, variant }: Ranking): Query {
    const catalogue = this.#videos.ranking;
    return {
      catalogue,
      viewer: viewerOf(evidence, catalogue),
      now,
      limit,
      served: new Set(),
      variant: variant ?? this.#parts.variantOf?.(evidence.userId) ?? defaultVariant,
      published: this.#parts.models?.current('learned') ?? null,
    };
  }

  #replicas() {
    return [...Object.values(this.#videos.replicas), this.#history];
  }

  async #evidence(userId: string): Promise<Evidence | null> {
    try {
      return await this.userState(userId);
    } catch (error) {
      this.#parts.log.warn(
        { error: String(error) },
        'the feed is served as to a stranger: the history is not readable',
      );
      return null;
    }
  }

  async #served(cursor: string | undefined, of: Pick<ServedPage, 'feed' | 'user_id'>): Promise<readonly string[]> {
    return cursor === undefined ? [] : (await this.#receipts.page(cursor, of)).served;
  }

  async #serve(page: RankedPage, asked: Asked): Promise<FeedPage> {
    const pageId = newPageId();
    const served = [...asked.served, ...page.items.map(({ item }) => item.id)];
    const { variant, model } = page;
    const receipts = page.items.map((ranked, index) =>
      receiptOf(ranked, {
        variant,
        model,
        receiptId: receiptIdOf(pageId, index),
        userId: asked.user_id,
        now: asked.now,
        position: asked.served.length + index + 1,
      }),
    );
    const kept = await this.#keep(pageId, { feed: asked.feed, user_id: asked.user_id, served, receipts });
    return {
      variant,
      videos: page.items.map((ranked, index) => itemOf(ranked, kept ? receiptIdOf(pageId, index) : null)),
      next_cursor: kept && page.more && served.length < servedMax ? pageId : null,
    };
  }

  async #keep(pageId: string, page: ServedPage): Promise<boolean> {
    try {
      await this.#receipts.keep(pageId, page);
      return true;
    } catch (error) {
      this.#parts.log.warn({ error: String(error) }, 'a page is served without receipts: they could not be kept');
      return false;
    }
  }
}

function itemOf(ranked: Ranked & { readonly trend?: Trend }, receiptId: string | null): FeedItem {
  const factors = factorNames.map((name) => {
    const { value, weight, contribution } = ranked.factors[name];
    return [name, { value, weight, contribution }] as const;
  });
  return {
    video_id: ranked.item.id,
    creator_id: ranked.item.creatorId,
    title: ranked.item.candidate.state.title,
    final_score: ranked.score,
    explanation: ranked.sentences,
    confidence: ranked.confidence,
    receipt_id: receiptId,
    factors: Object.fromEntries(factors) as FeedItem['factors'],
    ...premiumOf(ranked.item.candidate.state),
    ...(ranked.trend && { trend: ranked.trend }),
  };
}

function premiumOf({ premiumCoins: coins, premiumTier: tier }: Candidate) {
  return coins > 0 || tier > 0 ? { premium: { coins: coins || null, tier: tier || null } } : {};
}
