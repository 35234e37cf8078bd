// How fast a video rises, in the fold's own words: rates that halve with time, and boards by which no rate has to be written again.
import type { VideoEngagement } from '../../../schemas/generated.ts';
import { isFirst, type Person, written } from './people.ts';
import type { Kept, Reading } from './record.ts';

const halvesAfterMs = { hour: 1_800_000, day: 43_200_000, week: 302_400_000 };
const windows = ['hour', 'day', 'week'] as const;
const points: Readonly<Record<string, number>> = { like: 3, share: 5, comment: 2 };
const wholeViewMs = 15_000;

type Rise = {
  at: number;
  rates: { hour: number; day: number; week: number };
  events: number;
  contributors: string;
  category: string | null;
  offset: number;
};

/** By partition and video, as a state holds them in writing alone. */
const peopleOf = new WeakMap<Kept, Map<string, Person[]>>();

export const trendingReading: Reading<VideoEngagement> = {
  processor: 'trending',
  topic: 'video_engagement',
  arrivesFirst: false,
  take(kept, event, { key, now, offset }) {
    const before = (kept.states.get(key) as Rise | undefined) ?? {
      at: 0,
      rates: { hour: 0, day: 0, week: 0 },
      events: 0,
      contributors: '',
      category: null,
      offset: -1,
    };
    const videos = peopleOf.get(kept) ?? new Map<string, Person[]>();
    peopleOf.set(kept, videos);
    const people = videos.get(key) ?? [];
    videos.set(key, people);
    const gain = gainOf(people, event);
    const at = Math.max(before.at, now);
    const rates = { ...before.rates };
    for (const window of windows) {
      const halfLife = halvesAfterMs[window];
      rates[window] = before.rates[window] * 2 ** (-(at - before.at) / halfLife) + gain * 2 ** (-(at - now) / halfLife);
    }
    const category = event.action === 'published' ? event.category : before.category;
    const events = before.events + (gain > 0 ? 1 : 0);
    const contributors = written(people, false);
    kept.states.set(key, { at, rates, events, contributors, category, offset } satisfies Rise);
    for (const window of windows) {
      const score = Math.log2(rates[window]) + at / halvesAfterMs[window];
      if (event.action !== 'removed' && rates[window] <= 0) continue;
      const boards = category === null ? [''] : ['', `:${category}`];
      for (const board of boards)
        kept.score(`trending:${window}${board}`, event.videoId, event.action === 'removed' ? null : score);
    }
  },
  derive: () => [],
};

/** What somebody repeats adds nothing. */
function gainOf(people: Person[], event: VideoEngagement): number {
  if (event.action === 'view')
    return isFirst(people, event.userId, 'view') ? Math.min(1, event.watchDurationMs / wholeViewMs) : 0;
  const worth = points[event.action] ?? 0;
  if (worth === 0 || event.action === 'published' || event.action === 'removed') return 0;
  return isFirst(people, event.userId, event.action) ? worth : 0;
}
