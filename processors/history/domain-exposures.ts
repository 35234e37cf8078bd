// What a user does under the experiments that he or she is exposed to: totals since the first exposure, and what changed them. Pure.
import type { UserActivity } from '../../schemas/generated.ts';
import type { Emission, Moment } from '../runtime/processor.ts';

/** What is counted per user; all whole numbers of 0 or more. */
export const metricNames = ['views', 'watchMs', 'likes', 'shares', 'skips', 'notInterested'] as const;
export type MetricName = (typeof metricNames)[number];
export type Totals = Readonly<Record<MetricName, number>>;

export type Exposure = {
  readonly experimentId: string;
  /** Of the first exposure: who changes sides later still belongs here. */
  readonly variant: string;
  /** Append times in ms. */
  readonly firstAt: number;
  readonly latestAt: number;
  /** Of the record that began this exposure or changed its totals last. */
  readonly offset: number;
  readonly totals: Totals;
};

/** So many experiments of a user are remembered; whose latest exposure is the oldest is forgotten first. */
export const exposuresMax = 4;

/** For so long after the latest exposure, in ms of append time, outcomes count for it. */
export const attributionMs = 86_400_000;

/** Of one view so much watching counts at most, that one odd client does not decide an experiment. */
export const watchMsMax = 3_600_000;

const none: readonly Emission[] = [];

const nothing: Totals = { views: 0, watchMs: 0, likes: 0, shares: 0, skips: 0, notInterested: 0 };

export function exposuresAfter(exposures: readonly Exposure[], event: UserActivity, at: Moment): readonly Exposure[] {
  if (event.action === 'exposed') return exposed(exposures, event, at);
  if (exposures.length === 0) return exposures;
  const change = changeBy(event);
  return change ? exposures.map((exposure) => counted(exposure, change, at)) : exposures;
}

/** The derived events of a record that has just been folded into these exposures. */
export function outcomesOf(exposures: readonly Exposure[], event: UserActivity, at: Moment): readonly Emission[] {
  if (exposures.length === 0) return none;
  return exposures
    .filter(({ offset }) => offset === at.offset)
    .map(({ experimentId, variant, totals }): Emission => {
      const about = { experimentId, variant, userId: event.userId };
      const content = event.action === 'exposed' ? { kind: 'exposed' } : { kind: 'outcome', ...beside(totals, event) };
      return { topic: 'experiment_outcomes', key: experimentId, event: { ...about, ...content } };
    });
}

type Exposed = Extract<UserActivity, { action: 'exposed' }>;

/** A repeated exposure moves the latest time alone: outcomes go on counting from the first. */
function exposed(exposures: readonly Exposure[], { experimentId, variant }: Exposed, at: Moment): readonly Exposure[] {
  const known = exposures.find((exposure) => exposure.experimentId === experimentId);
  if (known) {
    const again = { ...known, latestAt: Math.max(known.latestAt, at.now) };
    return exposures.map((exposure) => (exposure === known ? again : exposure));
  }
  const first = { experimentId, variant, firstAt: at.now, latestAt: at.now, offset: at.offset, totals: nothing };
  const kept = [...exposures, first];
  if (kept.length <= exposuresMax) return kept;
  const oldest = exposures.reduce((least, each) => (each.latestAt < least.latestAt ? each : least));
  return kept.filter((exposure) => exposure !== oldest);
}

type Change = { readonly metric: MetricName; readonly by: number }[];

function changeBy(event: UserActivity): Change | null {
  switch (event.action) {
    case 'view':
      return [
        { metric: 'views', by: 1 },
        { metric: 'watchMs', by: Math.min(watchMsMax, event.watchDurationMs) },
      ];
    case 'like':
      return [{ metric: 'likes', by: 1 }];
    case 'unlike':
      return [{ metric: 'likes', by: -1 }];
    case 'share':
      return [{ metric: 'shares', by: 1 }];
    case 'skip':
      return [{ metric: 'skips', by: 1 }];
    case 'not_interested':
      return [{ metric: 'notInterested', by: 1 }];
    default:
      return null;
  }
}

function counted(exposure: Exposure, change: Change, at: Moment): Exposure {
  const { firstAt, latestAt, totals } = exposure;
  if (at.now < firstAt || at.now > latestAt + attributionMs) return exposure;
  const after = { ...totals };
  for (const { metric, by } of change) after[metric] += by;
  // A like of before the exposure that is taken back now was never counted.
  if (after.likes < 0) return exposure;
  return { ...exposure, offset: at.offset, totals: after };
}

/** The totals after the event and before it, as the derived event's fields. */
function beside(totals: Totals, event: UserActivity): Readonly<Record<string, number>> {
  const change = new Map((changeBy(event) ?? []).map(({ metric, by }) => [metric, by]));
  return Object.fromEntries(
    metricNames.flatMap((metric) => [
      [metric, totals[metric]],
      [`${metric}Before`, totals[metric] - (change.get(metric) ?? 0)],
    ]),
  );
}
