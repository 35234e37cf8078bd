// Experiments and their results as tables. Pure.
import type { ExperimentSummary, Results } from '../../projections/experiment-results.ts';
import { textTable } from '../text-table.ts';

export function printExperiments(experiments: readonly ExperimentSummary[]): string {
  if (experiments.length === 0) return 'No experiment was ever started: everyone gets the variant fixed.\n';
  const rows = experiments.map((each) => [
    each.experiment_id,
    each.status,
    sharesOf(each),
    each.control,
    each.started_at,
    each.stopped_at ?? '–',
    each.why ?? '',
    each.conclusion ?? '',
  ]);
  return `${textTable(['experiment', 'status', 'shares', 'control', 'started', 'stopped', 'why', 'conclusion'], rows)}\n`;
}

export function sharesOf({ shares }: Pick<ExperimentSummary, 'shares'>): string {
  return Object.entries(shares)
    .map(([variant, share]) => `${variant}=${decimal(share * 100)}`)
    .join(',');
}

export function printResults(results: Results): string {
  const places = results.variants[0]?.metrics.map(({ metric }) => metric) ?? [];
  const rows = results.variants.flatMap(({ variant, metrics }) =>
    metrics.map(({ metric, mean, low, high, difference }) => [
      metric,
      variant,
      decimal(mean),
      between(low, high),
      decimal(difference?.absolute),
      between(difference?.low, difference?.high),
      percent(difference?.relative),
      probability(difference?.p_value),
    ]),
  );
  rows.sort(([a = ''], [b = '']) => places.indexOf(a) - places.indexOf(b));
  return [
    `${results.experiment_id}: ${results.status}, ${sharesOf(results)}, control ${results.control}`,
    textTable(['variant', 'share', 'users'], results.variants.map(usersRow)),
    `${results.sample_ratio_mismatch ? 'SAMPLE RATIO MISMATCH. ' : ''}${results.sample_ratio_meaning}`,
    textTable(['metric', 'variant', 'mean', '95 %', 'difference', '95 %', 'relative', 'p'], rows),
    '',
  ].join('\n\n');
}

const usersRow = ({ variant, share, users }: Results['variants'][number]) => [
  variant,
  `${decimal(share * 100)}%`,
  String(users),
];

function between(low: number | null | undefined, high: number | null | undefined): string {
  return low == null || high == null ? '–' : `${decimal(low)} to ${decimal(high)}`;
}

function percent(value: number | null | undefined): string {
  return value == null ? '–' : `${(value * 100).toFixed(1)}%`;
}

function probability(value: number | null | undefined): string {
  return value != null && value < 0.0001 ? '< 0.0001' : decimal(value);
}

/** Four significant digits, never as a power of ten. */
function decimal(value: number | null | undefined): string {
  if (value == null) return '–';
  if (value === 0 || Math.abs(value) >= 1_000) return String(Math.round(value));
  return Math.abs(value) < 0.0001 ? value.toFixed(6) : String(Number(value.toPrecision(4)));
}
