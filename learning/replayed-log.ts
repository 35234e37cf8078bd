// The platform in memory: folds the events of the topics by the domains' own rules into the catalogue and evidence that a feed reads.
import {
  type Engagement,
  evolve as evolveEngagement,
  initialState as noEngagement,
} from '../processors/engagement/domain.ts';
import { evolve as evolveCandidate, initialState as noCandidate } from '../processors/feed/domain.ts';
import { feed } from '../processors/feed/processor.ts';
import { Catalogue } from '../processors/feed/ranking/catalogue.ts';
import { type Viewer, viewerOf } from '../processors/feed/ranking/viewer.ts';
import { evolve as evolveHistory, type History, initialState as noHistory } from '../processors/history/domain.ts';
import { history } from '../processors/history/processor.ts';
import type { Emission, Moment } from '../processors/runtime/processor.ts';
import { evolve as evolveTrending, initialState as noTrending, type Trending } from '../processors/trending/domain.ts';
import { parseRecent, recentField } from '../projections/history.ts';
import type { UserActivity, VideoEngagement, VideoUpload } from '../schemas/generated.ts';
import type { TopicName } from '../schemas/topics.ts';

/** The state, and the latest interactions by their slot. */
type Person = { history: History; readonly recent: Map<string, string> };

export class ReplayedLog {
  readonly catalogue = new Catalogue();
  readonly #people = new Map<string, Person>();
  readonly #engagement = new Map<string, Engagement>();
  readonly #trending = new Map<string, Trending>();
  readonly #viewers = new Map<string, Viewer>();
  #offset = 0;
  #derivedOffset = 0;
  /** Log time of the last activity. */
  lastAt = 0;

  constructor(uploads: readonly VideoUpload[], activity: Iterable<UserActivity>) {
    for (const event of uploads) this.#upload(event);
    for (const event of activity) this.#act(event);
    for (const [id, state] of this.#engagement) this.catalogue.setEngagement(id, state, 0);
    for (const [id, state] of this.#trending) this.catalogue.setTrending(id, state, 0);
  }

  get userIds(): Iterable<string> {
    return this.#people.keys();
  }

  /** As a feed request sees the user; of one without activity in this log a viewer who has done nothing. */
  viewer(userId: string): Viewer {
    let viewer = this.#viewers.get(userId);
    if (!viewer) {
      const person = this.#people.get(userId);
      const interactions = [...(person?.recent.values() ?? [])].map(parseRecent);
      viewer = viewerOf({ userId, partition: 0, history: person?.history ?? null, interactions }, this.catalogue);
      this.#viewers.set(userId, viewer);
    }
    return viewer;
  }

  #upload(event: VideoUpload): void {
    const at = momentOf('video_uploads', this.#offset++, event.occurredAt);
    const before = this.catalogue.get(event.videoId)?.candidate.state ?? noCandidate();
    const state = evolveCandidate(before, event, at);
    this.catalogue.setCandidate(event.videoId, state, 0);
    this.#derive(feed.emits(state, event, at), event);
  }

  #act(event: UserActivity): void {
    const at = momentOf('user_activity', this.#offset++, event.occurredAt);
    this.lastAt = Math.max(this.lastAt, at.now);
    const person = this.#personOf(event.userId);
    person.history = evolveHistory(person.history, event, at);
    for (const write of recentField(person.history, event, at))
      if (write.kind === 'field') person.recent.set(write.field, write.value ?? '');
    this.#derive(history.emits(person.history, event, at), event);
  }

  #derive(emissions: readonly Emission[], { occurredAt }: { readonly occurredAt: number }): void {
    for (const emission of emissions) {
      if (emission.topic !== 'video_engagement') continue;
      const event = { ...emission.event, occurredAt } as unknown as VideoEngagement;
      const at = momentOf('video_engagement', this.#derivedOffset++, occurredAt);
      const id = emission.key;
      this.#engagement.set(id, evolveEngagement(this.#engagement.get(id) ?? noEngagement(), event, at));
      this.#trending.set(id, evolveTrending(this.#trending.get(id) ?? noTrending(), event, at));
    }
  }

  #personOf(userId: string): Person {
    let person = this.#people.get(userId);
    if (!person) {
      person = { history: noHistory(), recent: new Map() };
      this.#people.set(userId, person);
    }
    return person;
  }
}

const momentOf = (topic: TopicName, offset: number, now: number): Moment => ({ topic, partition: 0, offset, now });
