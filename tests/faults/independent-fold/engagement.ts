// A video's figures in the fold's own words: totals, the hour that is being counted as a row, its place and its creator's among the best.
import type { VideoEngagement } from '../../../schemas/generated.ts';
import { isFirst, knows, type Person, personIn, written } from './people.ts';
import type { Kept, Place, Reading } from './record.ts';

const names = [
  'views',
  'viewers',
  'likes',
  'shares',
  'comments',
  'skips',
  'notInterested',
  'watchMs',
  'measuredViews',
  'completionMilli',
] as const;
type Name = (typeof names)[number];
type Figures = Record<Name, number>;
type Video = Figures & {
  creatorId: string | null;
  category: string | null;
  durationMs: number;
  removed: boolean;
  lastAt: number;
  offset: number;
  contributors: string;
  hour: { start: number; run: number; counts: Figures };
};

const hourMs = 3_600_000;
const worth = { viewers: 1, likes: 3, shares: 5, comments: 2 } as const;
const judged = Object.keys(worth) as (keyof typeof worth)[];
const figureOf: Readonly<Record<string, Name>> = {
  like: 'likes',
  share: 'shares',
  comment: 'comments',
  skip: 'skips',
  not_interested: 'notInterested',
};
const none = () => Object.fromEntries(names.map((name) => [name, 0])) as Figures;
/** By partition and video, as a state holds them in writing alone. */
const peopleOf = new WeakMap<Kept, Map<string, Person[]>>();

export const engagementReading: Reading<VideoEngagement> = {
  processor: 'engagement',
  topic: 'video_engagement',
  arrivesFirst: false,
  take(kept, event, place) {
    const before = kept.states.get(place.key) as Video | undefined;
    const video = counted(kept, event, place);
    const { start, run, counts } = video.hour;
    const day = new Date(start).toISOString().slice(0, 10);
    kept.row('video_engagement_by_hour', [event.videoId, day, start, run].join(' '), {
      video_id: event.videoId,
      day,
      hour: start,
      run,
      views: counts.views,
      likes: counts.likes,
      shares: counts.shares,
      comments: counts.comments,
      skips: counts.skips,
      watch_ms: counts.watchMs,
      measured_views: counts.measuredViews,
      completion_milli: counts.completionMilli,
    });
    rank(kept, event.videoId, before, video);
  },
  derive: () => [],
};

const pointsOf = (video: Video) => judged.reduce((sum, name) => sum + worth[name] * video[name], 0);
const ownerOf = (video: Video | undefined) => (video && !video.removed ? video.creatorId : null);

/** A creator is credited with what a listed video has, and debited with it when it goes. */
function rank(kept: Kept, videoId: string, before: Video | undefined, video: Video): void {
  const [was, is] = [ownerOf(before), ownerOf(video)];
  if (is !== null) kept.score('top_videos', videoId, pointsOf(video));
  else if (was !== null) kept.score('top_videos', videoId, null);
  const credit = new Map<string, Map<string, number>>();
  const post = (owner: string | null, of: Video | undefined, sign: number) => {
    if (owner === null || !of) return;
    const sums = credit.get(owner) ?? new Map<string, number>();
    credit.set(owner, sums);
    for (const name of judged) sums.set(name, (sums.get(name) ?? 0) + sign * of[name]);
    sums.set('videos', (sums.get('videos') ?? 0) + sign);
  };
  post(was, before, -1);
  post(is, video, 1);
  for (const [owner, sums] of credit) {
    const changed = [...sums].filter(([, sum]) => sum !== 0);
    for (const [name, sum] of changed) kept.add(`creator_${name}`, owner, sum);
    const points = judged.reduce((sum, name) => sum + worth[name] * (sums.get(name) ?? 0), 0);
    if (changed.length > 0) kept.add('top_creators', owner, points);
  }
}

/** An hour that is left and comes again is a run of its own. */
function counted(kept: Kept, event: VideoEngagement, { key, now, offset }: Place): Video {
  const before = (kept.states.get(key) as Video | undefined) ?? {
    ...none(),
    creatorId: null,
    category: null,
    durationMs: 0,
    removed: false,
    lastAt: 0,
    offset: -1,
    contributors: '',
    hour: { start: -1, run: -1, counts: none() },
  };
  const videos = peopleOf.get(kept) ?? new Map<string, Person[]>();
  peopleOf.set(kept, videos);
  const people = videos.get(key) ?? [];
  videos.set(key, people);
  const start = now - (((now % hourMs) + hourMs) % hourMs);
  const hour = before.hour.start === start ? before.hour : { start, run: offset, counts: none() };
  const video = { ...before, lastAt: now, offset, hour: { ...hour, counts: { ...hour.counts } } };
  for (const [name, change] of changesOf(people, event, before.durationMs))
    for (const figures of [video, video.hour.counts])
      figures[name] = name === 'likes' ? Math.max(0, figures.likes + change) : figures[name] + change;
  video.contributors = written(people, true);
  if (event.action === 'removed') video.removed = true;
  if (event.action === 'published') {
    video.creatorId = event.creatorId;
    video.category = event.category;
    video.durationMs = event.durationMs;
    video.removed = false;
  }
  kept.states.set(key, video);
  return video;
}

function changesOf(people: Person[], event: VideoEngagement, durationMs: number): [Name, number][] {
  if (event.action === 'published' || event.action === 'removed') return [];
  const { userId } = event;
  if (event.action === 'unlike') {
    const takesBack = !knows(people, userId) || personIn(people, userId).did.delete('like');
    return takesBack ? [['likes', -1]] : [];
  }
  const first = isFirst(people, userId, event.action);
  const figure = figureOf[event.action];
  if (figure) return first ? [[figure, 1]] : [];
  if (event.action !== 'view') return [];
  const changes: [Name, number][] = [
    ['views', 1],
    ['watchMs', event.watchDurationMs],
    ['viewers', first ? 1 : 0],
  ];
  const person = personIn(people, userId);
  const seen = durationMs > 0 ? 1 + Math.min(1_000, Math.floor((event.watchDurationMs * 1_000) / durationMs)) : 0;
  if (seen <= person.seen) return changes;
  changes.push(['measuredViews', person.seen === 0 ? 1 : 0]);
  changes.push(['completionMilli', seen - Math.max(1, person.seen)]);
  person.seen = seen;
  return changes;
}
