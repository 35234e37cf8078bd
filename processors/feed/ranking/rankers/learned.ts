// The trained ranker: boosted trees whose contributions, gathered by factor, are the weighted values of its score.
import { learnedFactors } from '../learned/features-list.ts';
import type { Model } from '../learned/model.ts';
import type { Profile } from '../learned/profile.ts';
import type { Ranker as Trees } from '../learned/ranker.ts';
import { explainLearned, learnedScore, learnedShare, scaleOf } from '../learned/score.ts';
import type { Request } from '../request.ts';
import { weights as documented, type FactorName, type Weights } from '../weights.ts';
import type { PagelessFactor, Ranker, Valued } from './ranker.ts';

type Trained = Model & { readonly ranker: Trees };

/** More than a page shows, for diversity and for later pages, which begin anew with what is left. */
const scoredMax = 200;

const rankers = new WeakMap<Model, Ranker>();

export const isTrained = (model: Model): model is Trained => model.ranker !== null;

/** The same object for the same model. */
export function learnedRanker(model: Trained): Ranker {
  const known = rankers.get(model);
  if (known) return known;
  const { bounds } = scaleOf(model.ranker);
  const made: Ranker = {
    name: 'learned',
    scoredMax,
    weights: weightsOf(model),
    base: (item, request) => learnedScore(item, request, profileIn(request), model),
    values(item, request, findings) {
      const learned = explainLearned(item, request, profileIn(request), model);
      const valued = learnedFactors.map((name): [PagelessFactor, Valued] => {
        const { value, features } = learned[name];
        const { lowest, highest } = bounds[name];
        const { inputs, value: documentValue } = findings[name];
        return [name, { value, inputs: { ...inputs, document_value: documentValue, lowest, highest, features } }];
      });
      return Object.fromEntries(valued) as Record<PagelessFactor, Valued>;
    },
  };
  rankers.set(model, made);
  return made;
}

/** Each factor's part of all that contributions can add up to; diversity has the document's weight. */
function weightsOf(model: Trained): Weights {
  const { bounds, range } = scaleOf(model.ranker);
  const weights: Partial<Record<FactorName, number>> = { diversity: documented.diversity };
  for (const name of learnedFactors) {
    const { lowest, highest } = bounds[name];
    weights[name] = range === 0 ? 0 : (learnedShare * (highest - lowest)) / range;
  }
  return weights as Weights;
}

function profileIn({ profile }: Request): Profile {
  if (!profile) throw new Error('the learned ranker needs a profile');
  return profile;
}
