// The document's ranker: each factor is what its scorer says, by the document's weights, or by others that are being tried.
import { scorers } from '../scorers/list.ts';
import { weights as documented, type Weights } from '../weights.ts';
import type { Ranker } from './ranker.ts';

const weighing = (weights: Weights): Ranker => ({
  name: 'fixed',
  weights,
  base(item, request) {
    let sum = 0;
    for (const scorer of scorers) sum += weights[scorer.name] * scorer.value(item, request);
    return sum;
  },
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
