// The ranker of each variant.
import type { Query } from '../request.ts';
import { fixed, fixedWith } from './fixed.ts';
import { isTrained, learnedRanker } from './learned.ts';
import type { Ranker } from './ranker.ts';

/** Of the request's variant; without a trained model everyone is ranked by the document's weights. */
export function rankerIn({ variant, published, weights }: Query): Ranker {
  if (weights) return fixedWith(weights);
  return variant === 'learned' && published && isTrained(published.model) ? learnedRanker(published.model) : fixed;
}
