// Experiments on the feed: which there are, and what each has shown so far.
import { resultsOf, summaryOf } from '../../projections/experiment-results.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';

export function getExperiments(services: Services, { limit }: { readonly limit: number }) {
  return { experiments: services.experiments.list(limit).map(summaryOf) };
}

export async function getExperiment(services: Services, { id }: { readonly id: string }) {
  const experiment = services.experiments.find(id);
  if (!experiment) return new Refusal('not_found', 'no experiment of this name was ever started', { field: 'id' });
  return resultsOf(experiment, await services.experiments.sums(id));
}
