// What is learned of each video from everyone's opinions: relations to other videos, factors, and popularity over time.
import type { Item } from '../processors/feed/ranking/item.ts';
import {
  byRelation,
  countHalfLives,
  countNames,
  dayMs,
  type Model,
  type ModelItem,
  type Relation,
  type Statistics,
  weekMs,
} from '../processors/feed/ranking/learned/model.ts';
import { isLiked, isWatched } from '../processors/feed/ranking/learned/taste.ts';
import { confidence } from '../processors/feed/ranking/learned/viewer-vector.ts';
import type { Viewer, Weighed } from '../processors/feed/ranking/viewer.ts';
import { cosineOf, sequenceOf } from './cosine.ts';
import { easeOf } from './ease.ts';
import { factorise } from './factorise.ts';
import type { ReplayedLog } from './replayed-log.ts';

/** So many of the most watched videos are related to each other; what so many of the most active users did says how. */
const columnsMax = 2_000;
const usersMax = 20_000;
/** The dense solve is as large as there are users or videos, whichever are fewer; its time grows with the cube: 10 s at this. */
const solveMax = 2_000;
const tokensMax = 5_000;
const weeksMax = 104;
/** What a user does with so many videos at first says what newcomers will like. */
const startersMax = 30;
export const settings = {
  easeViews: 700,
  easeLikes: 350,
  shrinkage: 10,
  sequence: { reach: 30, decay: 0.93, shrinkage: 10 },
  factors: { rank: 32, rounds: 8, regularisation: 8 },
};

export type LearnedItems = Pick<Model, 'statistics' | 'columns' | 'items'>;

export function learnItems(log: ReplayedLog, now: number, seed: number): LearnedItems {
  const viewers = [...log.userIds].map((id) => log.viewer(id)).filter((viewer) => viewer.opinions.some(isWatched));
  const columns = columnsOf(viewers);
  const places = new Map(columns.map((id, column) => [id, column]));
  const mostActive = viewers.toSorted((a, b) => b.opinions.length - a.opinions.length).slice(0, usersMax);
  const { related, factors, gram } = relate(mostActive, places, seed);
  const { statistics, histories } = countOver(viewers, now, gram);
  const statistic = { ...statistics, tokens: tokensOf(viewers, log) };
  const items = new Map<string, ModelItem>();
  for (const [videoId, counted] of histories) {
    const column = places.get(videoId) ?? -1;
    const own = column < 0 ? null : byRelation((relation) => related[relation][column] as Float32Array);
    items.set(videoId, { videoId, column, related: own, factors: factors[column] ?? null, ...counted });
  }
  return { statistics: statistic, columns, items };
}

