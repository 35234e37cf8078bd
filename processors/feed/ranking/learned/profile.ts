// What a viewer's features are made of, computed once per request: columns and weights of the own videos, vectors, weeks.
import type { Catalogue } from '../catalogue.ts';
import type { Numbered } from '../numbered.ts';
import type { Viewer, Weighed } from '../viewer.ts';
import { sumsOver, sumsWithout } from './by-watched.ts';
import type { Columns } from './columns.ts';
import { dayMs, type Model, weekMs } from './model.ts';
import { isLiked, isWatched } from './taste.ts';
import { vectorOfViewer } from './viewer-vector.ts';

/** The viewer's videos among the columns; `weights` says how much each counts. */
export type Own = {
  readonly columns: Int32Array;
  readonly weights: Float32Array;
  readonly videos: readonly Weighed[];
};

/** Of tokens how much more than others the viewer watches them, and how much more the viewer likes them than the rest. */
export type TokenTastes = {
  /** 1 + place of a token in the other two. */
  readonly places: Numbered;
  readonly watched: Float64Array;
  readonly liked: Float64Array;
  /** What `watched` is of a token that was never watched. */
  readonly unwatched: number;
};

/** What the trained ranker asks of a viewer. */
export type Taste = {
  readonly watched: Own;
  readonly liked: Own;
  /** The same, each earlier one counting a little less. */
  readonly fading: Own;
  readonly fadingLiked: Own;
  /** The latest, each earlier one counting clearly less. */
  readonly latest: Own;
  readonly factors: Float32Array | null;
  /** Log time of the last interaction; null of one who has done nothing yet. */
  readonly lastAt: number | null;
  readonly videos: number;
  readonly likeRate: number;
  /** How much is made of each week of the statistics around the last visit, wide and narrow. */
  readonly weeksAround: Float32Array;
  readonly weeksNear: Float32Array;
  readonly allAround: number;
  readonly allNear: number;
  readonly tokens: TokenTastes;
  /** Mean and spread of log2 of the age in days of the videos at the last visit. */
  readonly era: { readonly mean: number; readonly spread: number } | null;
  /** Mean part of all users who watched the viewer's videos: whether the taste is common. */
  readonly reach: number;
};

export type Profile = {
  readonly columns: Columns;
  /** What speaks for other videos in every ranking: watched and not objected to, each earlier one counting a little less. */
  readonly speaking: Own;
  /** Of the video of each column the item-to-item weights summed over those. */
  readonly together: Float64Array;
  /** Made when it is first asked for: the document's ranker never does. */
  readonly taste: Taste;
};

const latestMax = 60;
const decay = { slow: 0.98, fast: 0.93 };
const around = { wide: 3, narrow: 0.8 };
const tokenPrior = 2;
const tokenHalf = 3;

export function profileOf(viewer: Viewer, catalogue: Catalogue, model: Model): Profile {
  const watched = viewer.opinions.filter(isWatched);
  const speaking = watched.filter(({ opinion }) => !opinion.notInterested);
  const columns = catalogue.columnsIn(model);
  const own = ownOf(speaking, columns, decay.slow);
  let together: Float64Array | undefined;
  let taste: Taste | undefined;
  return {
    columns,
    speaking: own,
    get together() {
      together ??= sumsOver(own, model);
      return together;
    },
    get taste() {
      taste ??= tasteOf(viewer, watched, catalogue, model);
      return taste;
    },
  };
}

/** Of the same viewer without one opinion, or with what is left of it; the other videos that speak count as before. */
export function profileWithout(
  profile: Profile,
  without: Weighed,
  { viewer, catalogue, model }: { viewer: Viewer; catalogue: Catalogue; model: Model },
): Profile {
  const at = profile.speaking.videos.indexOf(without);
  const left = viewer.opinions.find(({ videoId }) => videoId === without.videoId);
  const isSilent = at >= 0 && !(left && isWatched(left) && !left.opinion.notInterested);
  const [column, count] = [profile.speaking.columns[at] ?? -1, profile.speaking.weights[at] ?? 0];
  let together: Float64Array | undefined;
  let taste: Taste | undefined;
  return {
    columns: profile.columns,
    speaking: isSilent ? ownWithout(profile.speaking, at) : profile.speaking,
    get together() {
      together ??= isSilent ? sumsWithout(profile.together, { column, count }, model) : profile.together;
      return together;
    },
    get taste() {
      taste ??= tasteOf(viewer, viewer.opinions.filter(isWatched), catalogue, model);
      return taste;
    },
  };
}

function ownWithout({ columns, weights, videos }: Own, without: number): Own {
  const others = (_: unknown, at: number) => at !== without;
  return { columns: columns.filter(others), weights: weights.filter(others), videos: videos.filter(others) };
}

