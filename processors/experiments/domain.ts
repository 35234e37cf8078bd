// An experiment's sums over its users: per variant the users, and of each metric Σx, Σx² and Σx·views, exact. Pure.
import type { ExperimentOutcome } from '../../schemas/generated.ts';
import { type MetricName, metricNames, type Totals } from '../history/domain-exposures.ts';
import type { Moment } from '../runtime/processor.ts';

/** Over all users of a variant. Whole numbers as decimal texts: squares of milliseconds outgrow what a double holds exactly. */
export type Sums = {
  readonly x: string;
  readonly xx: string;
  /** With the same user's views: what the delta method needs for rates per view. */
  readonly xViews: string;
};

export type VariantSums = {
  readonly users: number;
  readonly metrics: Readonly<Record<MetricName, Sums>>;
};

export type ExperimentSums = {
  readonly variants: Readonly<Record<string, VariantSums>>;
  /** Append time in ms of the last outcome or first exposure. */
  readonly lastAt: number;
};

/**
 * Of one user so much counts at most: a client that repeats itself ten thousand times must not decide an experiment
 * (winsorising: Dixon 1960, "Simplified estimation from censored normal samples").
 */
export const perUserMax: Totals = {
  views: 500,
  watchMs: 36_000_000,
  likes: 200,
  shares: 100,
  skips: 500,
  notInterested: 200,
};

const clipped = (totals: Totals): Totals =>
  Object.fromEntries(metricNames.map((name) => [name, Math.min(totals[name], perUserMax[name])])) as Totals;

const none: Sums = { x: '0', xx: '0', xViews: '0' };

export const nobody: VariantSums = {
  users: 0,
  metrics: Object.fromEntries(metricNames.map((name) => [name, none])) as VariantSums['metrics'],
};

export const initialState = (): ExperimentSums => ({ variants: {}, lastAt: 0 });

export function evolve(state: ExperimentSums, event: ExperimentOutcome, at: Moment): ExperimentSums {
  const before = state.variants[event.variant] ?? nobody;
  return {
    variants: { ...state.variants, [event.variant]: after(before, event) },
    lastAt: Math.max(state.lastAt, at.now),
  };
}

function after(sums: VariantSums, event: ExperimentOutcome): VariantSums {
  switch (event.kind) {
    case 'exposed':
      return { ...sums, users: sums.users + 1 };
    case 'outcome':
      return { ...sums, metrics: moved(sums.metrics, clipped(totalsBefore(event)), clipped(event)) };
    default:
      return event satisfies never;
  }
}

/** One user's part is taken out as it was and put in as it is. */
function moved(metrics: VariantSums['metrics'], old: Totals, now: Totals): VariantSums['metrics'] {
  const next = metricNames.map((name): [MetricName, Sums] => {
    if (old[name] === now[name] && old.views === now.views) return [name, metrics[name]];
    const [a, b] = [BigInt(old[name]), BigInt(now[name])];
    const { x, xx, xViews } = metrics[name];
    return [
      name,
      {
        x: String(BigInt(x) + b - a),
        xx: String(BigInt(xx) + b * b - a * a),
        xViews: String(BigInt(xViews) + b * BigInt(now.views) - a * BigInt(old.views)),
      },
    ];
  });
  return Object.fromEntries(next) as VariantSums['metrics'];
}

function totalsBefore(event: Extract<ExperimentOutcome, { kind: 'outcome' }>): Totals {
  return {
    views: event.viewsBefore,
    watchMs: event.watchMsBefore,
    likes: event.likesBefore,
    shares: event.sharesBefore,
    skips: event.skipsBefore,
    notInterested: event.notInterestedBefore,
  };
}
