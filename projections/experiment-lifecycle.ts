// Which experiment runs, and all that ever ran, as a fold of the topic `experiments`. Pure.
import { bucketCount, type Division } from '../processors/feed/ranking/assignment.ts';
import type { ExperimentChange } from '../schemas/generated.ts';

export type Experiment = Division & {
  readonly experimentId: string;
  readonly control: string;
  /** The operators' words: what it is to find out, and what it has shown. */
  readonly why: string | null;
  readonly conclusion: string | null;
  /** Offset of the record that started it. */
  readonly startedOffset: number;
  /** Append times in ms. */
  readonly startedAt: number;
  readonly stoppedAt: number | null;
};

type Started = Extract<ExperimentChange, { kind: 'started' }>;
/** What of a step decides whether it counts. */
export type Step =
  | Pick<Started, 'kind' | 'experimentId' | 'variants' | 'buckets' | 'control'>
  | Pick<Extract<ExperimentChange, { kind: 'stopped' }>, 'kind' | 'experimentId'>;

export class ExperimentLifecycle {
  /** In the order in which they started. */
  readonly #experiments = new Map<string, Experiment>();
  running: Experiment | null = null;

  /** @returns why the step counts for nothing, or null if it counts */
  refusalOf(change: Step): string | null {
    const { experimentId: id } = change;
    if (change.kind === 'stopped') return this.running?.experimentId === id ? null : `${id} does not run`;
    if (this.running)
      return `${this.running.experimentId} runs already, and the feed has one experiment at a time: stop it first`;
    if (this.#experiments.has(id)) return `${id} has been an experiment before: give it another name`;
    return wrongDivision(change);
  }

  /** Takes the next record. @returns as `refusalOf` */
  take(change: ExperimentChange, offset: number, appendedAt: number): string | null {
    const refusal = this.refusalOf(change);
    if (refusal !== null) return refusal;
    if (change.kind === 'started') {
      this.running = { ...startedBy(change), startedOffset: offset, startedAt: appendedAt };
      this.#experiments.set(change.experimentId, this.running);
    } else if (this.running) {
      this.#experiments.set(change.experimentId, { ...this.running, stoppedAt: appendedAt, conclusion: change.why });
      this.running = null;
    }
    return null;
  }

  find(experimentId: string): Experiment | null {
    return this.#experiments.get(experimentId) ?? null;
  }

  /** Newest first. */
  list(limit: number): Experiment[] {
    return [...this.#experiments.values()].reverse().slice(0, limit);
  }
}

function startedBy({ experimentId, variants, buckets, salt, control, why }: Started) {
  return { experimentId, variants, buckets, salt, control, why, stoppedAt: null, conclusion: null };
}

function wrongDivision({ variants, buckets, control }: Extract<Step, { kind: 'started' }>): string | null {
  const sum = buckets.reduce((total, each) => total + each, 0);
  if (variants.length < 2 || new Set(variants).size !== variants.length)
    return 'two or more different variants are needed';
  if (buckets.length !== variants.length || buckets.some((each) => each < 1)) return 'every variant needs a share';
  if (sum !== bucketCount) return `the shares add up to ${sum / 100} %, not to 100 %`;
  return variants.includes(control) ? null : `the control ${control} is none of the variants ${variants.join(', ')}`;
}
