// The features of one video for one viewer, by name, from the served states and the model: the same code in training and serving.
import { exposuresOf } from '../engagement-rate.ts';
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import { similarityOf } from '../scorers/content-similarity.ts';
import { affinityOf } from '../scorers/creator-affinity.ts';
import { type FeatureName, featureNames } from './features-list.ts';
import { countNames, type Model, type ModelItem } from './model.ts';
import { logAge, type Own, type Profile, product } from './profile.ts';

const places = Object.fromEntries(featureNames.map((name, place) => [name, place])) as Readonly<
  Record<FeatureName, number>
>;

/** Stands in for what cannot be known, below all that can. */
export const unknown = -9;
const ratePrior = 8;

/** @returns values in the order of `featureNames`; every one is finite */
export function featuresOf(item: Item, request: Request, profile: Profile, model: Model): Float32Array {
  const vector = new Float32Array(featureNames.length);
  const set = (name: FeatureName, value: number) => {
    vector[places[name]] = value;
  };
  const learned = model.items.get(item.id);
  setEngagement(set, item, model);
  setRelated(set, learned, profile);
  setContent(set, item, request, profile);
  setViewer(set, request, profile);
  setFreshness(set, item, request, profile, learned);
  setTrending(set, item, request, profile, model, learned);
  set('affinity', affinityOf(item, request));
  set('follows', request.viewer.follows.has(item.creatorId) ? 1 : 0);
  return vector;
}

type Set = (name: FeatureName, value: number) => void;

/** ln of a video's parts of all decayed counts, the same for every viewer of a model. */
const sharesKnown = new WeakMap<Model, Map<string, Float64Array>>();

function sharesOf(id: string, learned: ModelItem | undefined, model: Model): Float64Array {
  let known = sharesKnown.get(model);
  if (!known) {
    known = new Map();
    sharesKnown.set(model, known);
  }
  // Videos that the model does not know all have the same.
  const key = learned ? id : '';
  let shares = known.get(key);
  if (!shares) {
    shares = Float64Array.from(countNames, (_, place) =>
      Math.log(((learned?.counts[place] ?? 0) + 0.1) / ((model.statistics.counts[place] ?? 0) + 1)),
    );
    known.set(key, shares);
  }
  return shares;
}

function setEngagement(set: Set, item: Item, { statistics }: Model): void {
  const state = item.engagement?.state ?? null;
  const [views, likes, dislikes] = [state?.views ?? 0, state?.likes ?? 0, state?.notInterested ?? 0];
  const shown = exposuresOf(state);
  set('view_reach', reach(views, statistics.users));
  set('like_reach', reach(likes, statistics.users));
  set('like_rate', (likes + ratePrior * statistics.likeRate) / (shown + ratePrior));
  set('dislike_rate', (dislikes + ratePrior * statistics.dislikeRate) / (shown + ratePrior));
  set('engagement_rate', item.engagementValue);
}

const reach = (count: number, users: number): number => Math.log((count + 0.5) / (users + 1));

function setRelated(
  set: Set,
  learned: ModelItem | undefined,
  { watched, liked, fading, fadingLiked, latest, factors }: Profile,
): void {
  const related = learned?.related;
  if (!related) return;
  set('ease_views', sumOver(related.ease_views, fading));
  set('ease_likes', sumOver(related.ease_likes, fadingLiked));
  set('ease_latest', sumOver(related.ease_views, latest));
  set('cosine_likes', sumOver(related.cosine_likes, liked) / (liked.columns.length + 10));
  set('cosine_views', sumOver(related.cosine_views, watched) / (watched.columns.length + 10));
  set('cosine_closest', closestOf(related.cosine_likes, liked));
  set('sequence', sumOver(related.sequence, latest));
  if (factors && learned.factors) set('factors', product(factors, learned.factors, 0));
}

export function sumOver(weights: Float32Array, own: Own): number {
  let sum = 0;
  for (let at = 0; at < own.columns.length; at++) {
    sum += (weights[own.columns[at] as number] as number) * (own.weights[at] as number);
  }
  return sum;
}

