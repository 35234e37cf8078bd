// The document's ranker: each factor is what its scorer says, by the document's weights, or by others that are being tried.

import { affinityOf } from '../scorers/creator-affinity.ts';
import { freshnessOf } from '../scorers/freshness.ts';
import { contentSimilarityOf } from '../scorers/similarity.ts';
import { trendingValue } from '../scorers/trending.ts';
import { weights as documented, type Weights } from '../weights.ts';
import type { Ranker } from './ranker.ts';

const weighing = (weights: Weights): Ranker => ({
  name: 'fixed',
  weights,
  // What `scorers` say, one by one in the order of the weights: it is asked of hundreds of videos for each page.
  base: (item, request) =>
    weights.engagement * request.catalogue.figures.engagementOf(item) +
    weights.content_similarity * contentSimilarityOf(item, request) +
    weights.freshness * freshnessOf(item, request) +
    weights.creator_affinity * affinityOf(item, request) +
    weights.trending * trendingValue(item, request),
  values: (_item, _request, findings) => findings,
});

export const fixed = weighing(documented);

const tried = new WeakMap<Weights, Ranker>();

/** The same object for the same weights. */
export function fixedWith(weights: Weights): Ranker {
  const known = tried.get(weights) ?? weighing(weights);
  tried.set(weights, known);
  return known;
}