function tasteOf(viewer: Viewer, watched: readonly Weighed[], catalogue: Catalogue, model: Model): Taste {
  const columns = catalogue.columnsIn(model);
  const liked = watched.filter(isLiked);
  const lastAt = viewer.opinions.reduce<number | null>((last, { opinion }) => Math.max(last ?? 0, opinion.at), null);
  const at = lastAt ?? model.trainedAt;
  const weeksAround = weeksNearTo(at, around.wide, model);
  const weeksNear = weeksNearTo(at, around.narrow, model);
  const likeRate = (liked.length + 2 * model.statistics.likeRate) / (watched.length + 2);
  return {
    watched: ownOf(watched, columns, 1),
    liked: ownOf(liked, columns, 1),
    fading: ownOf(watched, columns, decay.slow),
    fadingLiked: ownOf(liked, columns, decay.slow),
    latest: ownOf(watched.slice(-latestMax), columns, decay.fast),
    factors: vectorOfViewer(watched, model),
    lastAt,
    videos: watched.length,
    likeRate,
    weeksAround,
    weeksNear,
    allAround: product(weeksAround, model.statistics.weeks, 0),
    allNear: product(weeksNear, model.statistics.weeks, 0),
    tokens: tokensOf(watched, likeRate, catalogue, columns),
    era: eraOf(watched, at),
    reach: reachOf(watched, model),
  };
}

/** @param each of what each video counts, the one before it counts so much */
function ownOf(opinions: readonly Weighed[], known: Columns, each: number): Own {
  const columns: number[] = [];
  const weights: number[] = [];
  const videos: Weighed[] = [];
  opinions.forEach((opinion, place) => {
    const column = known.of(opinion.item);
    if (column < 0) return;
    columns.push(column);
    weights.push(each ** (opinions.length - 1 - place));
    videos.push(opinion);
  });
  return { columns: Int32Array.from(columns), weights: Float32Array.from(weights), videos };
}

/** e^(-distance in weeks / width) from the middle of each week. */
function weeksNearTo(at: number, width: number, { statistics }: Model): Float32Array {
  const here = (at - statistics.firstWeekAt) / weekMs;
  return Float32Array.from(statistics.weeks, (_, week) => Math.exp(-Math.abs(week + 0.5 - here) / width));
}

/** Sum of the products, the second array standing `shift` places further on. */
export function product(a: Float32Array, b: Float32Array, shift: number): number {
  let sum = 0;
  const end = Math.min(b.length, a.length - shift);
  for (let at = 0; at < end; at++) sum += (a[at + shift] as number) * (b[at] as number);
  return sum;
}

function tokensOf(
  watched: readonly Weighed[],
  likeRate: number,
  { vocabulary }: Catalogue,
  columns: Columns,
): TokenTastes {
  const counted = (countOf: (opinion: Weighed) => number): Numbered => {
    const counts = vocabulary.summing();
    for (const opinion of watched) for (const token of opinion.item.tokens) counts.add(token, countOf(opinion));
    return counts.end();
  };
  const { keys, values: watchedCounts } = counted(() => 1);
  const { values: likedCounts } = counted((opinion) => (isLiked(opinion) ? 1 : 0));
  const places = { keys, values: new Float64Array(keys.length) };
  const watchedMore = new Float64Array(keys.length);
  const likedMore = new Float64Array(keys.length);
  for (let at = 0; at < keys.length; at++) {
    const [count, liked] = [watchedCounts[at] as number, likedCounts[at] as number];
    const expected = columns.usualPartOf(keys[at] as number, vocabulary) * watched.length;
    places.values[at] = at + 1;
    watchedMore[at] = Math.log((count + tokenPrior) / (expected + tokenPrior));
    likedMore[at] = (liked - likeRate * count) / (count + tokenHalf);
  }
  return { places, watched: watchedMore, liked: likedMore, unwatched: Math.log(2 / (2 + 0.05 * watched.length)) };
}

function eraOf(watched: readonly Weighed[], at: number) {
  const ages = watched.filter(({ item }) => item.publishedAt > 0).map(({ item }) => logAge(at - item.publishedAt));
  if (ages.length === 0) return null;
  const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
  const variance = ages.reduce((sum, age) => sum + (age - mean) ** 2, 0) / ages.length;
  return { mean, spread: Math.sqrt(variance) + 0.5 };
}

export const logAge = (ageMs: number): number => Math.log2(1 + Math.max(0, ageMs) / dayMs);

function reachOf(watched: readonly Weighed[], { statistics }: Model): number {
  if (watched.length === 0) return -1;
  const views = watched.reduce((sum, { item }) => sum + (item.engagement?.state.viewers ?? 0), 0);
  return views / watched.length / Math.max(1, statistics.users);
}
