// Draws a report's charts as SVG files: how near each aim is, figures side by side, and how a cost grows with its data.
import { init } from 'echarts';
import { type Aim, aimText, type BarChart, type Chart, type GrowthChart, partOfAim, short, verdict } from './result.ts';
import { exponentOf } from './table.ts';

const width = 960;
const colours = ['#2f6db3', '#e08a2c', '#4c9a62', '#9a5fb0', '#8c8c8c', '#c4473a'];
const [metColour, missedColour] = ['#4c9a62', '#c4473a'];
const text = { fontFamily: 'sans-serif', fontSize: 12, color: '#333' };
const barHeight = 26;

type Labelled = { readonly value?: unknown };
type Option = Parameters<ReturnType<typeof init>['setOption']>[0];

function svgOf(option: Option, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, backgroundColor: '#fff', textStyle: text, color: colours, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const titled = (title: string, subtext = '') => ({
  title: { text: title, subtext, left: 12, top: 8, textStyle: { fontSize: 15 }, subtextStyle: { color: '#555' } },
});

export type NamedAim = { readonly name: string; readonly aim: Aim };

/** From a hundredth of the aim to a hundred times it. */
const partsShown = { least: 0.01, most: 100 };

/** One bar an aim: 1 is the aim, to the right is better. */
export function aimsChart(all: readonly NamedAim[]): string {
  const shown = all.filter(({ aim }) => !Number.isNaN(aim.value)).toReversed();
  const bars = shown.map(({ aim }) => {
    const part = Math.min(partsShown.most, Math.max(partsShown.least, partOfAim(aim)));
    const figure = `${short(aim.value)}${aim.unit && ` ${aim.unit}`} (${aimText(aim)})`;
    return {
      value: part,
      itemStyle: { color: verdict(aim) === 'met' ? metColour : missedColour },
      label: { show: true, position: 'right' as const, formatter: figure, color: '#333' },
    };
  });
  const option: Option = {
    ...titled('How near each aim is', '1 is the aim; to the right is better; the figure and its aim stand beside'),
    grid: { left: 400, right: 130, top: 70, bottom: 40 },
    xAxis: { type: 'log', min: partsShown.least, max: partsShown.most, axisLabel: { formatter: '{value} ×' } },
    yAxis: {
      type: 'category',
      data: shown.map(({ name, aim }) => `${name}: ${aim.what}`),
      axisLabel: { width: 385, overflow: 'truncate' },
    },
    series: [
      {
        type: 'bar',
        // A logarithmic axis begins its bars at 1.
        data: bars,
        barWidth: 14,
        markLine: { symbol: 'none', label: { show: false }, lineStyle: { color: '#333' }, data: [{ xAxis: 1 }] },
      },
    ],
  };
  return svgOf(option, 120 + barHeight * shown.length);
}

export const chartSvg = (chart: Chart): string => (chart.kind === 'bars' ? barsSvg(chart) : growthSvg(chart));

/** Where the largest figure is more than this many times the smallest, only a logarithmic axis shows both. */
const linearSpanMax = 30;

function barsSvg({ title, unit, labels, series }: BarChart): string {
  const values = series.flatMap((one) => one.values).filter((value) => Number.isFinite(value) && value > 0);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const isWide = most / least > linearSpanMax;
  const axis = isWide
    ? { type: 'log' as const, min: 10 ** Math.floor(Math.log10(least)), name: unit }
    : { type: 'value' as const, name: unit };
  const option: Option = {
    ...titled(title),
    legend: { top: 12, right: 12, show: series.length > 1 },
    grid: { left: 70, right: 30, top: 80, bottom: 40 },
    xAxis: { type: 'category', data: [...labels], axisLabel: { interval: 0 } },
    yAxis: axis,
    series: series.map(({ name, values: heights }) => ({
      name,
      type: 'bar' as const,
      barMaxWidth: 80,
      data: heights.map((height) => (Number.isFinite(height) ? height : '-')),
      label: { show: true, position: 'top' as const, formatter: ({ value }: Labelled) => short(Number(value)) },
    })),
  };
  return svgOf(option, 340);
}

function growthSvg({ title, unit, series }: GrowthChart): string {
  const named = (name: string, points: GrowthChart['series'][number]['points']) =>
    `${name}: exponent ${exponentOf(points).toFixed(2)}`;
  const option: Option = {
    ...titled(
      title,
      'exponent 0: a unit of work costs the same whatever the data; 1: it costs as much more as there is more',
    ),
    legend: { top: 58, left: 60 },
    grid: { left: 70, right: 40, top: 105, bottom: 50 },
    xAxis: { type: 'log', name: 'data', nameLocation: 'middle', nameGap: 28, axisLabel: { formatter: '{value} ×' } },
    yAxis: { type: 'log', name: unit },
    series: series.map(({ name, points }, i) => ({
      name: named(name, points),
      type: 'line' as const,
      symbolSize: 8,
      data: points.map(([size, cost]) => [size, cost]),
      label: {
        show: true,
        // Lines may run close to each other: their figures stand above and below in turn.
        position: i % 2 === 1 ? ('top' as const) : ('bottom' as const),
        formatter: ({ value }: Labelled) => short((value as number[])[1] as number),
      },
    })),
  };
  return svgOf(option, 440);
}
