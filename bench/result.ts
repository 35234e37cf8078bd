// What a benchmark answers: figures in tables, series for charts, each aim with the figure that meets it or not, and what was left out.
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';

export type Aim = {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly bound: 'at least' | 'at most';
  readonly aim: number;
};

export type Table = {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** Bars side by side, one group for each label. */
export type BarChart = {
  readonly kind: 'bars';
  readonly title: string;
  readonly unit: string;
  readonly labels: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
};

/** The cost of one unit of work over the size of the data, both on logarithmic scales. */
export type GrowthChart = {
  readonly kind: 'growth';
  readonly title: string;
  readonly unit: string;
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
};

export type Chart = BarChart | GrowthChart;

export type Result = {
  /** Ours through the peer's (or the limit's), so that more is better; null where there is no peer. */
  readonly ratio: number | null;
  readonly aims: readonly Aim[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  readonly notes: readonly string[];
  /** What could not be measured here, by name. */
  readonly gaps: readonly string[];
};

export type Setting = {
  readonly config: Config;
  readonly log: Log;
  /** Short, to see that it works: its figures are not to be quoted. */
  readonly quick: boolean;
  /** What goes on, for whoever waits. */
  readonly say: (text: string) => void;
};

export type Benchmark = {
  readonly title: string;
  /** What it is compared with, in a few words. */
  readonly peer: string;
  readonly run: (setting: Setting) => Promise<Result>;
};

export const isMet = ({ value, bound, aim }: Aim): boolean => (bound === 'at least' ? value >= aim : value <= aim);

/** How near the aim is: 1 is met just so, more is better. */
export const partOfAim = ({ value, bound, aim }: Aim): number =>
  bound === 'at least' ? value / aim : value <= 0 ? Number.POSITIVE_INFINITY : aim / value;

export const aimText = ({ bound, aim, unit }: Aim): string =>
  `${bound === 'at least' ? '≥' : '≤'} ${aim}${unit && ` ${unit}`}`;

/** "met", or by how much it was missed. */
export function verdict(of: Aim): string {
  if (Number.isNaN(of.value)) return 'not measured';
  if (isMet(of)) return 'met';
  if (!Number.isFinite(of.value)) return 'missed: saturated';
  const times = of.value / of.aim;
  return times >= 2 ? `missed: ${short(times)} × the aim` : `missed by ${Math.round(100 * Math.abs(times - 1))} %`;
}

/** What stands before a chart's or a table's figures: 3 digits that count. */
export function short(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return '∞';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
