// What an experiment has shown so far: per variant users, means and rates with intervals, the difference to the control, the sample-ratio check.
import type { Redis } from 'ioredis';
import { type ExperimentSums, nobody, type VariantSums } from '../processors/experiments/domain.ts';
import { bucketCount } from '../processors/feed/ranking/assignment.ts';
import type { MetricName } from '../processors/history/domain-exposures.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import type { Experiment } from './experiment-lifecycle.ts';
import {
  differenceOf,
  differenceProbability,
  type Estimate,
  intervalOf,
  meanOf,
  ratioOf,
  sampleRatioProbability,
} from './experiment-statistics.ts';
import { StateReader } from './state-reader.ts';

export class ExperimentReader {
  readonly #states: StateReader;

  constructor(redis: Redis, namespace: string, generations: LiveGenerations) {
    this.#states = new StateReader(redis, namespace, generations);
  }

  /** Null before anybody was exposed. */
  sums(experimentId: string): Promise<ExperimentSums | null> {
    return this.#states.state('experiments', 'experiment_outcomes', experimentId);
  }
}

type Measure = { readonly name: string; readonly estimate: (sums: VariantSums) => Estimate | null };

const sample = ({ users, metrics }: VariantSums, name: MetricName) => ({
  users,
  x: BigInt(metrics[name].x),
  xx: BigInt(metrics[name].xx),
});

const perUser = (name: string, metric: MetricName): Measure => ({
  name,
  estimate: (sums) => meanOf(sample(sums, metric)),
});

const perView = (name: string, metric: MetricName): Measure => ({
  name,
  estimate: (sums) => {
    const { x: y, xx: yy } = sample(sums, metric);
    return ratioOf({ ...sample(sums, 'views'), y, yy, xy: BigInt(sums.metrics[metric].xViews) });
  },
});

/** Skips per video met, which are views and skips: (v + s)² = v² + 2vs + s², s (v + s) = sv + s². */
const skipRate: Measure = {
  name: 'skip_rate',
  estimate: (sums) => {
    const [views, skips] = [sample(sums, 'views'), sample(sums, 'skips')];
    const both = BigInt(sums.metrics.skips.xViews);
    const xx = views.xx + 2n * both + skips.xx;
    return ratioOf({ users: sums.users, x: views.x + skips.x, xx, y: skips.x, yy: skips.xx, xy: both + skips.xx });
  },
};

export const measures: readonly Measure[] = [
  perUser('views_per_user', 'views'),
  perUser('watch_ms_per_user', 'watchMs'),
  perUser('likes_per_user', 'likes'),
  perUser('shares_per_user', 'shares'),
  perUser('skips_per_user', 'skips'),
  perUser('not_interested_per_user', 'notInterested'),
  perView('watch_ms_per_view', 'watchMs'),
  perView('like_rate', 'likes'),
  perView('share_rate', 'shares'),
  skipRate,
];

/** Below this a division by chance is not believed any more. */
const mismatchBelow = 0.001;

export type Results = ReturnType<typeof resultsOf>;
export type ExperimentSummary = ReturnType<typeof summaryOf>;

const iso = (ms: number) => new Date(ms).toISOString();
const shareOf = ({ variants, buckets }: Experiment, variant: string) =>
  (buckets[variants.indexOf(variant)] ?? 0) / bucketCount;

/** An experiment as lists show it. */
export function summaryOf(experiment: Experiment) {
  return {
    experiment_id: experiment.experimentId,
    status: experiment.stoppedAt === null ? ('running' as const) : ('stopped' as const),
    started_at: iso(experiment.startedAt),
    stopped_at: experiment.stoppedAt === null ? null : iso(experiment.stoppedAt),
    control: experiment.control,
    shares: Object.fromEntries(experiment.variants.map((name) => [name, shareOf(experiment, name)])),
    why: experiment.why,
    conclusion: experiment.conclusion,
  };
}

/** Numbers that cannot be known yet are null. Shares, rates and probabilities in [0, 1], times in ms. */
export function resultsOf(experiment: Experiment, sums: ExperimentSums | null) {
  const of = (variant: string) => sums?.variants[variant] ?? nobody;
  const control = of(experiment.control);
  return {
    ...summaryOf(experiment),
    last_outcome_at: sums ? iso(sums.lastAt) : null,
    ...sampleRatio(experiment, of),
    variants: experiment.variants.map((variant) => ({
      variant,
      is_control: variant === experiment.control,
      share: shareOf(experiment, variant),
      users: of(variant).users,
      metrics: measures.map(({ name, estimate }) => {
        const [mine, theirs] = [estimate(of(variant)), estimate(control)];
        const compared = variant !== experiment.control && mine && theirs;
        return { metric: name, ...figureOf(mine), difference: compared ? comparison(mine, theirs) : null };
      }),
    })),
  };
}

function figureOf(estimate: Estimate | null) {
  const interval = estimate && intervalOf(estimate);
  return { mean: estimate?.value ?? null, low: interval?.low ?? null, high: interval?.high ?? null };
}

function comparison(mine: Estimate, theirs: Estimate) {
  const difference = differenceOf(mine, theirs);
  const { mean: absolute, low, high } = figureOf(difference);
  const relative = theirs.value === 0 ? null : difference.value / theirs.value;
  return { absolute, low, high, relative, p_value: differenceProbability(difference) };
}

function sampleRatio(experiment: Experiment, of: (variant: string) => VariantSums) {
  const users = experiment.variants.map((variant) => of(variant).users);
  const probability = sampleRatioProbability(
    users,
    experiment.buckets.map((each) => each / bucketCount),
  );
  const isMismatch = probability !== null && probability < mismatchBelow;
  return {
    sample_ratio_p_value: probability,
    sample_ratio_mismatch: isMismatch,
    sample_ratio_meaning: meaningOf(probability, isMismatch),
  };
}

function meaningOf(probability: number | null, isMismatch: boolean): string {
  if (probability === null) return 'Too few users yet to tell whether they are divided as planned.';
  if (!isMismatch) return 'The users are divided as planned, as far as chance allows.';
  return 'The users are not divided as planned, and chance does not explain it: somebody is missing from a variant or counted in it wrongly. Do not trust any difference below before the cause is found.';
}
