// The ranker of each variant.
import type { Query } from '../request.ts';
import { fixed } from './fixed.ts';
import { isTrained, learnedRanker } from './learned.ts';
import type { Ranker } from './ranker.ts';

/** Of the request's variant; without a trained model everyone is ranked by the document's weights. */
export function rankerIn({ variant, published }: Query): Ranker {
  return variant === 'learned' && published && isTrained(published.model) ? learnedRanker(published.model) : fixed;
}
