// The report of all benchmarks: keeps what each one measured last in report.json, and writes report.md and its charts from that.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { aimsChart, chartSvg } from './report-charts.ts';
import { markdownOf } from './report-markdown.ts';
import { aimsChartName, chartName, type Section, type Sections } from './report-section.ts';
import type { Aim } from './result.ts';

/** JSON has neither NaN (what could not be measured), which becomes null, nor the infinity of what never came. */
const aimRead = (aim: Aim): Aim => ({ ...aim, value: Number(aim.value ?? Number.NaN) });
const written = (_: string, value: unknown) => (value === Number.POSITIVE_INFINITY ? 'Infinity' : value);

export class Report {
  readonly #folder: string;

  /** @param folder ends in a slash */
  constructor(folder: string) {
    this.#folder = folder;
  }

  sections(): Sections {
    const file = `${this.#folder}report.json`;
    const kept = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Sections;
    const read = Object.entries(kept).map(([name, one]) => [name, { ...one, aims: one.aims.map(aimRead) }]);
    return Object.fromEntries(read);
  }

  /** The others keep what they had. @param order of all names in the report */
  merge(name: string, section: Section, order: readonly string[]): void {
    const all = { ...this.sections(), [name]: section };
    const names = [...order.filter((one) => all[one]), ...Object.keys(all).filter((one) => !order.includes(one))];
    const sections: Sections = Object.fromEntries(names.map((one) => [one, all[one] as Section]));
    mkdirSync(`${this.#folder}charts`, { recursive: true });
    for (const file of readdirSync(`${this.#folder}charts`)) rmSync(`${this.#folder}charts/${file}`);
    writeFileSync(`${this.#folder}report.json`, `${JSON.stringify(sections, written, 1)}\n`);
    for (const [of, { charts }] of Object.entries(sections))
      for (const [i, chart] of charts.entries()) writeFileSync(this.#folder + chartName(of, i), chartSvg(chart));
    const aims = Object.entries(sections).flatMap(([of, { aims: ofOne }]) => ofOne.map((aim) => ({ name: of, aim })));
    writeFileSync(this.#folder + aimsChartName, aimsChart(aims));
    writeFileSync(`${this.#folder}report.md`, markdownOf(sections));
  }
}
