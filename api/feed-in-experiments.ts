// The feed under the running experiment: that a page of the user's variant was served is told.
import type { Exposures } from '../producers/exposures.ts';
import type { Experiments } from '../projections/experiments.ts';
import type { FeedPage, FeedReader } from '../projections/feed.ts';
import type { Feed } from './ports.ts';
import type { ReadyPages } from './ready-pages.ts';
import { onceOf } from './reusable.ts';
import { soon } from './soon.ts';

export type FeedParts = {
  readonly feed: FeedReader;
  /** Without them every page is ranked when it is asked for. */
  readonly pages?: Pick<ReadyPages, 'rank'>;
  readonly experiments: Pick<Experiments, 'variantOf'>;
  readonly exposures: Pick<Exposures, 'exposed'>;
};

/** A page that nobody is shown (`unseen`) exposes nobody; nor does an empty one. */
export function feedInExperiments({ feed, pages, experiments, exposures }: FeedParts): Feed {
  return {
    rank: (question) => {
      if (question.unseen) return feed.rank(personal(question));
      const assigned = experiments.variantOf(question.userId);
      const ranked = pages ? pages.rank(question, assigned?.variant) : feed.rank(personal(question));
      if (!assigned) return ranked;
      return soon(ranked, (page: FeedPage) => {
        // Ranked by another variant than was assigned (there is no model yet), nobody has seen what is compared.
        if (assigned.variant === page.variant && onceOf(page, hasVideos)) exposures.exposed(question.userId, assigned);
        return page;
      });
    },
    trending: (request) => feed.trending(request),
    receipt: (id) => feed.receipt(id),
    candidateCount: () => feed.candidateCount(),
    onFeedChange: (userId, listener) => feed.onFeedChange(userId, listener),
    onVideoChange: (videoId, listener) => feed.onVideoChange(videoId, listener),
  };
}

/** Asked of the same ready page again and again. */
const hasVideos = (page: object): boolean => (page as FeedPage).videos.length > 0;

/** What the reader is asked. */
const personal = ({ unseen: _, isFresh: __, ...question }: Parameters<Feed['rank']>[0]) => question;
