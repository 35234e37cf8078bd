// First pages of personal feeds, kept ready: the same frozen page again until something that it was made of has changed.
import { LRUCache } from 'lru-cache';
import type { Candidate } from '../processors/feed/domain.ts';
import type { VariantName } from '../processors/feed/ranking/variant-names.ts';
import type { History } from '../processors/history/domain.ts';
import type { FeedPage, FeedReader, PersonalQuestion } from '../projections/feed.ts';
import { userPartition } from '../projections/viewer-evidence.ts';
import { condensed } from './condensed-page.ts';
import { Renewals } from './renewals.ts';
import { madeAs } from './reusable.ts';

export type Origin = 'ready' | 'ranked' | 'shared';

export type ReadyPagesOptions = {
  readonly feed: Pick<
    FeedReader,
    'rank' | 'madeOf' | 'userState' | 'onHistory' | 'isFollowed' | 'videosVersion' | 'shownCandidate'
  >;
  /** What was learned and is in use; another one makes other pages. */
  readonly model: () => unknown;
  readonly onServed?: (from: Origin) => void;
  readonly onRenewed?: () => void;
  /** Of renewals that nobody has asked for: logical time in ms. */
  readonly clock?: () => number;
  readonly bytesMax?: number;
};

export type PageQuestion = Omit<PersonalQuestion, 'variant'> & { readonly isFresh?: boolean | undefined };

type Asked = { readonly limit: number; readonly variant: VariantName | undefined };

type Ready = Asked & {
  readonly page: FeedPage;
  readonly model: unknown;
  /** As ReadyPages numbers the rankings: the later one of two is kept. */
  readonly number: number;
  /** Logical time of the ranking. */
  readonly madeAt: number;
  readonly madeVersion: number;
  readonly bytes: number;
  readonly videoIds: readonly string[];
  /** What these videos were. */
  readonly shown: readonly (Candidate | null)[];
  /** The version of the videos that `shown` was last held against. */
  checkedVersion: number;
  /** Of its user's history. */
  readonly partition: number;
  /** Until when that partition is known to have told of everything. */
  epoch: number;
  isServed: boolean;
  /** Since when there is an event of its user that it does not show, in ms of the process; null while there is none. */
  outdatedAt: number | null;
};

type Ranking = Asked & { isOutdated: boolean; isServed: boolean };
type RunningRanking = Ranking & { readonly page: Promise<FeedPage> };
type Making = Asked & { readonly userId: string; readonly now: number; readonly ranking: Ranking };

/** From this age on a page is ranked anew when it is asked for, if few others are: time passes, figures change. */
export const freshMs = 15_000;
/** And from this age on always. */
export const oldMs = 600_000;
/** So long a page is still served after an event of its user came: until then the next one should be there. */
export const outdatedMsMax = 400;
/** Between the end of one ranking for age and the beginning of the next so many times what it took: a small share of all time. */
const renewalPause = { times: 20, leastMs: 10, mostMs: 500 } as const;
const pagesPerUser = 4;
const defaultBytesMax = 512 * 2 ** 20;
/** A page is kept as text, and as protobuf and JSON once it was served so; each is not longer than the text. */
const formsMax = 4;
/** Of what stands around it. */
const pageBytes = 3_000;

export class ReadyPages {
  readonly #options: ReadyPagesOptions;
  readonly #ready: LRUCache<string, readonly Ready[]>;
  readonly #rankings = new Map<string, RunningRanking[]>();
  /** The histories that pages were made of; of those that are good for once, as Redis was away, nothing is known. */
  readonly #madeOf = new WeakMap<FeedPage, History | null>();
  /** By partition of the histories: counts the times that something may have been missed. */
  readonly #epochs = new Map<number, number>();
  readonly #renewals = new Renewals((userId) => this.#renewAhead(userId));
  #number = 0;
  #renewing = false;
  #nextRenewalAt = Number.NEGATIVE_INFINITY;

