// Typed calls that start and stop an experiment: an operator's, never a client's.
import type { ExperimentChange } from '../schemas/generated.ts';
import type { Acknowledgement, Publisher } from './publish.ts';
import { type InputOf, publishChecked } from './typed.ts';

export const experimentProducer = (publisher: Publisher) => ({
  produceExperimentChange: (input: InputOf<ExperimentChange>): Promise<Acknowledgement> =>
    publishChecked(publisher, 'experiments', input),
});
