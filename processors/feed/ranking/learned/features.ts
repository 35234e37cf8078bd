// The features of one video for one viewer, by name, from the served states and the model: the same code in training and serving.
import { exposuresOf } from '../engagement-rate.ts';
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import { affinityOf } from '../scorers/creator-affinity.ts';
import { similarityOf } from '../scorers/similarity.ts';
import { type FeatureName, featureNames } from './features-list.ts';
import { countNames, type Model, type ModelItem } from './model.ts';
import { logAge, type Own, type Profile, product, type Taste } from './profile.ts';

const places = Object.fromEntries(featureNames.map((name, place) => [name, place])) as Readonly<
  Record<FeatureName, number>
>;

/** Stands in for what cannot be known, below all that can. */
export const unknown = -9;
const ratePrior = 8;

/** @returns values in the order of `featureNames`; every one is finite */
export function featuresOf(item: Item, request: Request, { taste: profile }: Profile, model: Model): Float32Array {
  const vector = new Float32Array(featureNames.length);
  const learned = model.items.get(item.id);
  setEngagement(vector, item, model);
  setRelated(vector, learned, profile);
  setContent(vector, item, request, profile);
  setViewer(vector, request, profile);
  setFreshness(vector, item, request, profile, learned);
  setTrending(vector, item, request, profile, model, learned);
  vector[places.affinity] = affinityOf(item, request);
  vector[places.follows] = request.viewer.follows.has(item.creatorId) ? 1 : 0;
  return vector;
}

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

function setEngagement(vector: Float32Array, item: Item, { statistics }: Model): void {
  const state = item.engagement?.state ?? null;
  const [views, likes, dislikes] = [state?.viewers ?? 0, state?.likes ?? 0, state?.notInterested ?? 0];
  const shown = exposuresOf(state);
  vector[places.view_reach] = reach(views, statistics.users);
  vector[places.like_reach] = reach(likes, statistics.users);
  vector[places.like_rate] = (likes + ratePrior * statistics.likeRate) / (shown + ratePrior);
  vector[places.dislike_rate] = (dislikes + ratePrior * statistics.dislikeRate) / (shown + ratePrior);
  vector[places.engagement_rate] = item.engagementValue;
}

const reach = (count: number, users: number): number => Math.log((count + 0.5) / (users + 1));

function setRelated(
  vector: Float32Array,
  learned: ModelItem | undefined,
  { watched, liked, fading, fadingLiked, latest, factors }: Taste,
): void {
  const related = learned?.related;
  if (!related) return;
  vector[places.ease_views] = sumOver(related.ease_views, fading);
  vector[places.ease_likes] = sumOver(related.ease_likes, fadingLiked);
  vector[places.ease_latest] = sumOver(related.ease_views, latest);
  vector[places.cosine_likes] = sumOver(related.cosine_likes, liked) / (liked.columns.length + 10);
  vector[places.cosine_views] = sumOver(related.cosine_views, watched) / (watched.columns.length + 10);
  vector[places.cosine_closest] = closestOf(related.cosine_likes, liked);
  vector[places.sequence] = sumOver(related.sequence, latest);
  if (factors && learned.factors) vector[places.factors] = product(factors, learned.factors, 0);
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

function setContent(vector: Float32Array, item: Item, request: Request, profile: Taste): void {
  vector[places.interest_similarity] = similarityOf(item, request);
  const own = profile.tokens;
  let [watched, liked] = [0, 0];
  const placesOfTokens = request.catalogue.vocabulary.spreadPlaces(own.places);
  for (const token of item.tokens) {
    const at = (placesOfTokens[token] as number) - 1;
    watched += at < 0 ? own.unwatched : (own.watched[at] as number);
    if (at >= 0) liked += own.liked[at] as number;
  }
  const tokens = Math.max(1, item.tokens.length);
  vector[places.tags_watched] = watched / tokens;
  vector[places.tags_liked] = liked / tokens;
  const at = profile.lastAt ?? request.now;
  const known = profile.era !== null && item.publishedAt > 0;
  vector[places.era_distance] =
    known && profile.era ? (logAge(at - item.publishedAt) - profile.era.mean) / profile.era.spread : 0;
}

function setViewer(vector: Float32Array, { now }: Request, profile: Taste): void {
  vector[places.viewer_videos] = Math.log2(1 + profile.videos);
  vector[places.viewer_like_rate] = profile.likeRate;
  vector[places.viewer_reach] = profile.reach;
  vector[places.viewer_idle] = profile.lastAt === null ? unknown : logAge(now - profile.lastAt);
}

function setFreshness(
  vector: Float32Array,
  item: Item,
  { now }: Request,
  { lastAt }: Taste,
  learned?: ModelItem,
): void {
  const visit = lastAt ?? now;
  const published = item.publishedAt > 0;
  vector[places.age] = published ? logAge(now - item.publishedAt) : unknown;
  vector[places.age_at_last_visit] = published ? signedAge(visit - item.publishedAt) : unknown;
  vector[places.days_known] = learned?.firstAt ? logAge(now - learned.firstAt) : unknown;
  vector[places.known_at_last_visit] = learned?.firstAt ? signedAge(visit - learned.firstAt) : unknown;
  vector[places.days_unliked] = learned?.lastLikedAt ? logAge(now - learned.lastLikedAt) : -unknown;
}

/** As logAge, but less than 0 of what was still to come. */
const signedAge = (ageMs: number): number => (ageMs < 0 ? -logAge(-ageMs) / 2 : logAge(ageMs));

/** In the order of `countNames`. */
type CountShares = readonly [number, number, number, number, number, number, number];

function setTrending(
  vector: Float32Array,
  item: Item,
  request: Request,
  profile: Taste,
  model: Model,
  learned: ModelItem | undefined,
): void {
  const key =
    item.trendKeys.day === Number.NEGATIVE_INFINITY ? unknown * 3 : item.trendKeys.day - request.trendingReference;
  vector[places.trending_rate] = Math.max(unknown * 3, Math.min(0, key));
  const shares = sharesOf(item.id, learned, model) as unknown as CountShares;
  vector[places.likes_7_days] = shares[0];
  vector[places.likes_14_days] = shares[1];
  vector[places.likes_30_days] = shares[2];
  vector[places.likes_90_days] = shares[3];
  vector[places.views_30_days] = shares[4];
  vector[places.starters_14_days] = shares[5];
  vector[places.starters_60_days] = shares[6];
  vector[places.rise] = shares[1] - shares[3];
  const { weeksAround, weeksNear, allAround, allNear } = profile;
  const [wide, narrow] = learned
    ? [product(weeksAround, learned.weeks, learned.firstWeek), product(weeksNear, learned.weeks, learned.firstWeek)]
    : [0, 0];
  vector[places.around_last_visit] = Math.log((wide + 0.1) / (allAround + 1));
  vector[places.near_last_visit] = Math.log((narrow + 0.1) / (allNear + 1));
}
