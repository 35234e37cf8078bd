// The report of a cross-validation in words, tables and bars. Pure.
import type { AucGain, CalibrationBin } from '../../learning/judged.ts';
import { textTable } from '../text-table.ts';
import { type Figures, oursName, type Report, type Target, type WaveFigure } from './cross-validation.ts';

const titles: Readonly<Record<Target, string>> = { match: 'A match', dec: 'One side’s yes' };
const three = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(3));
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

export function printed({ target, figures, calibration, waves }: Report): string {
  const rows = figures.map(({ name, auc, withinWaves, logLoss, calibrationError, overDates, overWaves }) => [
    name,
    three(auc),
    three(withinWaves),
    three(logLoss),
    three(calibrationError),
    intervalOf(overDates),
    intervalOf(overWaves),
  ]);
  const headings = [
    'model',
    'AUC',
    'AUC within waves',
    'log loss',
    'calibration error',
    'our gain, 95 % over dates',
    '95 % over waves',
  ];
  return [
    `${titles[target]}, every wave left out in turn`,
    textTable(headings, rows),
    `\n${verdictOf(figures)}`,
    `\n${chartOf(figures)}`,
    `\nOur chances and what came of them, a tenth of the rows each\n${calibrationChart(calibration)}`,
    `\nOurs in each wave\n${waveChart(waves)}`,
  ].join('\n');
}

const intervalOf = (gain: AucGain | null) =>
  gain === null ? '' : `${signed(gain.gain)} (${signed(gain.lower)} to ${signed(gain.upper)})`;

/** What the intervals say: the lower bound over each simple model, and those for which it is not above zero. */
function verdictOf(figures: readonly Figures[]): string {
  const say = (units: string, of: (figures: Figures) => AucGain | null) => {
    const open = figures.filter((one) => (of(one)?.lower ?? 1) <= 0).map(({ name }) => name);
    return open.length === 0
      ? `Drawing ${units}, the lower bound of the gain is above zero over every simple model.`
      : `Drawing ${units}, the gain cannot be told from zero over: ${open.join('; ')}.`;
  };
  return `${say('dates', ({ overDates }) => overDates)}\n${say('whole waves', ({ overWaves }) => overWaves)}`;
}

const barWidth = 40;

/** From AUC 0.4 to 0.8: 0.5 is chance. */
const barOf = (auc: number) => {
  const filled = Math.max(0, Math.min(barWidth, Math.round(((auc - 0.4) / 0.4) * barWidth)));
  const cells = [...'█'.repeat(filled).padEnd(barWidth, '·')];
  if (cells[barWidth / 4] === '·') cells[barWidth / 4] = '│';
  return cells.join('');
};

function chartOf(figures: readonly Figures[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const lines = [...figures]
    .sort((a, b) => a.auc - b.auc)
    .map(({ name, auc }) => `${name.padEnd(width)}  ${barOf(auc)} ${three(auc)}${name === oursName ? ' ◀' : ''}`);
  return [
    `${'AUC'.padEnd(width)}  0.4${' '.repeat(barWidth / 4 - 4)}0.5${' '.repeat((barWidth * 3) / 4 - 5)}0.8`,
    ...lines,
  ].join('\n');
}

function calibrationChart(bins: readonly CalibrationBin[]): string {
  const rows = bins.map(({ count, foreseen, came }) => [
    String(count),
    three(foreseen),
    three(came),
    '█'.repeat(Math.round(came * barWidth)) || '▏',
  ]);
  return textTable(['rows', 'foreseen', 'came', ' '], rows);
}

const waveChart = (waves: readonly WaveFigure[]) =>
  waves
    .map(
      ({ wave, dates, auc }) =>
        `wave ${wave.padEnd(4)} ${String(dates).padStart(5)} dates  ${barOf(auc)} ${three(auc)}`,
    )
    .join('\n');
