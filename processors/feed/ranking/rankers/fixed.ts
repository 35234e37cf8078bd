// The document's ranker: each factor is what its scorer says, by the document's weights.
import { scorers } from '../scorers/list.ts';
import { weights } from '../weights.ts';
import type { Ranker } from './ranker.ts';

export const fixed: Ranker = {
  name: 'fixed',
  weights,
  base(item, request) {
    let sum = 0;
    for (const scorer of scorers) sum += weights[scorer.name] * scorer.value(item, request);
    return sum;
  },
  values: (_item, _request, findings) => findings,
};
