// experiment_outcomes → each experiment's sums over its users, per variant and metric, in Redis.
import type { ExperimentOutcome } from '../../schemas/generated.ts';
import type { Processor } from '../runtime/processor.ts';
import { type ExperimentSums, evolve, initialState } from './domain.ts';

export const experiments: Processor<ExperimentSums, ExperimentOutcome> = {
  name: 'experiments',
  input: 'experiment_outcomes',
  control: 'experiments_control',
  rules: 1,
  emitsTo: [],
  firstHop: false,
  pushesStates: false,
  initialState,
  evolve,
  writes: () => [],
  emits: () => [],
  tagOf: (event) => event.kind,
};
