// A report as Markdown: aims met and missed first, then each benchmark with its tables, charts, notes and gaps.

import type { Machine } from './report-machine.ts';
import { aimsChartName, chartName, type Section, type Sections } from './report-section.ts';
import { aimText, isMet, short, verdict } from './result.ts';
import { table } from './table.ts';
import { whyMissed } from './why-missed.ts';

export function markdownOf(sections: Sections): string {
  const all = Object.entries(sections);
  const newest = all.map(([, one]) => one).sort((a, b) => (a.date < b.date ? 1 : -1))[0];
  return `${[
    '# Measured beside its peers',
    'Written by `npm run bench`; do not edit. What is compared with what, and why that is fair: [docs/benchmarks.md](../docs/benchmarks.md).',
    all.some(([, { quick }]) => quick) ? quickNote : '',
    '## Aims',
    aimsOf(all),
    `![How near each aim is](${aimsChartName})`,
    ...all.map(([name, section]) => sectionOf(name, section, newest?.machine)),
    '## Measured on',
    newest ? machineText(newest.machine) : '',
  ]
    .filter(Boolean)
    .join('\n\n')}\n`;
}

const quickNote =
  '> Sections marked *quick* are of short runs that show that the benchmark works. Their figures are not to be quoted.';

function aimsOf(all: readonly (readonly [string, Section])[]): string {
  const rows = all.flatMap(([name, { aims, gaps }]) =>
    aims.map((aim) => [
      `[${name}](#${anchorOf(name)})`,
      aim.what,
      `${short(aim.value)}${aim.unit && ` ${aim.unit}`}`,
      aimText(aim),
      !Number.isNaN(aim.value) || gaps.length === 0 ? verdict(aim) : 'not measured: see its gaps',
    ]),
  );
  const measured = all.flatMap(([, { aims }]) => aims);
  const head = table(['benchmark', 'what', 'measured', 'aim', 'verdict'], rows);
  return [`${measured.filter(isMet).length} of ${measured.length} aims are met.`, head.trimEnd(), whysOf(all)]
    .filter(Boolean)
    .join('\n\n');
}

/** For each benchmark with an aim that was measured and missed. */
function whysOf(all: readonly (readonly [string, Section])[]): string {
  const missed = all.filter(([, { aims }]) => aims.some((aim) => !Number.isNaN(aim.value) && !isMet(aim)));
  return missed.flatMap(([name]) => (whyMissed[name] ? [`- **${name}**: ${whyMissed[name]}`] : [])).join('\n');
}

const anchorOf = (name: string): string => name.toLowerCase().replaceAll(' ', '-');

function sectionOf(name: string, section: Section, machine: Machine | undefined): string {
  const { title, peer, quick, date, command, seconds, ratio, tables, charts, notes, gaps } = section;
  const when = `${date.slice(0, 16).replace('T', ' ')} UTC, ${Math.round(seconds)} s${quick ? ', *quick*' : ''}`;
  const differing = differences(section.machine, machine ?? {});
  return [
    `## ${name}`,
    `${title}, beside ${peer}. \`${command}\` (${when})${ratio === null ? '' : `: **ratio ${short(ratio)}**`}`,
    differing && `Measured with ${differing}.`,
    ...tables.map((one) => (one.title ? `${one.title}\n\n` : '') + table(one.head, one.rows).trimEnd()),
    ...charts.map((chart, i) => `![${chart.title}](${chartName(name, i)})`),
    notes.join('\n\n'),
    gaps.map((gap) => `- Gap: ${gap}`).join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** What was another thing than at the newest run, in words. */
function differences(own: Machine, newest: Machine): string {
  const names = Object.keys(own).filter((name) => own[name] !== newest[name]);
  return names.map((name) => `${name} ${own[name]}`).join(', ');
}

const machineText = (machine: Machine): string => table(['what', 'is'], Object.entries(machine)).trimEnd();
