// Keeps the catalogue of a ranking up to date with the committed states of feed, engagement and trending.
import { type Engagement, initialState as noEngagement } from '../processors/engagement/domain.ts';
import { type Candidate, initialState as noCandidate } from '../processors/feed/domain.ts';
import { Catalogue } from '../processors/feed/ranking/catalogue.ts';
import { initialState as noTrending, type Trending } from '../processors/trending/domain.ts';
import { Replica, type ReplicaParts } from './replica.ts';

type Shared = Pick<ReplicaParts, 'redis' | 'channels' | 'namespace' | 'generations' | 'log'>;

export class VideoCatalogue {
  readonly ranking = new Catalogue();
  readonly candidates: Replica<Candidate>;
  readonly engagement: Replica<Engagement>;
  readonly trending: Replica<Trending>;

  constructor(shared: Shared) {
    this.candidates = new Replica({ ...shared, processor: 'feed', topic: 'video_uploads' });
    this.engagement = new Replica({ ...shared, processor: 'engagement', topic: 'video_engagement' });
    this.trending = new Replica({ ...shared, processor: 'trending', topic: 'video_engagement' });
    this.candidates.onChange((id, state, partition) =>
      this.ranking.setCandidate(id, state ?? noCandidate(), partition),
    );
    this.engagement.onChange((id, state, partition) =>
      this.ranking.setEngagement(id, state ?? noEngagement(), partition),
    );
    this.trending.onChange((id, state, partition) => this.ranking.setTrending(id, state ?? noTrending(), partition));
  }

  get replicas() {
    return { feed: this.candidates, engagement: this.engagement, trending: this.trending } as const;
  }

  /** Fires when anything of a video has changed. */
  onVideo(listener: (videoId: string) => void): void {
    this.candidates.onChange(listener);
    this.engagement.onChange(listener);
    this.trending.onChange(listener);
  }
}