/** Mean of the three largest weights. */
function closestOf(weights: Float32Array, own: Own): number {
  let [first, second, third] = [0, 0, 0];
  for (let at = 0; at < own.columns.length; at++) {
    const weight = weights[own.columns[at] as number] as number;
    if (weight > first) [first, second, third] = [weight, first, second];
    else if (weight > second) [second, third] = [weight, second];
    else if (weight > third) third = weight;
  }
  return (first + second + third) / 3;
}

function setContent(set: Set, item: Item, request: Request, profile: Profile): void {
  set('interest_similarity', similarityOf(item, request));
  let [watched, liked] = [0, 0];
  for (const token of item.tokens) {
    watched += profile.watchedTokens.get(token) ?? Math.log(2 / (2 + 0.05 * profile.unwatchedToken));
    liked += profile.likedTokens.get(token) ?? 0;
  }
  const tokens = Math.max(1, item.tokens.length);
  set('tags_watched', watched / tokens);
  set('tags_liked', liked / tokens);
  const at = profile.lastAt ?? request.now;
  const known = profile.era !== null && item.publishedAt > 0;
  set(
    'era_distance',
    known && profile.era ? (logAge(at - item.publishedAt) - profile.era.mean) / profile.era.spread : 0,
  );
}

function setViewer(set: Set, { now }: Request, profile: Profile): void {
  set('viewer_videos', Math.log2(1 + profile.videos));
  set('viewer_like_rate', profile.likeRate);
  set('viewer_reach', profile.reach);
  set('viewer_idle', profile.lastAt === null ? unknown : logAge(now - profile.lastAt));
}

function setFreshness(set: Set, item: Item, { now }: Request, { lastAt }: Profile, learned?: ModelItem): void {
  const visit = lastAt ?? now;
  const published = item.publishedAt > 0;
  set('age', published ? logAge(now - item.publishedAt) : unknown);
  set('age_at_last_visit', published ? signedAge(visit - item.publishedAt) : unknown);
  set('days_known', learned?.firstAt ? logAge(now - learned.firstAt) : unknown);
  set('known_at_last_visit', learned?.firstAt ? signedAge(visit - learned.firstAt) : unknown);
  set('days_unliked', learned?.lastLikedAt ? logAge(now - learned.lastLikedAt) : -unknown);
}

/** As logAge, but less than 0 of what was still to come. */
const signedAge = (ageMs: number): number => (ageMs < 0 ? -logAge(-ageMs) / 2 : logAge(ageMs));

/** In the order of `countNames`. */
type CountShares = readonly [number, number, number, number, number, number, number];

function setTrending(
  set: Set,
  item: Item,
  request: Request,
  profile: Profile,
  model: Model,
  learned: ModelItem | undefined,
): void {
  const key =
    item.trendKeys.day === Number.NEGATIVE_INFINITY ? unknown * 3 : item.trendKeys.day - request.trendingReference;
  set('trending_rate', Math.max(unknown * 3, Math.min(0, key)));
  const shares = sharesOf(item.id, learned, model) as unknown as CountShares;
  set('likes_7_days', shares[0]);
  set('likes_14_days', shares[1]);
  set('likes_30_days', shares[2]);
  set('likes_90_days', shares[3]);
  set('views_30_days', shares[4]);
  set('starters_14_days', shares[5]);
  set('starters_60_days', shares[6]);
  set('rise', shares[1] - shares[3]);
  const { weeksAround, weeksNear, allAround, allNear } = profile;
  const [wide, narrow] = learned
    ? [product(weeksAround, learned.weeks, learned.firstWeek), product(weeksNear, learned.weeks, learned.firstWeek)]
    : [0, 0];
  set('around_last_visit', Math.log((wide + 0.1) / (allAround + 1)));
  set('near_last_visit', Math.log((narrow + 0.1) / (allNear + 1)));
}
