// The lag of processors as a table: a line per processor, then one per partition. Pure.
import { textTable } from '../text-table.ts';
import type { PartitionLag, ProcessorLag } from './lag.ts';

const headings = [
  'processor',
  'partition',
  'committed',
  'end',
  'lag',
  'behind',
  'folded/s',
  'appended/s',
  'trend',
  'caught up in',
];

export function printLags(lags: readonly ProcessorLag[]): string {
  const rows = lags.flatMap(({ processor, all, partitions }) => [
    row(processor, 'all', all),
    ...partitions.map((partition) => row('', String(partition.partition), partition)),
  ]);
  return `${textTable(headings, rows)}\n`;
}

function row(processor: string, partition: string, lag: Omit<PartitionLag, 'partition'>): string[] {
  return [
    processor,
    partition,
    lag.committed.toLocaleString('en'),
    lag.end.toLocaleString('en'),
    lag.lag.toLocaleString('en'),
    duration(lag.behindMs / 1_000),
    rate(lag.foldedPerSecond),
    rate(lag.appendedPerSecond),
    lag.trend,
    lag.catchUpSeconds === null ? 'never at this pace' : duration(lag.catchUpSeconds),
  ];
}

function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en');
}

/** The two largest units. */
export function duration(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
}
