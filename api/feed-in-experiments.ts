// The feed under the running experiment: that a page of the user's variant was served is told.
import type { Exposures } from '../producers/exposures.ts';
import type { Experiments } from '../projections/experiments.ts';
import type { FeedReader } from '../projections/feed.ts';
import type { Feed } from './ports.ts';

export type FeedParts = {
  readonly feed: FeedReader;
  readonly experiments: Pick<Experiments, 'variantOf'>;
  readonly exposures: Pick<Exposures, 'exposed'>;
};

/** A page that nobody is shown (`unseen`) exposes nobody; nor does an empty one. */
export function feedInExperiments({ feed, experiments, exposures }: FeedParts): Feed {
  return {
    rank: async ({ unseen, ...request }) => {
      const assigned = unseen ? null : experiments.variantOf(request.userId);
      const page = await feed.rank(request);
      // Ranked by another variant than was assigned (there is no model yet), nobody has seen what is compared.
      const isSeen = assigned?.variant === page.variant && page.videos.length > 0;
      if (assigned && isSeen) exposures.exposed(request.userId, assigned);
      return page;
    },
    trending: (request) => feed.trending(request),
    receipt: (id) => feed.receipt(id),
    candidateCount: () => feed.candidateCount(),
    onFeedChange: (userId, listener) => feed.onFeedChange(userId, listener),
    onVideoChange: (videoId, listener) => feed.onVideoChange(videoId, listener),
  };
}
