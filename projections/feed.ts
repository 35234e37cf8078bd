// Serves feeds: reads the viewer from Redis, ranks the catalogue held in memory, and keeps a receipt of every item.
import type { Redis } from 'ioredis';
import type { Log } from '../infra/log.ts';
import type { Engagement } from '../processors/engagement/domain.ts';
import type { Candidate } from '../processors/feed/domain.ts';
import { type Ranked, type RankedPage, rank } from '../processors/feed/ranking/rank.ts';
import { overallToday, rankTrending, type Trend, type TrendOf } from '../processors/feed/ranking/rank-trending.ts';
import { type Receipt, receiptOf } from '../processors/feed/ranking/receipt.ts';
import { type Evidence, viewerOf } from '../processors/feed/ranking/viewer.ts';
import { type FactorName, factorNames } from '../processors/feed/ranking/weights.ts';
import type { History } from '../processors/history/domain.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import type { Trending } from '../processors/trending/domain.ts';
import { Listeners } from './listeners.ts';
import { PushChannels } from './push-channels.ts';
import { newPageId, Receipts, receiptIdOf, type ServedPage } from './receipts.ts';
import { Replica } from './replica.ts';
import { VideoCatalogue } from './video-catalogue.ts';
import { readEvidence, strangerOf } from './viewer-evidence.ts';

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
  /** In a trending feed, what its place is made of. */
  readonly trend?: Trend;
};

export type FeedPage = { readonly videos: readonly FeedItem[]; readonly next_cursor: string | null };
export type PageQuestion = { readonly limit: number; readonly cursor?: string; readonly now: number };
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
};
type Asked = Pick<ServedPage, 'feed' | 'user_id'> & { readonly now: number; readonly served: readonly string[] };

/** A feed ends after so many videos; the next begins at the front again. */
const servedMax = 5_000;

export class FeedReader {
  readonly #parts: Parts;
  readonly #channels: PushChannels;
  readonly #videos: VideoCatalogue;
  readonly #history: Replica<History>;
  readonly #receipts: Receipts;
  readonly #feedListeners = new Listeners();
  readonly #videoListeners = new Listeners();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#channels = new PushChannels(parts.redis, parts.log);
    const shared = { ...parts, channels: this.#channels };
    this.#videos = new VideoCatalogue(shared);
    this.#history = new Replica({ ...shared, processor: 'history', topic: 'user_activity', keepsStates: false });
    this.#receipts = new Receipts(parts.redis, parts.namespace);
    this.#videos.onVideo((videoId) => this.#videoListeners.fire(videoId));
    this.#history.onChange((userId) => this.#feedListeners.fire(userId));
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
  async rank({ userId, limit, cursor, now }: PageQuestion & { readonly userId: string }): Promise<FeedPage> {
    const feed = { feed: 'personal', user_id: userId } as const;
    const [evidence, served] = await Promise.all([this.#evidence(userId), this.#served(cursor, feed)]);
    const catalogue = this.#videos.ranking;
    const viewer = viewerOf(evidence, catalogue);
    const page = rank({ catalogue, viewer, now, limit, served: new Set(served) });
    return this.#serve(page, { ...feed, now, served });
  }

  /** A page of what is trending, the same for all; a cursor is one of its window and category. @throws as `rank` */
  async trending({ limit, cursor, now, ...asked }: PageQuestion & Partial<TrendOf>): Promise<FeedPage> {
    const { window, category } = { ...overallToday, ...asked };
    const of = { window, category: category?.trim().toLowerCase() ?? null };
    const feed = { feed: `trending:${of.window}:${of.category ?? ''}`, user_id: null } as const;
    const served = await this.#served(cursor, feed);
    const catalogue = this.#videos.ranking;
    const viewer = viewerOf(strangerOf(''), catalogue);
    const page = rankTrending({ catalogue, viewer, now, limit, served: new Set(served) }, of);
    return this.#serve(page, { ...feed, now, served });
  }

  /** The same bytes whenever it is read, for 24 h. */
  receipt(receiptId: string): Promise<Receipt | null> {
    return this.#receipts.receipt(receiptId);
  }

  /** Videos that are published now. */
  candidateCount(): number {
    return this.#videos.ranking.liveCount;
  }

  video(videoId: string): VideoStates | null {
    const candidate = this.#videos.candidates.get(videoId) ?? null;
    const engagement = this.#videos.engagement.get(videoId) ?? null;
    const trending = this.#videos.trending.get(videoId) ?? null;
    return candidate || engagement || trending ? { candidate, engagement, trending } : null;
  }

  userState(userId: string): Promise<Evidence> {
    return readEvidence(this.#parts.redis, this.#parts, userId);
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

  onVideoChange(videoId: string, listener: () => void): () => void {
    return this.#videoListeners.add(videoId, listener);
  }

  #replicas() {
    return [...Object.values(this.#videos.replicas), this.#history];
  }

  async #evidence(userId: string): Promise<Evidence> {
    try {
      return await this.userState(userId);
    } catch (error) {
      this.#parts.log.warn(
        { error: String(error) },
        'the feed is served as to a stranger: the history is not readable',
      );
      return strangerOf(userId);
    }
  }

  async #served(cursor: string | undefined, of: Pick<ServedPage, 'feed' | 'user_id'>): Promise<readonly string[]> {
    return cursor === undefined ? [] : (await this.#receipts.page(cursor, of)).served;
  }

  async #serve(page: RankedPage, asked: Asked): Promise<FeedPage> {
    const pageId = newPageId();
    const served = [...asked.served, ...page.items.map(({ item }) => item.id)];
    const receipts = page.items.map((ranked, index) =>
      receiptOf(ranked, {
        receiptId: receiptIdOf(pageId, index),
        userId: asked.user_id,
        now: asked.now,
        position: asked.served.length + index + 1,
      }),
    );
    const kept = await this.#keep(pageId, { feed: asked.feed, user_id: asked.user_id, served, receipts });
    return {
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
    ...(ranked.trend && { trend: ranked.trend }),
  };
}
