// Folds events through the pure domains into what a ranking reads, so that a test says what happened and asks for the page.
import { type Engagement, evolve as engage, initialState as noEngagement } from '../processors/engagement/domain.ts';
import { type Candidate, initialState as noCandidate, evolve as shelve } from '../processors/feed/domain.ts';
import { Catalogue } from '../processors/feed/ranking/catalogue.ts';
import type { Interaction } from '../processors/feed/ranking/opinion.ts';
import { rank } from '../processors/feed/ranking/rank.ts';
import { type Evidence, viewerOf } from '../processors/feed/ranking/viewer.ts';
import {
  type History,
  isAboutVideo,
  initialState as noHistory,
  evolve as remember,
} from '../processors/history/domain.ts';
import { initialState as noTrending, type Trending, evolve as trend } from '../processors/trending/domain.ts';
import { parseRecent, recentField } from '../projections/history.ts';
import type { UserActivity, VideoEngagement, VideoUpload } from '../schemas/generated.ts';
import type { TopicName } from '../schemas/topics.ts';

export const hour = 3_600_000;
export const day = 24 * hour;
/** The logical time at which tests rank, unless they say otherwise. */
export const now = Date.UTC(2026, 0, 15, 12);

type VideoFacts = {
  id: string;
  creator?: string;
  category?: string;
  tags?: string[];
  durationMs?: number;
  at?: number;
};
type Act = {
  user: string;
  action: string;
  video?: string;
  creator?: string;
  /** Whom a block or a report is about. */
  target?: string;
  watchMs?: number;
  reason?: string;
  eventId?: string;
  at?: number;
};

const base = {
  eventId: 'e',
  occurredAt: 0,
  actorId: 'a',
  correlationId: 'c',
  source: 'test',
  ruleSet: 1,
  origin: null,
};
const momentOf = (topic: TopicName, offset: number, at: number) => ({ topic, partition: 0, offset, now: at });

/** Everything in partition 0 of each topic, offsets in the order of the calls. */
export class Given {
  readonly candidates = new Map<string, Candidate>();
  readonly engagement = new Map<string, Engagement>();
  readonly trending = new Map<string, Trending>();
  readonly histories = new Map<string, History>();
  readonly recent = new Map<string, Map<string, string>>();
  #uploads = 0;
  #figures = 0;
  #activity = 0;

  /** Offset that the next user activity will have. */
  get nextActivity(): number {
    return this.#activity;
  }

  video({
    id,
    creator = `by-${id}`,
    category = 'comedy',
    tags = [],
    durationMs = 10_000,
    at = now - day,
  }: VideoFacts): this {
    const facts = { ...base, videoId: id, creatorId: creator, category, durationMs, publishedAt: at };
    const rest = { title: `Title of ${id}`, tags, originalUrl: null, premiumCoins: null, premiumTier: null };
    this.upload({ ...facts, ...rest, action: 'published' } as VideoUpload, at);
    return this.#figure({ ...facts, action: 'published' } as VideoEngagement, at);
  }

  upload(event: VideoUpload, at = now): this {
    const state = this.candidates.get(event.videoId) ?? noCandidate();
    this.candidates.set(event.videoId, shelve(state, event, momentOf('video_uploads', this.#uploads++, at)));
    return this;
  }

  removed(id: string): this {
    return this.upload({ ...base, videoId: id, action: 'removed', creatorId: null, reason: null } as VideoUpload);
  }

  moderated(id: string): this {
    return this.upload({ ...base, videoId: id, action: 'moderated', creatorId: null, reason: 'spam' } as VideoUpload);
  }

  /** One or several of the same; for the video's figures each is another person's, as one person's would count once. */
  act(
    { user, action, video, creator, target, reason, watchMs = 0, eventId = 'e', at = now - hour }: Act,
    times = 1,
  ): this {
    for (let n = 0; n < times; n++) {
      const event = {
        ...base,
        eventId,
        userId: user,
        action,
        videoId: video ?? null,
        creatorId: creator,
        targetUserId: target,
        reason: reason ?? null,
        watchDurationMs: watchMs,
      };
      this.#activityOf(event as unknown as UserActivity, at);
      const userId = n === 0 ? user : `${user}-${n}`;
      if (video && isAboutVideo(event as unknown as UserActivity))
        this.#figure({ ...event, userId, reason: null } as unknown as VideoEngagement, at);
    }
    return this;
  }

  #activityOf(event: UserActivity, at: number): void {
    const moment = momentOf('user_activity', this.#activity++, at);
    const state = remember(this.histories.get(event.userId) ?? noHistory(), event, moment);
    this.histories.set(event.userId, state);
    const fields = this.recent.get(event.userId) ?? new Map<string, string>();
    for (const write of recentField(state, event, moment)) {
      if (write.kind === 'field') fields.set(write.field, write.value ?? '');
    }
    this.recent.set(event.userId, fields);
  }

  #figure(event: VideoEngagement, at: number): this {
    const moment = momentOf('video_engagement', this.#figures++, at);
    this.engagement.set(event.videoId, engage(this.engagement.get(event.videoId) ?? noEngagement(), event, moment));
    this.trending.set(event.videoId, trend(this.trending.get(event.videoId) ?? noTrending(), event, moment));
    return this;
  }

  /** @param order in which the videos arrive */
  catalogue(order: readonly string[] = [...this.candidates.keys()]): Catalogue {
    const catalogue = new Catalogue();
    for (const id of order) {
      const [candidate, engagement, trending] = [
        this.candidates.get(id),
        this.engagement.get(id),
        this.trending.get(id),
      ];
      if (engagement) catalogue.setEngagement(id, engagement, 0);
      if (candidate) catalogue.setCandidate(id, candidate, 0);
      if (trending) catalogue.setTrending(id, trending, 0);
    }
    return catalogue;
  }

  evidence(userId: string): Evidence {
    const interactions: Interaction[] = [...(this.recent.get(userId)?.values() ?? [])].map(parseRecent);
    return { userId, partition: 0, history: this.histories.get(userId) ?? null, interactions };
  }

  page(userId: string, asked: { limit?: number; served?: readonly string[]; at?: number } = {}) {
    const catalogue = this.catalogue();
    const viewer = viewerOf(this.evidence(userId), catalogue);
    const { limit = 10, served = [], at = now } = asked;
    return rank({ catalogue, viewer, now: at, limit, served: new Set(served) });
  }

  ids(userId: string, asked: { limit?: number; served?: readonly string[]; at?: number } = {}): string[] {
    return this.page(userId, asked).items.map(({ item }) => item.id);
  }
}

export const given = (): Given => new Given();
