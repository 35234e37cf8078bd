// The names of the learned ranker's features, in the order of its vectors, each with the factor that it counts towards.
import type { FactorName } from '../weights.ts';

export type LearnedFactor = Exclude<FactorName, 'diversity'>;

export const learnedFactors = [
  'engagement',
  'content_similarity',
  'freshness',
  'creator_affinity',
  'trending',
] as const satisfies readonly LearnedFactor[];

const features = {
  /** ln of the part of all users who viewed or liked it, and the smoothed rates of likes and of "not interested". */
  view_reach: 'engagement',
  like_reach: 'engagement',
  like_rate: 'engagement',
  dislike_rate: 'engagement',
  engagement_rate: 'engagement',
  /** Item-to-item weights summed over the viewer's videos. */
  ease_views: 'content_similarity',
  ease_likes: 'content_similarity',
  ease_latest: 'content_similarity',
  cosine_likes: 'content_similarity',
  cosine_views: 'content_similarity',
  cosine_closest: 'content_similarity',
  sequence: 'content_similarity',
  /** Product of the factor vectors of viewer and video. */
  factors: 'content_similarity',
  /** Category and tags against what the viewer watched, liked and disliked. */
  interest_similarity: 'content_similarity',
  tags_watched: 'content_similarity',
  tags_liked: 'content_similarity',
  era_distance: 'content_similarity',
  /** How much is known of the viewer. */
  viewer_videos: 'content_similarity',
  viewer_like_rate: 'content_similarity',
  viewer_reach: 'content_similarity',
  age: 'freshness',
  age_at_last_visit: 'freshness',
  days_known: 'freshness',
  known_at_last_visit: 'freshness',
  days_unliked: 'freshness',
  viewer_idle: 'freshness',
  affinity: 'creator_affinity',
  follows: 'creator_affinity',
  trending_rate: 'trending',
  likes_7_days: 'trending',
  likes_14_days: 'trending',
  likes_30_days: 'trending',
  likes_90_days: 'trending',
  views_30_days: 'trending',
  starters_14_days: 'trending',
  starters_60_days: 'trending',
  rise: 'trending',
  around_last_visit: 'trending',
  near_last_visit: 'trending',
} as const satisfies Readonly<Record<string, LearnedFactor>>;

export type FeatureName = keyof typeof features;
export const featureNames = Object.keys(features) as FeatureName[];
export const factorOfFeature: Readonly<Record<FeatureName, LearnedFactor>> = features;
