// What a report keeps of one benchmark: its result, when, how and on what it was measured, and where its charts are.
import type { Machine } from './report-machine.ts';
import type { Result } from './result.ts';

export type Section = Result & {
  readonly title: string;
  readonly peer: string;
  readonly quick: boolean;
  /** ISO 8601 */
  readonly date: string;
  readonly command: string;
  readonly seconds: number;
  readonly machine: Machine;
};

export type Sections = Readonly<Record<string, Section>>;

export const chartName = (name: string, index: number): string => `charts/${name}-${index + 1}.svg`;
export const aimsChartName = 'charts/aims.svg';