  constructor(options: ReadyPagesOptions) {
    this.#options = options;
    const maxSize = options.bytesMax ?? defaultBytesMax;
    this.#ready = new LRUCache({
      maxSize,
      sizeCalculation: (pages) => pages.reduce((sum, { bytes }) => sum + pageBytes + formsMax * bytes, 0),
    });
    options.feed.onHistory({
      user: (userId) => this.#outdate(userId),
      partition: (partition) => this.#epochs.set(partition, this.#epochOf(partition) + 1),
    });
  }

  /** As FeedReader ranks it. @param variant of the user, where an experiment runs */
  rank(question: PageQuestion, variant: VariantName | undefined): FeedPage | Promise<FeedPage> {
    const { userId, limit, cursor, now, isFresh } = question;
    const { feed } = this.#options;
    const asked = { limit, variant };
    if (cursor !== undefined) return feed.rank({ userId, limit, cursor, now, ...(variant && { variant }) });
    if (isFresh) this.forget(userId);
    const ready = isFresh ? null : this.#find(userId, asked, now);
    if (!ready) return this.#ranked(userId, asked, now);
    if (ready.epoch !== this.#epochOf(ready.partition)) return this.#confirmed(userId, ready, now);
    return this.#served(userId, ready, now);
  }

  /**
   * Of a commit of this user's: the page asked for last is made anew at once, if anybody has been served it, and until then a little
   * longer the one that there is. Who follows the feed is told of the commit and must not be given what was before it.
   */
  #outdate(userId: string): void {
    const [latest, ...others] = this.#ready.peek(userId) ?? [];
    if (!latest?.isServed || this.#options.feed.isFollowed(userId)) {
      this.forget(userId);
      return;
    }
    if (others.length > 0) this.#ready.set(userId, [latest]);
    this.#endRankings(userId);
    latest.outdatedAt ??= performance.now();
    this.#renewals.add(userId);
  }

  async #renewAhead(userId: string): Promise<void> {
    const ready = this.#ready.peek(userId)?.find(({ outdatedAt }) => outdatedAt !== null);
    if (!ready) return;
    this.#options.onRenewed?.();
    const { clock = Date.now } = this.#options;
    await (this.#rankingOf(userId, ready) ?? this.#begun(userId, ready, clock())).page;
  }

  /** Nothing made before is served to this user any more. */
  forget(userId: string): void {
    this.#ready.delete(userId);
    this.#endRankings(userId);
  }

  /** What they make is for those alone who wait for it already. */
  #endRankings(userId: string): void {
    for (const ranking of this.#rankings.get(userId) ?? []) ranking.isOutdated = true;
    this.#rankings.delete(userId);
  }

  get bytes(): number {
    return this.#ready.calculatedSize;
  }

  get users(): number {
    return this.#ready.size;
  }

  #find(userId: string, { limit, variant }: Asked, now: number): Ready | null {
    const pages = this.#ready.get(userId);
    const ready = pages?.find((page) => page.limit === limit && page.variant === variant);
    return ready && this.#isGood(ready, now) ? ready : null;
  }

  #isGood(ready: Ready, now: number): boolean {
    const { feed, model } = this.#options;
    if (now - ready.madeAt >= oldMs || ready.model !== model()) return false;
    if (ready.outdatedAt !== null && performance.now() - ready.outdatedAt >= outdatedMsMax) return false;
    const version = feed.videosVersion;
    if (ready.checkedVersion === version) return true;
    if (!ready.videoIds.every((videoId, at) => feed.shownCandidate(videoId) === ready.shown[at])) return false;
    ready.checkedVersion = version;
    return true;
  }

  #served(userId: string, ready: Ready, now: number): FeedPage | Promise<FeedPage> {
    const isDue = now - ready.madeAt >= freshMs || ready.madeVersion !== this.#options.feed.videosVersion;
    if (isDue && !this.#renewing && performance.now() >= this.#nextRenewalAt) return this.#renewed(userId, ready, now);
    return this.#given(ready);
  }

  #given(ready: Ready): FeedPage {
    ready.isServed = true;
    this.#options.onServed?.('ready');
    return ready.page;
  }

  async #renewed(userId: string, ready: Ready, now: number): Promise<FeedPage> {
    this.#renewing = true;
    const begunAt = performance.now();
    try {
      const page = await this.#ranked(userId, ready, now);
      return this.#madeOf.has(page) ? page : ready.page;
    } finally {
      this.#renewing = false;
      this.#nextRenewalAt = performance.now() + pauseAfter(performance.now() - begunAt);
    }
  }

  /** Something of the partition may have been missed, but the user's history may still be the one that the page was made of. */
  async #confirmed(userId: string, ready: Ready, now: number): Promise<FeedPage> {
    const { feed } = this.#options;
    const epoch = this.#epochOf(ready.partition);
    const history = await feed.userState(userId).then(
      (evidence) => evidence.history,
      () => undefined,
    );
    if (history !== this.#madeOf.get(ready.page)) return this.#ranked(userId, ready, now);
    ready.epoch = epoch;
    return this.#given(ready);
  }

  /** Who asks for the same page while it is being ranked gets the same one. */
  #ranked(userId: string, asked: Asked, now: number): Promise<FeedPage> {
    const running = this.#rankingOf(userId, asked);
    this.#options.onServed?.(running ? 'shared' : 'ranked');
    const ranking = running ?? this.#begun(userId, asked, now);
    ranking.isServed = true;
    return ranking.page;
  }

  #rankingOf(userId: string, { limit, variant }: Asked): RunningRanking | undefined {
    return this.#rankings.get(userId)?.find((other) => other.limit === limit && other.variant === variant);
  }

  #begun(userId: string, { limit, variant }: Asked, now: number): RunningRanking {
    const ranking = { limit, variant, isOutdated: false, isServed: false };
    const page = this.#make({ userId, limit, variant, now, ranking });
    const running = Object.assign(ranking, { page });
    this.#rankings.set(userId, [...(this.#rankings.get(userId) ?? []), running]);
    return running;
  }

  async #make(question: Making): Promise<FeedPage> {
    const { feed, model } = this.#options;
    const { userId, limit, variant, now, ranking } = question;
    // All of this before anything is read: what changes meanwhile is then newer than the page says.
    const made = { number: ++this.#number, model: model(), madeAt: now, madeVersion: feed.videosVersion };
    const partition = userPartition(userId);
    const epoch = this.#epochOf(partition);
    try {
      const ranked = await feed.rank({ userId, limit, now, ...(variant && { variant }) });
      const history = feed.madeOf(ranked);
      const { page, bytes } = condensed(ranked);
      if (history !== undefined) this.#madeOf.set(page, history);
      const isKept = !ranking.isOutdated && history !== undefined && feed.videosVersion === made.madeVersion;
      if (isKept) {
        const videoIds = ranked.videos.map(({ video_id: videoId }) => videoId);
        const shown = videoIds.map((videoId) => feed.shownCandidate(videoId));
        const { madeVersion: checkedVersion } = made;
        const about = { ...made, limit, variant, partition, epoch, checkedVersion, isServed: ranking.isServed };
        this.#keep(userId, { ...about, page, bytes, videoIds, shown, outdatedAt: null });
      }
      return page;
    } finally {
      this.#end(userId, ranking);
    }
  }

  #keep(userId: string, ready: Ready): void {
    const isSame = ({ limit, variant }: Ready) => limit === ready.limit && variant === ready.variant;
    const pages = this.#ready.get(userId) ?? [];
    const before = pages.find(isSame);
    if (before && before.number > ready.number) return;
    // While its videos are still at hand: later they would be read from their text again.
    if (before) madeAs(ready.page, before.page);
    this.#ready.set(userId, [ready, ...pages.filter((other) => !isSame(other))].slice(0, pagesPerUser));
  }

  #end(userId: string, ended: Ranking): void {
    const left = (this.#rankings.get(userId) ?? []).filter((ranking) => ranking !== ended);
    if (left.length > 0) this.#rankings.set(userId, left);
    else this.#rankings.delete(userId);
  }

  #epochOf(partition: number): number {
    return this.#epochs.get(partition) ?? 0;
  }
}

const pauseAfter = (tookMs: number): number =>
  Math.min(renewalPause.mostMs, Math.max(renewalPause.leastMs, renewalPause.times * tookMs));
