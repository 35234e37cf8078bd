// Starts and stops experiments: asks what runs, appends the step, and looks whether it counted.
import { experimentProducer } from '../../producers/experiments.ts';
import type { Publisher } from '../../producers/publish.ts';
import type { Experiment } from '../../projections/experiment-lifecycle.ts';
import type { Experiments } from '../../projections/experiments.ts';
import type { Shares } from './arguments.ts';

/** Told to whoever typed it. */
export class ExperimentRefused extends Error {}

/** Both are started. */
export type Desk = { readonly publisher: Publisher; readonly experiments: Experiments };

export type Start = Shares & { readonly experimentId: string; readonly control: string; readonly why?: string };

/** @throws ExperimentRefused if another one runs, or another operator was faster */
export async function startExperiment(desk: Desk, { experimentId, ...start }: Start): Promise<Experiment> {
  const { experiments, publisher } = desk;
  const change = { ...start, kind: 'started', experimentId, salt: experimentId } as const;
  refuse(experiments.refusalOf(change));
  const { offset } = await experimentProducer(publisher).produceExperimentChange({ ...change, actorId: 'operator' });
  await experiments.waitFor(offset);
  const { running } = experiments;
  if (running?.startedOffset !== offset) refuse(experiments.refusalOf(change) ?? `${experimentId} did not start`);
  return running as Experiment;
}

/** @throws ExperimentRefused if it does not run */
export async function stopExperiment(desk: Desk, experimentId: string, why?: string): Promise<Experiment> {
  const { experiments, publisher } = desk;
  const change = { kind: 'stopped', experimentId, ...(why !== undefined && { why }) } as const;
  refuse(experiments.refusalOf(change));
  const { offset } = await experimentProducer(publisher).produceExperimentChange({ ...change, actorId: 'operator' });
  await experiments.waitFor(offset);
  return experiments.find(experimentId) as Experiment;
}

function refuse(refusal: string | null): void {
  if (refusal !== null) throw new ExperimentRefused(refusal);
}