/** The most watched videos, ties by id. */
function columnsOf(viewers: readonly Viewer[]): string[] {
  const counts = new Map<string, number>();
  for (const { videoId } of viewers.flatMap(({ opinions }) => opinions.filter(isWatched))) {
    counts.set(videoId, (counts.get(videoId) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, columnsMax)
    .map(([id]) => id);
}

function relate(viewers: readonly Viewer[], places: ReadonlyMap<string, number>, seed: number) {
  const active = places.size <= solveMax ? viewers : viewers.slice(0, solveMax);
  const rowsOf = (wanted: (opinion: Weighed) => boolean, of: readonly Viewer[]) =>
    of.map(({ opinions }) =>
      Int32Array.from(opinions.filter(wanted).flatMap(({ videoId }) => places.get(videoId) ?? [])),
    );
  const watched = rowsOf(isWatched, viewers);
  const liked = rowsOf((opinion) => isWatched(opinion) && isLiked(opinion), viewers);
  const [watchedByActive, likedByActive] = [
    rowsOf(isWatched, active),
    rowsOf((one) => isWatched(one) && isLiked(one), active),
  ];
  const weights = viewers.map(({ opinions }) =>
    Float32Array.from(
      opinions.filter((one) => isWatched(one) && places.has(one.videoId)),
      (one) => (isLiked(one) ? confidence.liked : confidence.watched),
    ),
  );
  const count = places.size;
  const related: Record<Relation, Float32Array[]> = {
    ease_views: easeOf(watchedByActive, count, settings.easeViews),
    ease_likes: easeOf(likedByActive, count, settings.easeLikes),
    cosine_likes: cosineOf(liked, count, settings.shrinkage),
    cosine_views: cosineOf(watched, count, settings.shrinkage),
    sequence: sequenceOf(watched, count, settings.sequence),
  };
  const { gram, vectors } = factorise(watched, weights, count, { ...settings.factors, seed });
  return { related, factors: vectors, gram };
}

/** An opinion, and whether it is among the first of its user. */
type Told = Weighed & { readonly starter: boolean };

function countOver(viewers: readonly Viewer[], now: number, gram: Float32Array) {
  const opinions: Told[] = viewers.flatMap((viewer) =>
    viewer.opinions.filter(isWatched).map((one, place) => ({ ...one, starter: place < startersMax })),
  );
  const earliest = opinions.reduce((first, { opinion }) => Math.min(first, opinion.at), now);
  const weekCount = Math.min(weeksMax, Math.floor((now - earliest) / weekMs) + 1);
  const firstWeekAt = now - weekCount * weekMs;
  const sums = { weeks: new Float32Array(weekCount), counts: new Float32Array(countNames.length) };
  const byVideo = new Map<string, { opinions: Told[] }>();
  for (const opinion of opinions) {
    const known = byVideo.get(opinion.videoId);
    if (known) known.opinions.push(opinion);
    else byVideo.set(opinion.videoId, { opinions: [opinion] });
  }
  const histories = [...byVideo].map(([id, one]) => [id, historyOf(one.opinions, now, firstWeekAt, sums)] as const);
  const liked = opinions.filter(isLiked).length;
  const disliked = opinions.filter(({ opinion }) => opinion.notInterested).length;
  const all = opinions.length + 1;
  const statistics: Omit<Statistics, 'tokens'> = {
    users: viewers.length,
    likeRate: liked / all,
    dislikeRate: disliked / all,
    firstWeekAt,
    ...sums,
    gram,
  };
  return { statistics, histories };
}

function historyOf(
  opinions: readonly Told[],
  now: number,
  firstWeekAt: number,
  sums: { readonly weeks: Float32Array; readonly counts: Float32Array },
) {
  const counts = new Float32Array(countNames.length);
  const perWeek = new Float32Array(sums.weeks.length);
  let [firstAt, lastLikedAt] = [Number.POSITIVE_INFINITY, 0];
  for (const one of opinions) {
    const { at } = one.opinion;
    firstAt = Math.min(firstAt, at);
    if (isLiked(one)) lastLikedAt = Math.max(lastLikedAt, at);
    const week = Math.min(perWeek.length - 1, Math.floor((at - firstWeekAt) / weekMs));
    if (week >= 0) add(perWeek, sums.weeks, week, 1);
    countNames.forEach((name, place) => {
      if (!name.startsWith('views') && !isLiked(one)) return;
      if (name.startsWith('starters') && !one.starter) return;
      add(counts, sums.counts, place, 2 ** (-Math.max(0, now - at) / dayMs / countHalfLives[name]));
    });
  }
  const firstWeek = Math.max(
    0,
    perWeek.findIndex((count) => count > 0),
  );
  return { counts, firstWeek, weeks: perWeek.slice(firstWeek), firstAt, lastLikedAt };
}

function add(own: Float32Array, all: Float32Array, place: number, value: number): void {
  own[place] = (own[place] as number) + value;
  all[place] = (all[place] as number) + value;
}

function tokensOf(viewers: readonly Viewer[], { catalogue }: ReplayedLog): Map<string, number> {
  const counts = new Map<number, number>();
  let views = 0;
  for (const { item } of viewers.flatMap(({ opinions }) => opinions.filter(isWatched)) as { item: Item }[]) {
    views += 1;
    for (const token of item.tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const most = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, tokensMax);
  return new Map(most.map(([token, count]) => [catalogue.vocabulary.nameOf(token), count / views]));
}
